import { mkdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { assert, property, string } from 'fast-check';
import { OwnLog, ownLogIn } from '../../agent/own-log.ts';
import { ownSettings } from '../../agent/own-words.ts';
import { parseLogLine } from '../../agent/primitives/agent/log-line.ts';
import type { EventRow } from '../../agent/primitives/event-log/event-log.ts';
import { nobody } from '../../agent/primitives/agent/self.ts';
import { openRegistry } from '../../agent/primitives/registry.ts';
import { defaultContactSettings } from '../../protocol/contact-settings.ts';
import { limits } from '../../protocol/limits.ts';
import { pino } from 'pino';
import { temporaryFolder } from '../support/temporary-folder.ts';

const nowhere = { write: () => undefined };
const context = { signal: new AbortController().signal, directiveId: '', output: async () => undefined, progress: () => undefined };

async function read(folder: string, params: Record<string, unknown> = {}): Promise<{ events: EventRow[]; cursor?: string; truncated: boolean }> {
  const primitive = await (await openRegistry({ ...nobody, logPath: ownLogIn(folder) })).find('agent.log');
  const answer = await primitive?.run?.(params, context);
  return answer?.ok === true ? Object(answer.value) : { events: [], truncated: false, ...answer };
}

test('what the agent logs goes to standard error and is read back with its level, its details and a cursor', async (t) => {
  const folder = await temporaryFolder(t);
  let said = '';
  const log = pino({ base: null, level: 'debug' }, new OwnLog(folder, { write: (line: string) => (said += line) }));
  log.info({ agentId: 'ab' }, 'started');
  log.warn({ code: 'unreachable', detail: 'two words' }, 'attempt failed');
  log.debug('small talk');
  t.is(readFileSync(ownLogIn(folder), 'utf8'), said);
  t.is(statSync(ownLogIn(folder)).mode & 0o777, 0o600);
  const all = await read(folder);
  t.deepEqual(all.events.map(({ level, message }) => [level, message]), [['information', 'started agentId=ab'], ['warning', 'attempt failed code=unreachable detail=two words'], ['debug', 'small talk']]);
  t.true(all.events.every(({ atMs = 0 }) => Math.abs(atMs - Date.now()) < 60_000));
  t.deepEqual((await read(folder, { level: 'warning' })).events.map(({ level }) => level), ['warning']);
  log.error('later');
  t.deepEqual((await read(folder, { cursor: all.cursor })).events.map(({ message }) => message), ['later']);
});

test('the log takes two files of a bounded size, and goes on in the one that is there', async (t) => {
  const folder = await temporaryFolder(t);
  const line = `${JSON.stringify({ level: 30, time: 1, msg: 'x'.repeat(10_000) })}\n`;
  for (let start = 0; start < 4; start += 1) {
    const log = new OwnLog(folder, nowhere);
    for (let count = 0; count < 60; count += 1) log.write(line);
  }
  const sizes = [ownLogIn(folder), `${ownLogIn(folder)}.1`].map((path) => statSync(path).size);
  t.true(sizes.every((size) => size > 0 && size <= limits.maxOwnLogBytes), String(sizes));
});

test('a full disk, or no folder yet, does not keep the agent from logging to standard error', async (t) => {
  const folder = await temporaryFolder(t);
  symlinkSync('/dev/full', ownLogIn(folder));
  let said = '';
  const full = new OwnLog(folder, { write: (line: string) => (said += line) });
  t.notThrows(() => full.write('one\n'));
  const early = new OwnLog(join(folder, 'later'), { write: (line: string) => (said += line) });
  t.notThrows(() => early.write('two\n'));
  mkdirSync(join(folder, 'later'));
  early.write('three\n');
  t.is(said, 'one\ntwo\nthree\n');
  t.is(readFileSync(ownLogIn(join(folder, 'later')), 'utf8'), 'three\n');
});

test('no line of the log breaks its reading', (t) => {
  t.notThrows(() => assert(property(string(), (line) => typeof parseLogLine(line).message === 'string')));
  t.deepEqual(parseLogLine('TypeError: x is not a function'), { message: 'TypeError: x is not a function' });
});

test('settings are told without the name and password of a proxy', (t) => {
  const told = ownSettings(defaultContactSettings, { metered: 'no', proxy: 'http://name:pass@proxy.test:3128', pac: 'http://pac.test/p.pac', data: '/var/lib/x', log: pino({ level: 'silent' }) });
  t.like(told, { mode: 'connected', networkIsMetered: 'no', proxy: 'http://proxy.test:3128', pac: 'http://pac.test/p.pac', dataFolder: '/var/lib/x', logLevel: 'silent' });
  t.is(ownSettings(defaultContactSettings, { proxy: 'name:p@ss@proxy:1', data: '', log: pino({ level: 'silent' }) }).proxy, 'proxy:1');
});
