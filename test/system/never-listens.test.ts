/**
 * K1 and K4: a machine behind a masquerading gateway that lets nothing in is managed all the same, and its agent listens nowhere.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import test from 'ava';
import { projectRoot } from '../architecture/sources.ts';
import { eventually } from '../support/behest.ts';
import { has } from '../support/needs.ts';
import { within } from '../support/namespaces.ts';
import { buildNetwork } from '../support/network.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

test('directives reach an agent whose network has no open port and no way in', async (t) => {
  if (!has(t, 'network namespaces', 'nftables')) return;
  t.timeout(120_000);
  const network = buildNetwork(t);
  const folder = await temporaryFolder(t);
  const behest = (...args: string[]): string => within(network.outside, process.execPath, join(projectRoot, 'console/terminal/main.ts'), '--data', folder, ...args);

  const intermediary = spawn('ip', ['netns', 'exec', network.outside, process.execPath, join(projectRoot, 'console/terminal/main.ts'), 'start', '--no-agent', '--json', '--port', '0', '--host', network.outsideAddress, '--data', folder], { stdio: ['pipe', 'pipe', 'ignore'] });
  t.teardown(() => stop(intermediary));
  await once(createInterface({ input: intermediary.stdout }), 'line');

  const enrolment = behest('enrol-token').trim();
  const agent = spawn('ip', ['netns', 'exec', network.inside, process.execPath, join(projectRoot, 'agent/launch.mjs'), 'run', '--enrol', enrolment, '--data', join(folder, 'agent'), '--exit-with-parent'], { stdio: ['pipe', 'ignore', 'ignore'] });
  t.teardown(() => stop(agent));
  const machines = (): { name: string; online: boolean }[] => JSON.parse(behest('agents', '--json'));
  await eventually(() => machines()[0]?.online === true, 30_000);

  t.is(behest('run', machines()[0]?.name ?? '', 'shell.execute', '--command', 'echo reached'), 'reached\n');
  t.is(listening(within(network.inside, 'ss', '-Hltun')), '', 'the agent listens');
  t.not(listening(within(network.outside, 'ss', '-Hltun')), '', 'ss would show it');
});

const listening = (sockets: string): string => sockets.trim();

async function stop(child: ReturnType<typeof spawn>): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}
