import { execFileSync } from 'node:child_process';
import { appendFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import test from 'ava';
import { assert, date, integer, property, string, stringMatching } from 'fast-check';
import type { EventRow } from '../../agent/primitives/event-log/event-log.ts';
import { entryOf } from '../../agent/primitives/event-log/journal.ts';
import { parseSyslogLine } from '../../agent/primitives/event-log/syslog-line.ts';
import { makeWorkshop, newId, until } from '../execution/support.ts';
import { has } from '../support/needs.ts';
import { bootSystemd } from '../support/systemd-machine.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const { run, executor } = makeWorkshop();
test.after.always(() => executor.stop());

type Page = { code: string; events: EventRow[]; cursor?: string; truncated: boolean };

const read = async (params: Record<string, unknown>): Promise<Page> => {
  const { ending } = await run('event-log.read', params);
  return { code: ending.code ?? ending.status, ...Object(ending.result) };
};
const messages = ({ events }: Page) => events.map(({ message }) => message);

const hourMs = 3_600_000;
const began = Date.UTC(2026, 10, 20);

/** Entries of a journal in its export format (systemd.io/JOURNAL_EXPORT_FORMATS), an hour apart. */
function journalFile(path: string, entries: readonly { message: Buffer | string; priority?: number; unit?: string; identifier?: string }[]): void {
  const field = (name: string, value: Buffer | string): Buffer => {
    const bytes = Buffer.from(value);
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(bytes.byteLength));
    return Buffer.concat([Buffer.from(`${name}\n`), length, bytes, Buffer.from('\n')]);
  };
  const text = entries.map(({ message, priority = 6, unit, identifier = 'tester' }, index) => Buffer.concat([
    Buffer.from(`__REALTIME_TIMESTAMP=${(began + index * hourMs) * 1000}\n__MONOTONIC_TIMESTAMP=${index + 1}\n_BOOT_ID=${'a'.repeat(32)}\nPRIORITY=${priority}\nSYSLOG_IDENTIFIER=${identifier}\n_PID=812\n`),
    ...(unit === undefined ? [] : [Buffer.from(`_SYSTEMD_UNIT=${unit}\n`)]),
    field('MESSAGE', message), Buffer.from('\n'),
  ]));
  execFileSync('/lib/systemd/systemd-journal-remote', ['-o', path, '-'], { input: Buffer.concat(text), stdio: ['pipe', 'ignore', 'pipe'] });
}

test('events of a journal are found by source, level, time and text', async (t) => {
  if (!has(t, 'systemd-journal-remote')) return;
  const log = join(await temporaryFolder(t), 'system.journal');
  journalFile(log, [
    { message: 'started', unit: 'ssh.service', identifier: 'sshd' },
    { message: 'Accepted key', unit: 'ssh.service', identifier: 'sshd' },
    { message: 'disk is failing', priority: 2, identifier: 'kernel' },
    { message: 'über\nzwei Zeilen', priority: 4 },
    { message: Buffer.from([0xff, 0x00, 0x41]), priority: 3 },
  ]);
  const all = await read({ log });
  t.deepEqual(messages(all), ['started', 'Accepted key', 'disk is failing', 'über\nzwei Zeilen', '\uFFFD\0A']);
  t.deepEqual(all.events[2], { atMs: began + 2 * hourMs, level: 'critical', source: 'kernel', pid: 812, message: 'disk is failing' });
  t.false(all.truncated);
  t.deepEqual(messages(await read({ log, source: 'ssh' })), ['started', 'Accepted key']);
  t.deepEqual(messages(await read({ log, source: 'sshd', contains: 'KEY' })), ['Accepted key']);
  t.deepEqual(messages(await read({ log, level: 'error' })), ['disk is failing', '\uFFFD\0A']);
  t.deepEqual(messages(await read({ log, since: '2026-11-20T01:00Z', until: '2026-11-20T02:00:00Z' })), ['Accepted key', 'disk is failing']);
  t.deepEqual(messages(await read({ log, source: '--version' })), []);
});

