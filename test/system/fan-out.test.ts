/** Many machines at a terminal, with the real programs: two agents on this machine. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { behest, eventually, start, startQuickly } from '../support/behest.ts';
import type { QuickStart } from '../support/behest.ts';

let folder = '';
let data = '';
let running: QuickStart;
let other: ChildProcess;
let ids: string[] = [];

async function machines(): Promise<{ id: string; online: boolean }[]> {
  return JSON.parse((await behest(data, ['agents', '--json'])).stdout.toString());
}

function startOther(...args: string[]): ChildProcess {
  return spawn(process.execPath, ['agent/launch.mjs', 'run', '--data', join(data, 'other-agent'), ...args], { stdio: 'ignore' });
}

test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'behest-test-'));
  data = join(folder, 'data');
  running = await startQuickly(data);
  other = startOther('--enrol', (await behest(data, ['enrol-token'])).stdout.toString().trim());
  await eventually(async () => (await machines()).filter(({ online }) => online).length === 2, 30_000);
  ids = (await machines()).map(({ id }) => id);
});
test.after.always(async () => {
  other?.kill('SIGKILL');
  await running?.stop();
  await rm(folder, { recursive: true, force: true });
});

test.serial('run --all gives one directive to every machine and ends with the numbers', async (t) => {
  const ended = await behest(data, ['run', '--all', 'agent.echo', '--text', 'hi', '--wave', '50%']);
  t.is(ended.code, 0, ended.stderr);
  t.regex(ended.stderr, /^2 of 2 done \(directive [0-9a-f]{32}\)$/m);
});

test.serial('what failed is shown machine by machine, and given anew to those machines alone', async (t) => {
  const failing = await behest(data, ['run', '--agents', ids.join(','), 'shell.execute', '--command', 'exit 3', '--wave', '1', '--stop-after', '1']);
  t.is(failing.code, 1, failing.stderr);
  t.regex(failing.stderr, /^0 of 2 done, 1 failed, 1 cancelled/m);
  const [, id = ''] = /\(directive ([0-9a-f]{32})\)/.exec(failing.stderr) ?? [];
  const shown = await behest(data, ['directives', id, '--state', 'failed']);
  t.is(shown.code, 0, shown.stderr);
  t.regex(shown.stdout.toString(), /^shell\.execute, given by owner .*, in waves of 1, stops after 1 failed\n0 of 2 done, 1 failed, 1 cancelled\n\nMACHINE +RESULT +WHEN +WHY\n.* failed +.* exit-nonzero /);
  const again = await behest(data, ['retry', id, '--json']);
  t.is(again.code, 1, again.stderr);
  t.deepEqual(JSON.parse(again.stdout.toString()).counts, { failed: 1 });
  const cancelled = await behest(data, ['retry', id, '--state', 'cancelled', '--json']);
  t.deepEqual(JSON.parse(cancelled.stdout.toString()).counts, { failed: 1 });
});

test.serial('a directive waits for a machine that is off line; it can be cancelled, and somebody is told when the machine comes', async (t) => {
  const gone = new Promise((resolve) => other.once('close', resolve));
  other.kill('SIGTERM');
  await gone;
  await eventually(async () => (await machines()).some(({ online }) => !online), 30_000);
  const away = (await machines()).find(({ online }) => !online)?.id ?? '';
  const given = await behest(data, ['run', '--search', 'online:no', 'agent.echo', '--text', 'later', '--no-wait', '--json']);
  t.is(given.code, 0, given.stderr);
  const { directiveId } = JSON.parse(given.stdout.toString());
  t.is((await behest(data, ['cancel', directiveId])).code, 0);
  t.regex((await behest(data, ['directives', directiveId])).stdout.toString(), /0 of 1 done, 1 cancelled/);
  const late = await behest(data, ['wait-online', away, '--within', '300ms']);
  t.is(late.code, 1);
  t.regex(late.stderr, /unreachable/);
  const waiting = start(data, ['wait-online', away]);
  other = startOther();
  const ended = await waiting.ended;
  t.is(ended.code, 0, ended.stderr);
  t.regex(ended.stdout.toString(), / is on line\n$/);
});

test.serial('what cannot be meant is said', async (t) => {
  for (const [args, code] of [
    [['run', '--site', 'nowhere', 'agent.echo'], 'no-such-machine'],
    [['run', '--all'], 'usage'],
    [['run', '--all', 'agent.echo', '--wave', '0'], 'usage'],
    [['run', '--all', 'agent.echo', '--stop-after', 'many'], 'usage'],
    [['run', '--search', 'colour:red', 'agent.echo'], 'usage'],
    [['directives', 'f'.repeat(32)], 'no-such-directive'],
    [['directives', 'f'.repeat(32), '--state', 'odd'], 'usage'],
  ] as const) {
    const refused = await behest(data, args);
    t.is(refused.code, 1, args.join(' '));
    t.regex(refused.stderr, new RegExp(`error\\[${code}\\]`), args.join(' '));
  }
});
