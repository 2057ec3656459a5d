import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import test from 'ava';
import { behest, eventually, start, startQuickly } from '../support/behest.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

async function isOnline(data: string): Promise<boolean> {
  const machines: { online: boolean }[] = JSON.parse((await behest(data, ['agents', '--json'])).stdout.toString());
  return machines[0]?.online === true;
}

test.serial('a directive for a machine that is off line is queued, said so, and carried out when it comes back', async (t) => {
  const data = await temporaryFolder(t);
  const running = await startQuickly(data, ['--no-agent']);
  t.teardown(() => void running.stop());
  const agents: ChildProcess[] = [];
  t.teardown(() => agents.forEach((agent) => agent.kill('SIGKILL')));
  const startAgent = (...args: string[]): ChildProcess => {
    const agent = spawn(process.execPath, ['agent/launch.mjs', 'run', '--data', join(data, 'other-agent'), ...args], { stdio: 'ignore' });
    agents.push(agent);
    return agent;
  };
  const token = (await behest(data, ['enrol-token'])).stdout.toString().trim();
  const first = startAgent('--enrol', token);
  await eventually(() => isOnline(data), 30_000);
  const gone = new Promise((resolve) => first.once('close', resolve));
  first.kill('SIGTERM');
  await gone;
  await eventually(async () => !(await isOnline(data)), 30_000);
  const [machine] = JSON.parse((await behest(data, ['agents', '--json'])).stdout.toString());

  const left = await behest(data, ['run', machine.name, 'agent.echo', '--text', 'kept', '--no-wait', '--keep', '1h']);
  t.is(left.code, 0);
  t.regex(left.stderr, /is off line since .*kept until .*\nqueued as directive [0-9a-f]{32}/s);

  const waiting = start(data, ['run', machine.name, 'shell.execute', '--command', 'echo late']);
  await eventually(() => waiting.said().includes('queued'));
  startAgent();
  const ended = await waiting.ended;
  t.is(ended.code, 0, ended.stderr);
  t.is(ended.stdout.toString(), 'late\n');
  const listed: { targets: { state: string }[] }[] = JSON.parse((await behest(data, ['directives', '--json'])).stdout.toString());
  t.deepEqual(listed.map(({ targets }) => targets[0]?.state), ['succeeded', 'succeeded']);
  t.is((await behest(data, ['exec', machine.name, '--', 'true'])).code, 0);
});