test('a cursor of a journal goes on after what was read, a piece at a time', async (t) => {
  if (!has(t, 'systemd-journal-remote')) return;
  const log = join(await temporaryFolder(t), 'system.journal');
  journalFile(log, Array.from({ length: 10 }, (_, index) => ({ message: `event ${index}` })));
  const newest = await read({ log, most: 3 });
  t.deepEqual([messages(newest), newest.truncated], [['event 7', 'event 8', 'event 9'], true]);
  const nothing = await read({ log, cursor: newest.cursor });
  t.deepEqual([nothing.events, nothing.cursor, nothing.truncated], [[], newest.cursor, false]);
  const first = await read({ log, until: '2026-11-20T00:00Z' });
  const next = await read({ log, cursor: first.cursor, most: 4 });
  t.deepEqual([messages(next), next.truncated], [['event 1', 'event 2', 'event 3', 'event 4'], true]);
  const rest = await read({ log, cursor: next.cursor, most: 10 });
  t.deepEqual([messages(rest), rest.truncated], [['event 5', 'event 6', 'event 7', 'event 8', 'event 9'], false]);
  t.is((await read({ log, cursor: 'nonsense' })).code, 'params-invalid');
  const found = await read({ log, cursor: first.cursor, contains: 'event 3' });
  t.deepEqual([messages(found), found.cursor], [['event 3'], rest.cursor], 'what was looked at in vain is not looked at again');
  t.is((await read({ log, contains: 'event 3' })).cursor, rest.cursor);
});

test('events that would not fit into a report are cut at the far end, and the cursor goes on there', async (t) => {
  if (!has(t, 'systemd-journal-remote')) return;
  const log = join(await temporaryFolder(t), 'system.journal');
  journalFile(log, Array.from({ length: 200 }, (_, index) => ({ message: `event ${index} ${'x'.repeat(3000)}` })));
  const numbers = (page: Page) => messages(page).map((message) => Number(message.split(' ')[1]));
  const newest = numbers(await read({ log }));
  t.is(newest.at(-1), 199);
  t.true(newest.length > 20 && newest.length < 100);
  const seen = [0];
  for (let cursor = (await read({ log, until: '2026-11-20T00:00Z' })).cursor; seen.length < 200;) {
    const page = await read({ log, cursor, most: 10_000 });
    if (page.events.length === 0) break;
    seen.push(...numbers(page));
    cursor = page.cursor;
  }
  t.deepEqual(seen, Array.from({ length: 200 }, (_, index) => index));
});

test('the journal of a running systemd is read and followed', async (t) => {
  if (!has(t, 'systemd-nspawn (as root)')) return;
  const { run: there, sh } = await bootSystemd(t);
  await sh('logger --tag behest-test --priority user.err "the first"; journalctl --sync');
  const page = Object((await there('event-log.read', { source: 'behest-test' })).result);
  t.like(page.events, [{ level: 'error', source: 'behest-test', message: 'the first' }]);
  await sh('logger --tag behest-test "the second"; journalctl --sync');
  t.like(Object((await there('event-log.read', { source: 'behest-test', cursor: page.cursor })).result).events, [{ message: 'the second' }]);
  await sh('(for tick in $(seq 60); do logger --tag behest-test "tick $tick"; sleep 0.2; done) >/dev/null 2>&1 &');
  const followed = await there('event-log.follow', { source: 'behest-test', most: 1 }, 4000);
  t.is(followed.code, 'time-limit');
  const seen = followed.stdout.trim().split('\n').map((line) => Number(/tick (\d+)$/.exec(line)?.[1] ?? 0));
  // one of them may have happened before
  t.true(seen.length > 3, followed.stdout);
  t.deepEqual(seen, seen.map((_, index) => (seen[0] ?? 0) + index));
});

const syslog = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => `2026-11-20T00:${String(from + index).padStart(2, '0')}:00+00:00 host tester[7]: event ${from + index}\n`).join('');

test('a file of syslog is read through the files that were rotated away', async (t) => {
  const folder = await temporaryFolder(t);
  const log = join(folder, 'syslog');
  writeFileSync(`${log}.2.gz`, gzipSync(syslog(0, 10)));
  writeFileSync(`${log}.1`, syslog(10, 20));
  writeFileSync(log, syslog(20, 25));
  writeFileSync(`${log}.old`, 'not of the log\n');
  const all = await read({ log });
  t.deepEqual(messages(all), Array.from({ length: 25 }, (_, index) => `event ${index}`));
  t.deepEqual(all.events[0], { atMs: Date.UTC(2026, 10, 20), source: 'tester', pid: 7, message: 'event 0' });
  t.deepEqual(messages(await read({ log, most: 7 })), Array.from({ length: 7 }, (_, index) => `event ${18 + index}`));
  t.deepEqual(messages(await read({ log, since: '2026-11-20T00:08:00Z', until: '2026-11-20T00:11:00Z' })), ['event 8', 'event 9', 'event 10', 'event 11']);
  t.deepEqual(messages(await read({ log, contains: 'EVENT 13', source: 'tester' })), ['event 13']);
  t.is((await read({ log, level: 'error' })).code, 'not-supported');
});

