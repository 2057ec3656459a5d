import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import test from 'ava';
import { assert, dictionary, property, string, stringMatching } from 'fast-check';
import { descriptionIn } from '../../agent/primitives/service/init-scripts.ts';
import { parseShow, parseUnitFiles } from '../../agent/primitives/service/systemd.ts';
import type { ServiceRow } from '../../agent/primitives/service/service-manager.ts';
import { has } from '../support/needs.ts';
import { bootSystemd } from '../support/systemd-machine.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const units = {
  'behest-good.service': '[Unit]\nDescription=A good one\n[Service]\nExecStart=/bin/sleep 1000\nUser=nobody\n[Install]\nWantedBy=multi-user.target\n',
  'behest-bad.service': '[Unit]\nDescription=A bad one\n[Service]\nType=oneshot\nExecStart=/bin/sh -c "exit 3"\n',
  'behest-once.service': '[Unit]\nDescription=Does its work\n[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true\n',
};

test('services of a real systemd are listed, started, stopped, restarted, and start with the machine or not', async (t) => {
  if (!has(t, 'systemd-nspawn (as root)')) return;
  const { run, sh } = await bootSystemd(t, units);
  const act = async (verb: string, service: string) => {
    const { code, status, result } = await run(`service.${verb}`, { service });
    return [code ?? status, Object(result).before, Object(result).after];
  };

  t.deepEqual(await act('start', 'behest-good'), ['succeeded', 'stopped', 'running']);
  t.deepEqual(await act('start', 'behest-good.service'), ['succeeded', 'running', 'running']);
  const first = Object((await run('service.properties', { service: 'behest-good' })).result);
  t.like(first, { name: 'behest-good', state: 'running', start: 'manual', detail: 'active (running)', user: 'nobody', commandLine: '/bin/sleep 1000', file: '/etc/systemd/system/behest-good.service', restarts: 0 });
  t.true(first.needs.includes('sysinit.target'));
  t.true(Math.abs(first.sinceAtMs - Date.now()) < 60_000);
  t.is((await sh(`cat /proc/${first.pid}/comm`)).trim(), 'sleep');

  t.deepEqual(await act('restart', 'behest-good'), ['succeeded', 'running', 'running']);
  t.not(Object((await run('service.properties', { service: 'behest-good' })).result).pid, first.pid);

  t.is(Object((await run('service.enable', { service: 'behest-good' })).result).start, 'automatic');
  t.is(Object((await run('service.disable', { service: 'behest-good' })).result).start, 'manual');
  t.deepEqual(await act('stop', 'behest-good'), ['succeeded', 'running', 'stopped']);

  t.deepEqual(await act('start', 'behest-bad'), ['tool-failed', 'stopped', 'failed']);
  const bad = Object((await run('service.properties', { service: 'behest-bad' })).result);
  t.like(bad, { state: 'failed', exitCode: 3, start: 'by others' });
  t.deepEqual(await act('start', 'behest-once'), ['succeeded', 'stopped', 'done']);
  t.deepEqual(await act('start', 'behest-absent'), ['not-found', undefined, undefined]);
  t.is((await run('service.properties', { service: 'behest-absent' })).code, 'not-found');

  const listed = Object((await run('service.list', { contains: 'behest-' })).result);
  t.deepEqual(listed.services.map(({ name, state }: ServiceRow) => [name, state]), [['behest-bad', 'failed'], ['behest-good', 'stopped'], ['behest-once', 'done']]);
  const failed = Object((await run('service.list', { state: 'failed' })).result).services.map(({ name }: ServiceRow) => name);
  t.deepEqual(failed, ['behest-bad']);
  t.like(Object((await run('service.list', { contains: 'cron', most: 1 })).result), { services: [{ name: 'cron', start: 'never' }] });
});

const script = `#!/bin/sh
### BEGIN INIT INFO
# Provides:          behest-script
# Short-Description: A script of System V init
### END INIT INFO
case "$1" in
  start) [ -e /etc/init.d/refuse ] && { echo "it will not" >&2; exit 1; }; touch /etc/init.d/up ;;
  stop) rm -f /etc/init.d/up ;;
  restart) "$0" stop; "$0" start ;;
  status) [ -e /etc/init.d/up ] ;;
  *) exit 2 ;;
esac || exit 3
`;

