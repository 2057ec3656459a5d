/**
 * Every procedure of procedures/, run for real on this machine, with what it does where something fails.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { notYet } from '../../protocol/procedure/run.ts';
import { isRunning } from '../execution/support.ts';
import { AptRoot } from '../support/apt-root.ts';
import { has } from '../support/needs.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { makeRunner, shipped } from './support.ts';
import type { Ran } from './support.ts';

const names = readdirSync(new URL('../../procedures/', import.meta.url)).map((file) => file.replace(/\.yaml$/, ''));

test('each passes the checks against the agent’s own primitives, under the name of its file, and can be run', (t) => {
  t.true(names.length > 0);
  for (const name of names) {
    t.is(shipped(name).name, name);
    t.is(notYet(shipped(name)), undefined);
  }
});

test.serial('install-package and apply-updates bring what the source has, and say where it cannot be had or does not work', async (t) => {
  if (!has(t, 'apt and dpkg-deb (as root)')) return;
  const root = await AptRoot.make();
  t.teardown(() => root.remove());
  const run = makeRunner(t);
  root.offer('1.0');
  const installed = await run(shipped('install-package'), { package: 'behest-tiny', program: 'true' });
  t.like(installed, { ok: true, states: { refresh: 'succeeded', install: 'succeeded', look: 'succeeded', try: 'succeeded' } }, installed.detail);
  t.like(installed.result?.steps[2]?.result, { total: 1 });
  t.like(await run(shipped('install-package'), { package: 'behest-tiny', program: 'false' }), { ok: false, states: { try: 'failed' } });
  t.like(await run(shipped('install-package'), { package: 'behest-none' }), { ok: false, code: 'not-found', states: { install: 'failed', look: 'not-reached', try: 'not-reached' } });
  t.like(await run(shipped('apply-updates')), { ok: true, states: { refresh: 'succeeded', update: 'left-out', left: 'left-out' } });
  root.offer('2.0');
  const updated = await run(shipped('apply-updates'));
  t.like(updated, { ok: true, states: { update: 'succeeded', left: 'succeeded' } }, updated.detail);
  t.like(updated.result?.steps[1]?.result, { changes: [{ name: 'behest-tiny', before: '1.0', after: '2.0' }] });
  t.like(updated.result?.steps[2]?.result, { updates: [] });
});

async function folderWithFiles(t: ExecutionContext): Promise<{ folder: string; archive: string }> {
  const place = await temporaryFolder(t);
  const folder = join(place, "it's a $(folder)");
  mkdirSync(join(folder, 'below'), { recursive: true });
  writeFileSync(join(folder, 'below', 'letter.txt'), 'dear reader');
  symlinkSync('letter.txt', join(folder, 'below', 'link'));
  return { folder, archive: join(place, 'archive.tar') };
}

test('back-up-then-delete deletes the folder when the archive is good', async (t) => {
  const { folder, archive } = await folderWithFiles(t);
  const ran = await makeRunner(t)(shipped('back-up-then-delete'), { folder, archive });
  t.true(ran.ok, ran.detail);
  t.false(existsSync(folder));
  t.regex(execFileSync('tar', ['-xOf', archive, './below/letter.txt'], { encoding: 'utf8' }), /^dear reader$/);
});

test('back-up-then-delete leaves the folder where the archive cannot be written', async (t) => {
  const { folder } = await folderWithFiles(t);
  const ran = await makeRunner(t)(shipped('back-up-then-delete'), { folder, archive: join(folder, 'no', 'such', 'folder.tar') });
  t.deepEqual(ran.states, { pack: 'failed', compare: 'not-reached', count: 'not-reached', delete: 'not-reached' });
  t.is(readFileSync(join(folder, 'below', 'letter.txt'), 'utf8'), 'dear reader');
});

test('back-up-then-delete leaves the folder where the archive is not the same', async (t) => {
  const { folder, archive } = await folderWithFiles(t);
  const change = (): undefined => writeFileSync(join(folder, 'below', 'letter.txt'), 'dear writer, later') as undefined;
  const ran = await makeRunner(t)(shipped('back-up-then-delete'), { folder, archive }, { written: ({ walk }) => (walk.at === 'compare' ? change() : undefined) });
  t.like(ran, { ok: false, code: 'exit-nonzero', states: { pack: 'succeeded', compare: 'failed', delete: 'not-reached' } });
  t.is(readFileSync(join(folder, 'below', 'letter.txt'), 'utf8'), 'dear writer, later');
});

test('back-up-then-delete leaves a folder to which something came after it was packed', async (t) => {
  const { folder, archive } = await folderWithFiles(t);
  const add = (): undefined => writeFileSync(join(folder, 'later.txt'), 'later') as undefined;
  const ran = await makeRunner(t)(shipped('back-up-then-delete'), { folder, archive }, { written: ({ walk }) => (walk.at === 'compare' ? add() : undefined) });
  t.like(ran, { ok: false, states: { compare: 'succeeded', count: 'failed', delete: 'not-reached' } });
  t.true(existsSync(join(folder, 'later.txt')));
});

test('clean-disk deletes what is old and fits the names, and nothing else', async (t) => {
  const folder = await temporaryFolder(t);
  for (const name of ['old.log', 'old.txt', 'new.log']) writeFileSync(join(folder, name), name);
  const old = new Date(Date.now() - 40 * 86_400_000);
  for (const name of ['old.log', 'old.txt']) utimesSync(join(folder, name), old, old);
  const ran = await makeRunner(t)(shipped('clean-disk'), { folder, names: '*.log' });
  t.true(ran.ok, ran.detail);
  t.is(ran.output, `${folder}/old.log\n`);
  t.deepEqual(readdirSync(folder).toSorted(), ['new.log', 'old.txt']);
  t.like(await makeRunner(t)(shipped('clean-disk'), { folder: join(folder, 'none') }), { ok: false, states: { before: 'succeeded', delete: 'failed', after: 'not-reached' } });
});

test('collect-diagnostics gives what there is, and goes on where something cannot be had', async (t) => {
  const ran = await makeRunner(t)(shipped('collect-diagnostics'));
  t.true(ran.ok, ran.detail);
  t.like(ran.states, { system: 'succeeded', disks: 'succeeded', interfaces: 'succeeded', processes: 'succeeded' });
  const denied = await makeRunner(t)(shipped('collect-diagnostics'), {}, { denied: ['disk.usage'] });
  t.like(denied, { ok: true, states: { machine: 'failed', disks: 'failed', system: 'succeeded' } });
});

test('rotate-log keeps two copies and empties the log in place, and leaves a small one', async (t) => {
  const log = join(await temporaryFolder(t), 'service.log');
  const run = makeRunner(t);
  const rotate = (): Promise<Ran> => run(shipped('rotate-log'), { log, bytes: 5 });
  writeFileSync(log, 'first day');
  const { ino } = statSync(log);
  t.like(await rotate(), { ok: true, states: { older: 'failed', copy: 'succeeded', empty: 'succeeded' } });
  writeFileSync(log, 'second day');
  t.like(await rotate(), { ok: true, states: { older: 'succeeded' } });
  t.deepEqual([log, `${log}.1`, `${log}.2`].map((file) => readFileSync(file, 'utf8')), ['', 'second day', 'first day']);
  t.is(statSync(log).ino, ino);
  t.like(await rotate(), { ok: true, states: { look: 'succeeded', older: 'left-out', copy: 'left-out', empty: 'left-out' } });
});

test('rotate-log does not empty a log that could not be copied', async (t) => {
  const log = join(await temporaryFolder(t), 'service.log');
  writeFileSync(log, 'one day');
  mkdirSync(`${log}.1`);
  mkdirSync(`${log}.2`);
  writeFileSync(join(`${log}.2`, 'full'), '');
  t.like(await makeRunner(t)(shipped('rotate-log'), { log, bytes: 5 }), { ok: false, states: { copy: 'failed', empty: 'not-reached' } });
  t.is(readFileSync(log, 'utf8'), 'one day');
});

test('close-program closes what runs, and has nothing to do where nothing does', async (t) => {
  const child = spawn('sleep', ['600']);
  await once(child, 'spawn');
  const { pid = 0 } = child;
  const ended = once(child, 'exit');
  const ran = await makeRunner(t)(shipped('close-program'), { program: String(pid) });
  await ended;
  t.like(ran, { ok: true, states: { look: 'succeeded', close: 'succeeded' } }, ran.detail);
  t.false(isRunning(pid));
  t.like(await makeRunner(t)(shipped('close-program'), { program: 'no-such-program-of-behest' }), { ok: true, states: { close: 'left-out', 'look-again': 'left-out' } });
});

test('wait-for-port goes round until the port takes calls', async (t) => {
  const server = createServer();
  const listen = async (port: number): Promise<number> => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  };
  const port = await listen(0);
  await new Promise((resolve) => server.close(resolve));
  t.teardown(() => server.close());
  let tries = 0;
  const ran = await makeRunner(t)(shipped('wait-for-port'), { host: '127.0.0.1', port, seconds: 0 }, {
    written: ({ walk }) => {
      if (walk.at === 'pause' && walk.running.length > 0 && (tries += 1) === 2) void listen(port);
      return undefined;
    },
  });
  t.true(ran.ok, ran.detail);
  t.true(tries >= 2);
  t.like(ran.result?.steps[0], { name: 'check', result: { open: true } });
});

const script = '#!/bin/sh\n# Short-Description: behest-script\ncase "$1" in\nrestart|start) [ ! -e /etc/init.d/refuse ] && touch /etc/init.d/up ;;\nstatus) [ -e /etc/init.d/up ] ;;\nesac\n';

test('restart-service starts what is down, leaves what runs, and fails where it cannot be started', async (t) => {
  if (!has(t, 'network namespaces')) return;
  const folder = await temporaryFolder(t);
  writeFileSync(join(folder, 'behest-script'), script, { mode: 0o755 });
  const restart = `"$NODE" "$RUNNER" restart-service '{"service":"behest-script"}'`;
  const commands = [
    'set -e', 'mount -t tmpfs tmpfs /etc/init.d', 'cp "$FOLDER"/behest-script /etc/init.d/', 'test ! -d /run/systemd/system || mount -t tmpfs tmpfs /run/systemd',
    restart, restart, 'rm /etc/init.d/up; touch /etc/init.d/refuse', restart,
  ].join('\n');
  const said = execFileSync('unshare', ['--mount', 'sh', '-c', commands], { encoding: 'utf8', timeout: 60_000, env: { ...process.env, NODE: process.execPath, RUNNER: join(import.meta.dirname, '../support/run-shipped.ts'), FOLDER: folder } });
  const [down, up, broken]: (Ran | undefined)[] = said.trim().split('\n').map((line) => JSON.parse(line));
  t.like(down, { ok: true, states: { look: 'succeeded', restart: 'succeeded', 'look-again': 'succeeded' } });
  t.like(up, { ok: true, states: { restart: 'left-out', 'look-again': 'left-out' } });
  t.like(broken, { ok: false, states: { restart: 'failed', 'look-again': 'not-reached' } });
});

test('add-user-with-key makes the account once, adds each key once, and neither for what is no key', async (t) => {
  if (!has(t, 'network namespaces', 'useradd')) return;
  const folder = await temporaryFolder(t);
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', "it's $(me)", '-f', join(folder, 'key')]);
  const key = readFileSync(join(folder, 'key.pub'), 'utf8').trim();
  const add = (values: object): string => `"$NODE" "$RUNNER" add-user-with-key '${JSON.stringify({ user: 'behest-user', ...values }).replaceAll("'", "'\\''")}'`;
  const commands = [
    'set -e', 'cp -a /etc "$FOLDER"/etc', 'mount --bind "$FOLDER"/etc /etc', 'mount -t tmpfs tmpfs /home',
    add({ key }), add({ key }), add({ key: 'no key' }), add({ key: `${key}\n${key}` }), 'cat /home/behest-user/.ssh/authorized_keys', "stat -c '%U %a' /home/behest-user/.ssh/authorized_keys", 'getent shadow behest-user | cut -d: -f2',
  ].join('\n');
  const said = execFileSync('unshare', ['--mount', 'sh', '-c', commands], { encoding: 'utf8', timeout: 60_000, env: { ...process.env, NODE: process.execPath, RUNNER: join(import.meta.dirname, '../support/run-shipped.ts'), FOLDER: folder } });
  const lines = said.trim().split('\n');
  const [first, again, wrong, two]: Ran[] = lines.slice(0, 4).map((line) => JSON.parse(line));
  t.like(first, { ok: true, states: { look: 'failed', add: 'succeeded', allow: 'succeeded' } });
  t.like(again, { ok: true, states: { look: 'succeeded', add: 'left-out', allow: 'succeeded' } });
  for (const ran of [wrong, two]) t.like(ran, { ok: false, states: { 'check-key': 'failed', allow: 'not-reached' } });
  t.deepEqual(lines.slice(4), [key, 'behest-user 600', '!']);
});
