/** Contact settings from the command line to machines, through real programs. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { readStatus } from '../../agent/status-file.ts';
import type { ContactSettings } from '../../protocol/contact-settings.ts';
import { behest, eventually, startQuickly } from '../support/behest.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

type Place = { readonly data: string; readonly name: string; readonly agentId: string; startOther(...args: string[]): ChildProcess };

/** The quick start with its machine, and the means for another one at the site `reception`. */
async function installation(t: ExecutionContext): Promise<Place> {
  t.timeout(180_000);
  const data = await temporaryFolder(t);
  const running = await startQuickly(data);
  const others: ChildProcess[] = [];
  t.teardown(() => others.forEach((agent) => agent.kill('SIGKILL')));
  t.teardown(() => running.stop());
  const [machine] = JSON.parse((await behest(data, ['agents', '--json'])).stdout.toString());
  const startOther = (...args: string[]): ChildProcess => {
    const agent = spawn(process.execPath, ['agent/main.ts', 'run', '--data', join(data, 'other'), ...args], { stdio: 'ignore' });
    others.push(agent);
    return agent;
  };
  return { data, name: machine.name, agentId: machine.id, startOther };
}

async function ended(agent: ChildProcess): Promise<void> {
  const gone = new Promise((resolve) => agent.once('close', resolve));
  agent.kill('SIGTERM');
  await gone;
}

test.serial('what is set for a machine, its site and everywhere is in force on it at once, field by field, and says where it comes from', async (t) => {
  const { data, agentId, name } = await installation(t);
  const set = async (...args: string[]): Promise<string> => {
    const done = await behest(data, ['contact', 'set', ...args]);
    t.is(done.code, 0, done.stderr);
    return done.stdout.toString();
  };
  t.is(await set(agentId, '--interval', '60s'), `${name}: in force on 1 of 1 machine\n`);
  t.is(await set('--everywhere', '--retries', '7', '--interval', '2h', '--order', 'wss,https-long-poll'), 'everywhere: in force on 1 of 1 machine\n');
  t.is(await set('--site', 'default', '--spacing', '9s', '--metered', 'connect', '--upgrade', '20s'), 'site default: in force on 1 of 1 machine\n');
  const expected: ContactSettings = { mode: 'connected', intervalSeconds: 60, retries: 7, spacingSeconds: 9, order: ['wss', 'https-long-poll'], upgradeSeconds: 20, metered: 'connect' };
  t.deepEqual(readStatus(join(data, 'agent'))?.contact, expected);

  const shown = await behest(data, ['contact', 'show', agentId]);
  t.regex(shown.stdout.toString(), /Interval +1m +this machine +owner, .*\nRetries +7 +everywhere +owner, .*\nSpacing +9s +site default +owner/);
  const asJson = JSON.parse((await behest(data, ['contact', 'show', agentId, '--json'])).stdout.toString());
  t.deepEqual(asJson.settings, expected);
  t.is(asJson.layers.length, 3);

  await set(agentId, '--retries', '2');
  t.deepEqual(readStatus(join(data, 'agent'))?.contact, { ...expected, retries: 2 }, 'what is not named stays');
  await set(agentId, '--clear');
  t.deepEqual(readStatus(join(data, 'agent'))?.contact, { ...expected, intervalSeconds: 7200 });
});

test.serial('a machine that is set to poll calls at the interval; another interval is in force at its next call, without a restart', async (t) => {
  const { data, agentId } = await installation(t);
  const status = () => readStatus(join(data, 'agent'));
  const processId = status()?.processId;
  t.is((await behest(data, ['contact', 'set', agentId, '--mode', 'polling', '--interval', '5s'])).code, 0);
  await eventually(() => status()?.state === 'polling', 30_000);
  t.is((await behest(data, ['contact', 'set', agentId, '--interval', '6s'])).code, 0);
  await eventually(() => status()?.contact.intervalSeconds === 6, 30_000);
  const answer = await behest(data, ['exec', agentId, '--', 'sh', '-c', 'echo said; exit 3']);
  t.deepEqual([answer.stdout.toString(), answer.code], ['said\n', 3], 'what is live begins at the next call, and stays for its end');
  t.is((await behest(data, ['contact', 'set', agentId, '--mode', 'connected'])).code, 0);
  await eventually(() => status()?.state === 'connected' && status()?.contact.mode === 'connected', 30_000);
  t.is(status()?.processId, processId);
});

test.serial('a machine that is off line is counted, hears of it when it calls, and keeps it over a restart', async (t) => {
  const { data, startOther } = await installation(t);
  const token = (await behest(data, ['enrol-token', '--site', 'reception'])).stdout.toString().trim();
  const first = startOther('--enrol', token);
  const other = () => readStatus(join(data, 'other'));
  await eventually(() => other()?.policyVersion !== 0 && other()?.state === 'connected', 30_000);
  await ended(first);
  const isAway = async (): Promise<boolean> => JSON.parse((await behest(data, ['agents', '--json'])).stdout.toString()).some(({ online }: { online: boolean }) => !online);
  await eventually(isAway, 30_000);
  const everywhere = JSON.parse((await behest(data, ['contact', 'set', '--everywhere', '--retries', '4', '--json'])).stdout.toString());
  t.deepEqual(everywhere, { scope: { everywhere: true }, version: 1, covered: 2, holding: 1, polling: 0, offLine: 1 });
  const site = await behest(data, ['contact', 'set', '--site', 'reception', '--interval', '45s']);
  t.is(site.stdout.toString(), 'site reception: in force on 0 of 1 machine; 1 off line\n');
  const second = startOther();
  await eventually(() => other()?.contact.intervalSeconds === 45 && other()?.contact.retries === 4, 30_000);
  t.is(readStatus(join(data, 'agent'))?.contact.intervalSeconds, 30, 'the other site is not touched');
  await ended(second);
  startOther();
  await eventually(() => other()?.state === 'connected', 30_000);
  t.is(other()?.contact.intervalSeconds, 45);
  const shown = await behest(data, ['contact', 'show', '--site', 'reception']);
  t.regex(shown.stderr, /site reception: in force on 1 of 1 machine/);
});

test.serial('what cannot be meant is refused with what is wrong, and nothing is set', async (t) => {
  const { data, name } = await installation(t);
  const refusals: readonly (readonly [string[], RegExp])[] = [
    [['set', '--interval', '60s'], /error\[usage\]: name one: a machine, --site NAME or --everywhere/],
    [['set', name, '--interval', '1s'], /error\[usage\]: --interval must be >= 5, in seconds/],
    [['set', 'nobody', '--interval', '60s'], /error\[no-such-machine\]/],
    [['set', name, '--mode', 'lazy'], /error\[usage\]: .*connected, polling/],
  ];
  for (const [args, expected] of refusals) {
    const { code, stderr } = await behest(data, ['contact', ...args]);
    t.not(code, 0, args.join(' '));
    t.regex(stderr, expected);
  }
  t.deepEqual(JSON.parse((await behest(data, ['contact', 'show', name, '--json'])).stdout.toString()).layers, []);
});
