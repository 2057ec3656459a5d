/**
 * `npm run bench`: every figure beside its floor, in one run on one machine. Prints a table, and JSON to the file named by
 * BEHEST_BENCH_JSON or as the last line.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { auditFigures, auditRows } from './audit.ts';
import { echo, shell, startInstallation } from './behest.ts';
import type { Installation } from './behest.ts';
import { fanOutRows, measureFanOut } from './fan-out.ts';
import { fileFigures, fileRows } from './files.ts';
import { bareFloor } from './floors/bare.ts';
import { bareIdleMemory } from './floors/bare-idle.ts';
import { openSsh } from './floors/open-ssh.ts';
import { parallel, sequential } from './measure.ts';
import type { Latency, Subject, Throughput } from './measure.ts';
import { memoryOf, memoryOfAll, processorSeconds, workerThreads } from './memory.ts';
import type { Memory } from './memory.ts';
import { figure, printTable } from './table.ts';
import type { Row } from './table.ts';

const calls = Number(process.env['BEHEST_BENCH_CALLS'] ?? 500);
/** Agents that get one directive at once. */
const fleetSize = Number(process.env['BEHEST_BENCH_FLEET'] ?? 10_000);
/** Piscina's idle threads have ended by then (limits.workerIdleMs), and the agent has given memory back and keeps to that (memoryIdleMs, memoryIdleAgainMs). */
const settleMs = 70_000;
const idleMs = 10_000;

type Figures = { readonly name: string; readonly latency: Latency; readonly at50: Throughput; readonly at1000?: Throughput };

const folder = mkdtempSync(join(tmpdir(), 'behest-bench-'));
try {
  await main();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function main(): Promise<void> {
  const first = await startInstallation(join(folder, 'data'));
  await first.stop();
  const installation = await startInstallation(join(folder, 'data'));
  mkdirSync(join(folder, 'floor'));
  const [idle, bareIdle] = await Promise.all([idleFigures(installation), bareIdleMemory(join(folder, 'floor'), settleMs)]);
  mkdirSync(join(folder, 'ssh'));
  const [floor, shellFigures, echoFigures] = await measured([await bareFloor(join(folder, 'floor')), shell(installation), echo(installation)] as const);
  const sshFigures = await measuredSsh(join(folder, 'ssh'));
  const audit = await auditFigures(installation);
  const files = await fileFigures(installation, join(folder, 'files'));
  const used = { agent: memoryOfAll(installation.agentPid), intermediary: memoryOf(installation.intermediaryPid) };
  await installation.stop();
  const fanOut = await measureFanOut(folder, fleetSize);
  printTable([...directiveRows(floor, shellFigures, echoFigures, sshFigures), ...auditRows(audit), ...fileRows(files), ...idleRows(idle, bareIdle), ...startRows(first, installation), ...fanOutRows(fanOut)]);
  const all = { startMs: { first: first.startedInMs, second: installation.startedInMs }, idle, bareIdle, used, floor, shell: shellFigures, echo: echoFigures, ssh: sshFigures, audit, files, fanOut };
  const file = process.env['BEHEST_BENCH_JSON'];
  if (file === undefined) console.log(`\n${JSON.stringify(all)}`);
  else writeFileSync(file, JSON.stringify(all, undefined, 2));
}

async function measured(subjects: readonly [Subject, Subject, Subject]): Promise<[Figures, Figures, Figures]> {
  const latencies = await sequential(subjects, calls);
  const at50 = await parallel(subjects, 50, { calls: calls * 4, turns: 4 });
  const at1000 = await parallel(subjects, 1000, { calls: calls * 4, turns: 1 });
  for (const subject of subjects) await subject.close();
  const figures = (index: 0 | 1 | 2): Figures => ({ name: subjects[index].name, latency: must(latencies[index]), at50: must(at50[index]), at1000: must(at1000[index]) });
  return [figures(0), figures(1), figures(2)];
}

async function measuredSsh(at: string): Promise<Figures | undefined> {
  const ssh = await openSsh(at);
  if (ssh === undefined) return undefined;
  const [latency] = await sequential([ssh], Math.min(calls, 200));
  const [at50] = await parallel([ssh], 50, { calls, turns: 1 });
  await ssh.close();
  return { name: ssh.name, latency: must(latency), at50: must(at50) };
}

function must<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('nothing was measured');
  return value;
}

type Idle = { readonly agentProcesses: number; readonly agentPrivateMB: number; readonly agentResidentMB: number; readonly agentProcessorPerCent: number; readonly agentWorkers: number; readonly intermediaryPrivateMB: number; readonly intermediaryResidentMB: number };

