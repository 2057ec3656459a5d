/**
 * The oldest Node that the agent promises to run on, for real: the installed form of it, started as a person does.
 */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { sameBytes } from '../../protocol/bytes.ts';
import { behest, eventually } from '../support/behest.ts';
import { carryOutOn } from '../support/carry-out-on.ts';
import { House } from '../support/house.ts';
import { bundleAgent, node22 } from '../support/other-nodes.ts';
import { startOnFiles } from '../support/program-on-files.ts';

const launcher = join(import.meta.dirname, '../../agent/launch.mjs');

test('on Node 22.18 the bundled agent enrols, runs a primitive, a shell, a file and a live program, and reports what a restart has cut off', async (t) => {
  const node = node22('linux');
  if (node === undefined) return t.fail('npm has not given a Node 22');
  bundleAgent();
  t.true(existsSync('dist/agent/main.js'));
  const house = await House.build(t, undefined, (path, enrol) =>
    startOnFiles([node, launcher, 'run', '--data', join(path, 'agent'), '--json', ...enrol], { folder: path, environment: process.env, endedBy: 'SIGTERM' }));
  t.deepEqual((await carryOutOn(house, 'agent.echo', { text: 'ü' })).report.result, { text: 'ü' });
  t.is((await carryOutOn(house, 'process.execute', { program: '/bin/sh', args: ['-c', 'readlink /proc/$PPID/exe'] })).stdout.trim(), node, 'its programs are started by that very Node');
  t.is((await carryOutOn(house, 'shell.execute', { command: 'cat; exit 3', stdin: 'in' })).stdout, 'in');
  t.is((await carryOutOn(house, 'file.execute', { path: '/bin/echo', args: ['a b'] })).stdout, 'a b\n');
  t.is((await carryOutOn(house, 'system.information', { parts: ['memory'] })).report.status, 'succeeded');
  const bytes = randomBytes(1_000_000);
  const live = await behest(house.path, ['exec', house.machine?.name ?? '', '--', 'sh', '-c', 'cat; exit 7'], bytes);
  t.is(live.code, 7, live.stderr);
  t.true(sameBytes(live.stdout, bytes));
  const cut = carryOutOn(house, 'shell.execute', { command: 'echo begun; sleep 300' }, { timeoutMs: 600_000, spoke: () => void house.killAgent() });
  t.is((await cut).report.status, 'interrupted');
  await eventually(() => house.machine?.online === true, 60_000);
});
