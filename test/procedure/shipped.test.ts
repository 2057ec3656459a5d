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
