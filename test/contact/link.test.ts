/** K3: the real agent in a network of namespaces whose cable is pulled: not one attempt, and a session at once when it is back. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import test from 'ava';
import { readStatus } from '../../agent/status-file.ts';
import { projectRoot } from '../architecture/sources.ts';
import { eventually } from '../support/behest.ts';
import { has } from '../support/needs.ts';
import { within } from '../support/namespaces.ts';
import { buildNetwork } from '../support/network.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const nft = '/usr/sbin/nft';

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.stdin?.end();
  const ended = once(child, 'close');
  const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await ended;
  clearTimeout(timer);
}

/** Milliseconds of processor a process has used. */
function processorMs(pid: number): number {
  const [user = 0, system = 0] = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ').slice(11, 13).map(Number);
  return (user + system) * 10;
}

test('with the link down nothing is sent, with the link up there is a session at once, and it survives another address', async (t) => {
  if (!has(t, 'network namespaces', 'nftables')) return;
  t.timeout(180_000);
  const network = buildNetwork(t);
  const folder = await temporaryFolder(t);
  const data = join(folder, 'agent');
  const main = join(projectRoot, 'console/terminal/main.ts');
  const behest = (...args: string[]): string => within(network.outside, process.execPath, main, '--data', folder, ...args);
  const inside = (...args: string[]): string => within(network.inside, 'ip', ...args);
  const intermediary = spawn('ip', ['netns', 'exec', network.outside, process.execPath, main, 'start', '--no-agent', '--json', '--port', '0', '--host', network.outsideAddress, '--data', folder], { stdio: ['pipe', 'pipe', 'ignore'] });
  t.teardown(() => stop(intermediary));
  await once(createInterface({ input: intermediary.stdout }), 'line');
  const enrolment = behest('enrol-token').trim();
  const device = inside('-o', 'link').match(/\d+: (n1-\d+)/)?.[1] ?? '';

  // every packet of the inside is counted where it would leave
  within(network.inside, nft, 'add table inet count');
  within(network.inside, nft, 'add chain inet count out { type filter hook output priority 0 ; }');
  within(network.inside, nft, 'add rule inet count out oifname != "lo" tcp flags & (syn | ack) == syn counter');
  within(network.inside, nft, 'add rule inet count out oifname != "lo" udp dport 53 counter');
  const attempts = (): number[] => [...within(network.inside, nft, 'list table inet count').matchAll(/packets (\d+)/g)].map(([, packets]) => Number(packets));

  inside('link', 'set', device, 'down');
  const agent = spawn('ip', ['netns', 'exec', network.inside, process.execPath, join(projectRoot, 'agent/main.ts'), 'run', '--enrol', enrolment, '--data', data, '--exit-with-parent'], { stdio: ['pipe', 'ignore', 'ignore'] });
  t.teardown(() => stop(agent));
  await eventually(() => readStatus(data)?.code === 'no-network', 30_000);
  const idleFrom = { ms: performance.now(), processorMs: processorMs(readStatus(data)?.processId ?? 0) };
  await new Promise((resolve) => {
    setTimeout(resolve, 10_000); // the measure is what does not happen in it
  });
  const share = (processorMs(readStatus(data)?.processId ?? 0) - idleFrom.processorMs) / (performance.now() - idleFrom.ms);
  t.deepEqual(attempts(), [0, 0]);

  inside('link', 'set', device, 'up');
  inside('route', 'add', 'default', 'via', '10.91.1.1');
  const upAt = performance.now();
  await eventually(() => readStatus(data)?.state === 'connected', 30_000);
  t.log(`${Math.round(performance.now() - upAt)} ms from link up to session; ${(share * 100).toFixed(3)} % of a core while there was no network`);

  const session = (): number | undefined => readStatus(data)?.sinceMs;
  const before = session();
  inside('address', 'delete', '10.91.1.2/24', 'dev', device);
  inside('address', 'add', '10.91.1.7/24', 'dev', device);
  inside('route', 'replace', 'default', 'via', '10.91.1.1');
  await eventually(() => session() !== before && readStatus(data)?.state === 'connected', 60_000);
  const machine = JSON.parse(behest('agents', '--json'))[0];
  t.is(machine.online, true);
  t.is(behest('run', machine.name, 'shell.execute', '--command', 'echo still there').trim().split('\n')[0], 'still there');
});
