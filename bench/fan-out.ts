/**
 * One directive on BEHEST_BENCH_FLEET (10,000) agents: how long until every report is stored, what an agent costs in
 * memory, and how a console's request fares meanwhile.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { enrolmentTerms, makeEnrolment } from '../console/client/enrolments.ts';
import { countOf, giveToFleet } from '../console/client/fleet.ts';
import { oneDirective } from '../console/client/history.ts';
import type { Connection } from '../console/terminal/connection.ts';
import { systemClock, systemRandom } from '../protocol/clock.ts';
import type { Outcome } from '../protocol/outcome.ts';
import { startInstallation } from './behest.ts';
import { reportsFloor } from './floors/reports.ts';
import { memoryOf } from './memory.ts';
import { figure } from './table.ts';
import type { Row } from './table.ts';

export type FanOut = {
  readonly agents: number;
  readonly connectedMs: number;
  readonly storedMs: number;
  readonly floorMs: number;
  readonly succeeded: number;
  readonly kilobytesEach: number;
  /** Of a console's request, at rest and while the reports came. */
  readonly restMs: RoundTrips;
  readonly busyMs: RoundTrips;
};
export type RoundTrips = { readonly p50: number; readonly p95: number; readonly max: number };

/** Between two requests of the console. */
const askEveryMs = 50;
const askedAtRest = 40;

export async function measureFanOut(folder: string, agents: number): Promise<FanOut> {
  const installation = await startInstallation(join(folder, 'fleet'), ['--no-agent']);
  const { connection, intermediaryPid } = installation;
  const emptyMB = memoryOf(intermediaryPid).privateMB;
  const started = performance.now();
  const simulator = await startFleet(connection, agents);
  await until(() => connection.machines.all.filter(({ online, nonce }) => online && nonce !== undefined).length === agents);
  const connectedMs = performance.now() - started;
  const kilobytesEach = ((memoryOf(intermediaryPid).privateMB - emptyMB) * 1024) / agents;
  const rest = new Asking(connection);
  await until(() => rest.times.length >= askedAtRest);
  const restMs = rest.stop();
  const ran = await run(connection);
  simulator.kill('SIGKILL');
  await once(simulator, 'exit');
  await installation.stop();
  mkdirSync(join(folder, 'reports'));
  return { agents, connectedMs, kilobytesEach, restMs, ...ran, floorMs: reportsFloor(join(folder, 'reports'), agents) };
}

async function startFleet({ api, profile }: Connection, agents: number) {
  const tools = { clock: systemClock, random: systemRandom };
  const enrolment = take(await makeEnrolment(api, take(await enrolmentTerms(api)), { site: 'fleet', uses: agents, lifeMs: 3_600_000 }, tools));
  const child = spawn(process.execPath, [join(import.meta.dirname, 'fleet.ts')], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(JSON.stringify({ enrolment, port: Number(new URL(profile.address).port), agents }));
  const [said] = await Promise.race([once(createInterface({ input: child.stdout }), 'line'), once(child, 'exit')]);
  if (said !== 'ready') throw new Error('the fleet did not come');
  return child;
}

async function run(connection: Connection): Promise<Pick<FanOut, 'storedMs' | 'succeeded' | 'busyMs'>> {
  const { desk, machines, api } = connection;
  const asking = new Asking(connection);
  const started = performance.now();
  const ended = Promise.withResolvers<void>();
  const all = machines.all;
  const followed = take(await giveToFleet(desk, { machines: all, primitive: 'agent.echo', params: { text: 'hi' } }, {
    counts: (counts) => {
      if (countOf(counts, ['succeeded']) === all.length) ended.resolve();
    },
    failed: ({ code, detail }) => ended.reject(new Error(`${code}: ${detail}`)),
  }));
  await ended.promise;
  const storedMs = performance.now() - started;
  followed.stop();
  const busyMs = asking.stop();
  const record = take(await oneDirective(api, followed.given.directive.id));
  return { storedMs, busyMs, succeeded: countOf(record.counts, ['succeeded']) };
}

/** A person at another page: asks for the newest directives again and again. */
class Asking {
  readonly times: number[] = [];
  #isStopped = false;

  constructor({ api }: Connection) {
    void this.#ask(async () => void take(await api.get('/api/directives?limit=20', (value) => ({ ok: true, value }))));
  }

  stop(): RoundTrips {
    this.#isStopped = true;
    const sorted = this.times.toSorted((left, right) => left - right);
    const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
    return { p50: at(0.5), p95: at(0.95), max: at(1) };
  }

  async #ask(once_: () => Promise<void>): Promise<void> {
    while (!this.#isStopped) {
      const started = performance.now();
      await once_();
      this.times.push(performance.now() - started);
      await new Promise((resolve) => setTimeout(resolve, askEveryMs));
    }
  }
}

async function until(is: () => boolean): Promise<void> {
  while (!is()) await new Promise((resolve) => setTimeout(resolve, 20));
}

function take<T>(outcome: Outcome<T>): T {
  if (!outcome.ok) throw new Error(`${outcome.code}: ${outcome.detail}`);
  return outcome.value;
}

export function fanOutRows(fanOut: FanOut): Row[] {
  const { agents, storedMs, floorMs, succeeded, kilobytesEach, restMs, busyMs, connectedMs } = fanOut;
  const trips = ({ p50, p95, max }: RoundTrips): string => `${figure(p50, 'ms')} / ${figure(p95, 'ms')} / ${figure(max, 'ms')}`;
  return [
    { what: `agent.echo on ${agents} agents, all reports stored`, measured: figure(storedMs, 'ms'), floor: figure(floorMs, 'ms'), asked: '< 15 s for 10,000', reached: storedMs < 15_000 && succeeded === agents ? 'yes' : 'no' },
    { what: 'a console’s request meanwhile, p50 / p95 / longest', measured: trips(busyMs), floor: trips(restMs), asked: 'responsive', reached: '' },
    { what: 'agents enrolled and connected', measured: figure(connectedMs, 'ms'), floor: '', asked: '', reached: '' },
    { what: 'memory of the intermediary for each agent', measured: figure(kilobytesEach, 'KB'), floor: '', asked: '', reached: '' },
  ];
}
