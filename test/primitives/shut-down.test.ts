import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { assert, integer, property, string } from 'fast-check';
import { parsePlan } from '../../agent/primitives/system/logind.ts';
import { has } from '../support/needs.ts';
import { bootSystemd } from '../support/systemd-machine.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

test('a real systemd plans a restart, replaces the plan, calls it off, and restarts', async (t) => {
  if (!has(t, 'systemd-nspawn (as root)')) return;
  const { run, sh, ended } = await bootSystemd(t);
  t.is((await run('system.cancel-shutdown')).code, 'not-found');

  const first = Object((await run('system.shut-down', { inMinutes: 60, notice: 'Feierabend & "Schluß"' })).result);
  t.like(first.planned, { what: 'shut down', notice: 'Feierabend & "Schluß"' });
  t.true(Math.abs(first.planned.atMs - Date.now() - 3_600_000) < 60_000);
  t.regex(await sh('cat /run/systemd/shutdown/scheduled'), /MODE=poweroff/);

  const second = Object((await run('system.reboot', { at: '03:30' })).result);
  t.deepEqual(second.replaced, first.planned);
  t.is(new Date(second.planned.atMs).getMinutes(), 30);
  t.regex(await sh('cat /run/systemd/shutdown/scheduled'), /MODE=reboot/);

  t.deepEqual(Object((await run('system.cancel-shutdown', { notice: 'work on' })).result).cancelled, second.planned);
  t.is((await sh('ls /run/systemd/shutdown')).trim(), '');

  t.is((await run('system.reboot', { at: '2020-01-01' })).code, 'params-invalid');
  t.is((await run('system.reboot', { at: new Date(Date.now() + 9 * 86_400_000).toISOString() })).code, 'params-invalid', 'beyond a week');
  t.is((await run('system.reboot', { inMinutes: 0 })).status, 'succeeded');
  // what systemd-nspawn says when its machine wants to be started again
  t.is(await ended, 133);
});

/** In place of /sbin/shutdown, found first: writes down what it was asked and waits, as that of System V init does. */
const stub = '#!/bin/sh\necho "$@" >> "$FOLDER/asked"\ncase "$1" in -c) [ -e "$FOLDER/planned" ] && rm "$FOLDER/planned" ;; *) touch "$FOLDER/planned"; exec sleep 5 ;; esac\n';

test('where the first process is no systemd, shutdown is asked, and left waiting', async (t) => {
  if (!has(t, 'network namespaces')) return;
  const folder = await temporaryFolder(t);
  writeFileSync(join(folder, 'shutdown'), stub, { mode: 0o755 });
  const runner = join(import.meta.dirname, '../support/run-primitive.ts');
  const commands = [
    'set -e',
    // what is there when systemd runs, and is not here
    'test ! -d /run/systemd/system || mount -t tmpfs tmpfs /run/systemd',
    'test "$(command -v shutdown)" = "$FOLDER/shutdown"',
    `"$NODE" "$RUNNER" system.reboot '{"inMinutes":5,"notice":"soon back"}'; echo`,
    '"$NODE" "$RUNNER" system.cancel-shutdown; echo', '"$NODE" "$RUNNER" system.cancel-shutdown; echo',
    `"$NODE" "$RUNNER" system.shut-down '{"inMinutes":0}'`,
  ].join('\n');
  const environment = { ...process.env, PATH: `${folder}:${process.env['PATH']}`, NODE: process.execPath, RUNNER: runner, FOLDER: folder };
  const said = execFileSync('unshare', ['--mount', 'sh', '-c', commands], { encoding: 'utf8', timeout: 60_000, env: environment });
  const [planned, cancelled, again, now] = said.trim().split('\n').map((line) => JSON.parse(line));
  t.like(planned, { status: 'succeeded', result: { planned: { what: 'reboot', notice: 'soon back' } } });
  t.is(cancelled.status, 'succeeded');
  t.is(again.code, 'not-found');
  t.is(now.status, 'succeeded');
  t.deepEqual(readFileSync(join(folder, 'asked'), 'utf8').trim().split('\n').map((line) => line.trim()), ['-r +5 soon back', '-c', '-c', '-P +1']);
});

test('a plan is read from what systemd writes down, and nothing else is taken for one', (t) => {
  t.deepEqual(parsePlan('USEC=1795587452994209\nWARN_WALL=1\nMODE=reboot\nUID=0\nWALL_MESSAGE=hello\\x20you\n'), { what: 'reboot', atMs: 1_795_587_452_994, notice: 'hello you' });
  t.notThrows(() => assert(property(string(), (text) => parsePlan(text) === undefined || text.includes('USEC='))));
  t.notThrows(() => assert(property(integer({ min: 1, max: 2 ** 40 }), (ms) => parsePlan(`USEC=${ms * 1000}\nMODE=poweroff\n`)?.atMs === ms)));
});