test('where the first process is no systemd, the scripts of System V init are called', async (t) => {
  if (!has(t, 'network namespaces')) return;
  const folder = await temporaryFolder(t);
  writeFileSync(join(folder, 'behest-script'), script, { mode: 0o755 });
  const runner = join(import.meta.dirname, '../support/run-primitive.ts');
  const steps = ['service.list', 'service.start', 'service.properties', 'service.restart', 'service.stop'].map((name) => `"$NODE" "$RUNNER" ${name} '${name === 'service.list' ? '{}' : '{"service":"behest-script"}'}'; echo;`);
  const commands = [
    'set -e', 'mount -t tmpfs tmpfs /etc/init.d', `cp "$FOLDER"/behest-script /etc/init.d/`,
    // what is there when systemd runs, and is not here
    'test ! -d /run/systemd/system || mount -t tmpfs tmpfs /run/systemd', ...steps,
    'touch /etc/init.d/refuse', `"$NODE" "$RUNNER" service.start '{"service":"behest-script"}'; echo; "$NODE" "$RUNNER" service.start '{"service":"behest-absent"}'`,
  ].join('\n');
  const said = execFileSync('unshare', ['--mount', 'sh', '-c', commands], { encoding: 'utf8', timeout: 60_000, env: { ...process.env, NODE: process.execPath, RUNNER: runner, FOLDER: folder } });
  const [list, start, properties, restart, stop, refused, absent] = said.trim().split('\n').map((line) => JSON.parse(line));
  t.deepEqual(list.result.services, [{ name: 'behest-script', state: 'stopped', start: 'manual', description: 'A script of System V init' }]);
  t.like(start, { status: 'succeeded', result: { before: 'stopped', after: 'running' } });
  t.like(properties.result, { state: 'running', file: '/etc/init.d/behest-script' });
  t.like(restart, { status: 'succeeded', result: { before: 'running', after: 'running' } });
  t.like(stop, { status: 'succeeded', result: { before: 'running', after: 'stopped' } });
  t.is(refused.code, 'tool-failed');
  t.regex(refused.detail, /it will not/);
  t.is(absent.code, 'not-found');
});

test('what systemctl show says is read back, whatever the values hold', (t) => {
  const value = string({ maxLength: 40 }).filter((text) => !/[\n\r]/.test(text) && text !== '');
  const unit = dictionary(stringMatching(/^[A-Z][A-Za-z]{0,12}$/).filter((name) => name !== 'Id'), value, { maxKeys: 6 });
  t.notThrows(() => assert(property(unit, unit, (one, other) => {
    const given = [{ Id: 'a.service', ...one }, { Id: 'b.service', ...other }];
    const said = given.map((each) => Object.entries(each).map(([name, text]) => `${name}=${text}\n`).join('')).join('\n');
    return isDeepStrictEqual(parseShow(said).map((each) => Object.entries(each).sort()), given.map((each) => Object.entries(each).sort()));
  })));
  t.notThrows(() => assert(property(string(), (text) => Array.isArray(parseShow(text)) && Array.isArray(parseUnitFiles(text)) && typeof descriptionIn(text) === 'string')));
});

test('unit files that are not loaded are services too, templates and second names are not', (t) => {
  const said = 'atd.service                            masked          enabled\nautovt@.service                        alias           -\ngetty@.service enabled enabled\nsshd.service alias -\nssh.service                            enabled         enabled\n';
  t.deepEqual(parseUnitFiles(said), [
    { name: 'atd', state: 'stopped', start: 'never', description: '' },
    { name: 'ssh', state: 'stopped', start: 'automatic', description: '' },
  ]);
});

test('the description of a script is in its LSB header or in the words of OpenRC', (t) => {
  t.is(descriptionIn(script), 'A script of System V init');
  t.is(descriptionIn('#!/sbin/openrc-run\ndescription="Serves pages"\ncommand=/usr/sbin/x\n'), 'Serves pages');
  t.is(descriptionIn('#!/bin/sh\n'), '');
});
