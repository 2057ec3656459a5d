import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { assert, property, string, stringMatching } from 'fast-check';
import type { UserRow } from '../../agent/primitives/user/accounts.ts';
import { parseGroups, parseLastSignIns, parsePasswd, parseShadow, parseWho } from '../../agent/primitives/user/unix.ts';
import { makeWorkshop } from '../execution/support.ts';
import { has } from '../support/needs.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const { run, executor } = makeWorkshop();
test.after.always(() => executor.stop());

test('the accounts of this machine are listed, those of services on demand', async (t) => {
  const people = Object((await run('user.list', {})).ending.result).users as UserRow[];
  t.like(people.find(({ name }) => name === 'root'), { id: '0', kind: 'administrator', groups: ['root'], home: '/root' });
  t.false(people.some(({ name }) => name === 'daemon' || name === 'nobody'));
  const all = Object((await run('user.list', { services: true })).ending.result).users as UserRow[];
  t.like(all.find(({ name }) => name === 'daemon'), { id: '1', kind: 'service', locked: true });
  t.like(Object((await run('user.list', { services: true, most: 1 })).ending.result), { truncated: true });
});

/** One entry of utmp(5) on x86-64: a user process on a terminal. */
function utmpEntry({ pid, line, user, host, atMs }: { pid: number; line: string; user: string; host: string; atMs: number }): Buffer {
  const entry = Buffer.alloc(384);
  entry.writeInt16LE(7, 0);
  entry.writeInt32LE(pid, 4);
  entry.write(line, 8);
  entry.write(user, 44);
  entry.write(host, 76);
  entry.writeInt32LE(Math.floor(atMs / 1000), 340);
  return entry;
}

test('who is signed in, who was, who is locked and who is in which group is read from the files of the system', async (t) => {
  if (!has(t, 'network namespaces')) return;
  const folder = await temporaryFolder(t);
  const atMs = Date.UTC(2026, 10, 20, 6, 5);
  const entry = utmpEntry({ pid: process.pid, line: 'pts/7', user: 'ada', host: '192.0.2.7', atMs });
  const files = {
    passwd: 'root:x:0:0:root:/root:/bin/bash\nada:x:1001:1001:Ada Lovelace,,,:/home/ada:/bin/sh\nbob:x:1002:1002::/home/bob:/bin/sh\n',
    shadow: 'root:*:1:0:9:7:::\nada:$y$x:1:0:9:7:::\nbob:!$y$x:1:0:9:7:::\n',
    group: 'root:x:0:\nada:x:1001:\nbob:x:1002:\nsudo:x:27:bob,ada\n',
    utmp: entry, wtmp: entry,
  };
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  const places = { passwd: '/etc/passwd', shadow: '/etc/shadow', group: '/etc/group', utmp: '/run/utmp', wtmp: '/var/log/wtmp' };
  const commands = ['set -e', 'mount -t tmpfs tmpfs /run; touch /run/utmp', ...Object.entries(places).map(([name, place]) => `mount --bind "$FOLDER/${name}" ${place}`), '"$NODE" "$RUNNER" user.list'].join('\n');
  const environment = { ...process.env, TZ: 'UTC', NODE: process.execPath, RUNNER: join(import.meta.dirname, '../support/run-primitive.ts'), FOLDER: folder };
  const { result } = JSON.parse(execFileSync('unshare', ['--mount', 'sh', '-c', commands], { encoding: 'utf8', timeout: 60_000, env: environment }));
  t.like(result.users, [
    { name: 'root', kind: 'administrator', locked: true, sessions: 0 },
    { name: 'ada', kind: 'person', fullName: 'Ada Lovelace', locked: false, groups: ['ada', 'sudo'], sessions: 1, lastSignInAtMs: atMs },
    { name: 'bob', kind: 'person', locked: true, groups: ['bob', 'sudo'], sessions: 0 },
  ]);
  t.deepEqual(result.sessions, [{ user: 'ada', terminal: 'pts/7', sinceAtMs: atMs, from: '192.0.2.7' }]);
});

test('an account is that of a person by its number and its shell', (t) => {
  const about = { groups: parseGroups(''), locked: parseShadow(''), lastSignIns: new Map(), sessions: [] };
  const kind = (id: number, shell: string) => parsePasswd(`x:x:${id}:1::/:${shell}\n`, about)[0]?.kind;
  t.deepEqual([0, 999, 1000, 65_533, 65_534].map((id) => kind(id, '/bin/sh')), ['administrator', 'service', 'person', 'person', 'service']);
  t.is(kind(1000, '/usr/sbin/nologin'), 'service');
});

test('whatever these files and programs say, it is read', (t) => {
  const about = { groups: parseGroups(''), locked: parseShadow(''), lastSignIns: parseLastSignIns(''), sessions: [] };
  t.notThrows(() => assert(property(string(), (text) => Array.isArray(parsePasswd(text, about)) && Array.isArray(parseWho(text)) && parseShadow(text).size >= 0 && parseGroups(text).byId.size >= 0 && parseLastSignIns(text).size >= 0)));
  t.notThrows(() => assert(property(stringMatching(/^[a-z_][a-z0-9_-]{0,31}$/), (name) => parsePasswd(`${name}:x:1000:100:,:/home/${name}:/bin/sh\n`, about)[0]?.name === name)));
  t.deepEqual([...parseLastSignIns('USER:LAST-LOGIN\nada:2026-11-20T06:05:00+0100\nbob:\n')], [['ada', Date.UTC(2026, 10, 20, 5, 5)]]);
});
