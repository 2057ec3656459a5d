import { execFile, execFileSync } from 'node:child_process';
import { mkdir, utimes, writeFile } from 'node:fs/promises';
import { isIPv4 } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';
import { machine } from '../../agent/contact/proxies/surroundings.ts';
import { limits } from '../../protocol/limits.ts';
import { has } from '../support/needs.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { never } from './counterparts.ts';

test('files are read when they are there and not too large, and listed by age', async (t) => {
  const folder = await temporaryFolder(t);
  const at = (name: string): string => join(folder, name);
  for (const [name, age] of [['b', 100], ['a', 50], ['c', 10]] as const) {
    await writeFile(at(name), name);
    await utimes(at(name), 1000 - age, 1000 - age);
  }
  t.deepEqual(await machine.listFiles(folder), ['b', 'a', 'c'].map(at));
  t.deepEqual(await machine.listFiles(at('none')), []);
  t.is(await machine.readText(at('a')), 'a');
  t.is(await machine.readText(at('none')), undefined);
  await writeFile(at('large'), 'x'.repeat(limits.maxSettingsBytes + 1));
  t.is(await machine.readText(at('large')), undefined);
  await mkdir(at('folder'));
  t.is(await machine.readText(at('folder')), undefined);
});

test('programs are run when they are there, and ended when nobody waits for them any more', async (t) => {
  t.is(await machine.run('echo', ['said'], never()), 'said\n');
  t.is(await machine.run('no-such-program-of-behest', [], never()), undefined);
  t.is(await machine.run('false', [], never()), undefined);
  t.is(await machine.run('sleep', ['600'], AbortSignal.timeout(50)), undefined);
  t.true(isIPv4(machine.ownAddress()));
});

test('a network with WPAD is found by the real machine: resolv.conf, name server, file, sandbox', async (t) => {
  if (!has(t, 'network namespaces')) return;
  const namespace = `behest-wpad-${process.pid}`;
  const ip = (...args: string[]): void => void execFileSync('ip', args, { timeout: 10_000 });
  ip('netns', 'add', namespace);
  t.teardown(() => ip('netns', 'delete', namespace));
  ip('-n', namespace, 'link', 'set', 'lo', 'up');
  const resolvConf = join(await temporaryFolder(t), 'resolv.conf');
  await writeFile(resolvConf, 'nameserver 127.0.0.1\nsearch desk.site.corp.test\n');
  const program = [process.execPath, join(import.meta.dirname, 'wpad-world.ts')];
  const { stdout } = await promisify(execFile)('ip', ['netns', 'exec', namespace, 'unshare', '--mount', 'sh', '-c', 'mount --bind "$1" /etc/resolv.conf && shift && exec "$@"', 'sh', resolvConf, ...program], { env: { PATH: process.env['PATH'] }, timeout: 60_000 });
  t.deepEqual(JSON.parse(stdout), [['http://10.0.0.5:3128', 'WPAD by DNS (wpad.site.corp.test)'], ['directly', '']]);
});