test('a cursor of a file goes on after what was read, also when the file has been rotated away, compressed or emptied meanwhile', async (t) => {
  const log = join(await temporaryFolder(t), 'syslog');
  writeFileSync(log, syslog(0, 5));
  const { cursor } = await read({ log });
  appendFileSync(log, `${syslog(5, 7)}2026-11-20T00:06:30+00:00 host tester: \u00ff broken\n`);
  const next = await read({ log, cursor, most: 1 });
  t.deepEqual([messages(next), next.truncated], [['event 5'], true]);
  renameSync(log, `${log}.1`);
  writeFileSync(log, syslog(7, 9));
  t.deepEqual(messages(await read({ log, cursor: next.cursor })), ['event 6', '\u00ff broken', 'event 7', 'event 8']);
  writeFileSync(`${log}.2.gz`, gzipSync(syslog(0, 7)));
  rmSync(`${log}.1`);
  t.deepEqual(messages(await read({ log, cursor: next.cursor })), ['event 6', 'event 7', 'event 8']);
  const last = (await read({ log })).cursor;
  writeFileSync(log, syslog(9, 10));
  t.deepEqual(messages(await read({ log, cursor: last })), ['event 9']);
  t.is((await read({ log, cursor: 'x' })).code, 'params-invalid');
});

test('a log that is not there, is no file, or a moment that cannot be understood, is told', async (t) => {
  t.is((await read({ log: '/nonexistent/log' })).code, 'not-found');
  t.is((await read({ log: '/dev/null' })).code, 'not-a-file');
  t.is((await read({ log: '/etc/passwd', since: 'yesterday' })).code, 'params-invalid');
});

test('a file is followed across its rotation until the run is ended', async (t) => {
  const log = join(await temporaryFolder(t), 'messages');
  writeFileSync(log, syslog(0, 5));
  const id = newId();
  let said = '';
  const ending = run('event-log.follow', { log, most: 1 }, { id, output: async (_, chunk) => void (said += Buffer.from(chunk).toString()) });
  await until(() => said.includes('event 4'), 'the last line');
  renameSync(log, `${log}.1`);
  writeFileSync(log, syslog(5, 6));
  await until(() => said.includes('event 5'), 'the line of the new file');
  t.true(executor.cancel(id));
  t.is((await ending).ending.status, 'cancelled');
  t.false(said.includes('event 3'));
});

test('a line without a year belongs to the last year in which it is not in the future', (t) => {
  const written = new Date(2026, 0, 2).getTime();
  t.is(parseSyslogLine('Dec 31 23:59:59 host x: y', written).atMs, new Date(2025, 11, 31, 23, 59, 59).getTime());
  t.deepEqual(parseSyslogLine('<11>Jan  1 06:05:04 host CRON[77]: (root) CMD', written), { atMs: new Date(2026, 0, 1, 6, 5, 4).getTime(), level: 'error', source: 'CRON', pid: 77, message: '(root) CMD' });
  t.deepEqual(parseSyslogLine('Jan  1 06:05:04 host last message repeated 2 times', written).message, 'last message repeated 2 times');
  t.deepEqual(parseSyslogLine('\tat com.example', written), { message: '\tat com.example' });
});

test('whatever a line holds, it is read, and what syslog writes comes back', (t) => {
  const moment = date({ min: new Date('2000-01-01'), max: new Date('2099-01-01'), noInvalidDate: true });
  t.notThrows(() => assert(property(string(), integer(), (line, written) => typeof parseSyslogLine(line, written).message === 'string')));
  t.notThrows(() => assert(property(moment, stringMatching(/^[A-Za-z][\w.-]{0,20}$/), integer({ min: 1, max: 9999 }), (at, source, pid) => {
    const event = parseSyslogLine(`${at.toISOString()} host ${source}[${pid}]: it: is [so]`, 0);
    return event.atMs === at.getTime() && event.source === source && event.pid === pid && event.message === 'it: is [so]';
  })));
  t.notThrows(() => assert(property(string(), (line) => entryOf(line) === undefined || line.includes('__CURSOR'))));
});