async function idleFigures({ agentPid, intermediaryPid }: Installation): Promise<Idle> {
  await pause(settleMs);
  const before = processorSeconds(agentPid);
  await pause(idleMs);
  const agentProcessorPerCent = ((processorSeconds(agentPid) - before) * 100_000) / idleMs;
  const [agent, intermediary] = [memoryOfAll(agentPid), memoryOf(intermediaryPid)];
  return {
    agentProcesses: agent.processes,
    agentPrivateMB: agent.privateMB,
    agentResidentMB: agent.residentMB,
    agentProcessorPerCent,
    agentWorkers: workerThreads(agentPid),
    intermediaryPrivateMB: intermediary.privateMB,
    intermediaryResidentMB: intermediary.residentMB,
  };
}

function directiveRows(floor: Figures, ours: Figures, echoed: Figures, ssh: Figures | undefined): Row[] {
  const milliseconds = (value: number | undefined): string => (value === undefined ? '' : figure(value, 'ms'));
  const latencyRow = (name: string, of: (latency: Latency) => number, times?: number): Row => {
    const [mine, bare] = [of(ours.latency), of(floor.latency)];
    const asked = times === undefined ? '' : `≤ ${times}× floor (${(mine / bare).toFixed(2)}×)`;
    return { what: `shell.execute ${name}`, measured: milliseconds(mine), floor: milliseconds(bare), asked, reached: times === undefined ? '' : mine <= times * bare ? 'yes' : 'no' };
  };
  const share = ours.at50.perSecond / floor.at50.perSecond;
  const lost = (ours.at50.failed + (ours.at1000?.failed ?? 0) + echoed.at50.failed + (echoed.at1000?.failed ?? 0));
  return [
    latencyRow('p50', ({ p50Ms }) => p50Ms, 2),
    latencyRow('p95', ({ p95Ms }) => p95Ms, 3),
    latencyRow('p99', ({ p99Ms }) => p99Ms),
    { what: 'shell.execute, 50 in flight', measured: figure(ours.at50.perSecond, '/s'), floor: figure(floor.at50.perSecond, '/s'), asked: `≥ 80% of floor (${(share * 100).toFixed(0)}%)`, reached: share >= 0.8 ? 'yes' : 'no' },
    { what: 'shell.execute, 1,000 in flight', measured: figure(ours.at1000?.perSecond ?? 0, '/s'), floor: figure(floor.at1000?.perSecond ?? 0, '/s'), asked: '', reached: '' },
    { what: 'lost or wrong, all of them', measured: String(lost), floor: String(floor.at50.failed + (floor.at1000?.failed ?? 0)), asked: '0', reached: lost === 0 ? 'yes' : 'no' },
    ...(['p50Ms', 'p95Ms', 'p99Ms'] as const).map((key): Row => ({ what: `agent.echo ${key.slice(0, 3)}`, measured: milliseconds(echoed.latency[key]), floor: '', asked: '', reached: '' })),
    { what: 'agent.echo, 50 in flight', measured: figure(echoed.at50.perSecond, '/s'), floor: '', asked: '', reached: '' },
    { what: 'agent.echo, 1,000 in flight', measured: figure(echoed.at1000?.perSecond ?? 0, '/s'), floor: '', asked: '', reached: '' },
    ...(ssh === undefined ? [] : [{ what: `${ssh.name} p50 / p95 / 50 in flight`, measured: `${milliseconds(ssh.latency.p50Ms)} / ${milliseconds(ssh.latency.p95Ms)} / ${figure(ssh.at50.perSecond, '/s')}`, floor: '', asked: 'for comparison', reached: '' as const }]),
  ];
}

function idleRows(idle: Idle, bare: Memory): Row[] {
  return [
    { what: `agent idle, private memory (processes: ${idle.agentProcesses})`, measured: figure(idle.agentPrivateMB, 'MB'), floor: figure(bare.privateMB, 'MB'), asked: '≤ 18 MB', reached: idle.agentPrivateMB <= 18 ? 'yes' : 'no' },
    { what: 'agent idle, processor', measured: figure(idle.agentProcessorPerCent, '%'), floor: '', asked: '< 0.1%', reached: idle.agentProcessorPerCent < 0.1 ? 'yes' : 'no' },
    { what: 'agent idle, worker threads', measured: String(idle.agentWorkers), floor: '', asked: '0', reached: idle.agentWorkers === 0 ? 'yes' : 'no' },
    { what: 'intermediary idle, private / resident', measured: `${figure(idle.intermediaryPrivateMB, 'MB')} / ${figure(idle.intermediaryResidentMB, 'MB')}`, floor: '', asked: '', reached: '' },
  ];
}

function startRows(first: Installation, second: Installation): Row[] {
  return [
    { what: 'first start to ready', measured: figure(first.startedInMs, 'ms'), floor: '', asked: '', reached: '' },
    { what: 'second start to ready', measured: figure(second.startedInMs, 'ms'), floor: '', asked: '≤ 5 s', reached: second.startedInMs <= 5000 ? 'yes' : 'no' },
  ];
}

function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs));
}
