/**
 * Processes by /proc (proc_pid_stat(5), proc_pid_status(5)): no program has to be asked, and none is asked in vain.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { limits } from '../../../protocol/limits.ts';
import { failure, success } from '../../../protocol/outcome.ts';
import { cut } from '../rows.ts';
import { endBySignal } from './posix-end.ts';
import type { ProcessRow, ProcessTable } from './process-table.ts';
import { programName } from './program-name.ts';

/** Clock ticks in a second as user space sees them: 100 on every architecture that Node runs on. */
const ticksPerSecond = 100;
/** Other runs in this thread get their turn after so many processes. */
const atOnce = 100;

type Stat = { readonly parent: number; readonly name: string; readonly state: string; readonly cpuTicks: number; readonly startTicks: number };

/** `folder` is /proc, but for tests. */
export function linuxProcesses(folder = '/proc', mostRead: number = limits.maxProcessesRead): ProcessTable {
  return {
    async list(context, measureMs) {
      const pids = numbersIn(folder);
      const looked = pids.slice(0, mostRead);
      const before = measureMs === 0 ? undefined : await ticksOf(folder, looked);
      if (measureMs > 0) await setTimeout(measureMs, undefined, { signal: context.signal }).catch(() => undefined);
      const about = { names: accountNames(), bootedMs: bootedAtMs(folder), before };
      const rows: ProcessRow[] = [];
      for (const [index, pid] of looked.entries()) {
        if (index % atOnce === 0) await setImmediate();
        if (context.signal.aborted) return failure('cancelled', 'the list was not finished');
        const row = readRow(folder, pid, about);
        if (row !== undefined) rows.push(row);
      }
      return success({ rows, total: rows.length + pids.length - looked.length });
    },
    stillRuns: async ({ pid, startedAtMs }) => {
      const stat = readStat(folder, pid);
      return stat !== undefined && stat.state !== 'Z' && stat.state !== 'X' && startOf(stat, bootedAtMs(folder)) === startedAtMs;
    },
    // between the last look and the signal the number could pass to another process only if all numbers had been used up in that moment
    end: async ({ pid }, how) => endBySignal(pid, how),
  };
}

/** The fields behind the last parenthesis begin with the third; the name in the parentheses may hold anything. */
export function parseStat(text: string): Stat | undefined {
  const close = text.lastIndexOf(')');
  const [state, parent, ...rest] = text.slice(close + 2).split(' ');
  const [user, system, start] = [rest[9], rest[10], rest[17]];
  if (close < 0 || state === undefined || parent === undefined || user === undefined || system === undefined || start === undefined) return undefined;
  return { name: text.slice(text.indexOf('(') + 1, close), state, parent: Number(parent), cpuTicks: Number(user) + Number(system), startTicks: Number(start) };
}

type Earlier = { readonly atMs: number; readonly ticks: ReadonlyMap<number, number> };

async function ticksOf(folder: string, pids: readonly number[]): Promise<Earlier> {
  const ticks = new Map<number, number>();
  for (const [index, pid] of pids.entries()) {
    if (index % atOnce === 0) await setImmediate();
    const stat = readStat(folder, pid);
    if (stat !== undefined) ticks.set(pid, stat.cpuTicks);
  }
  return { atMs: performance.now(), ticks };
}

type About = { readonly names: ReadonlyMap<string, string>; readonly bootedMs: number; readonly before: Earlier | undefined };

function readRow(folder: string, pid: number, { names, bootedMs, before }: About): ProcessRow | undefined {
  const stat = readStat(folder, pid);
  if (stat === undefined) return undefined;
  const status = readOrEmpty(`${folder}/${pid}/status`);
  const uid = /^Uid:\s+\d+\s+(\d+)/m.exec(status)?.[1] ?? '';
  const words = readOrEmpty(`${folder}/${pid}/cmdline`).split('\0').filter((word, index, all) => word !== '' || index < all.length - 1);
  const startedAtMs = startOf(stat, bootedMs);
  return {
    pid,
    parent: stat.parent,
    name: programName(stat.name, words[0] ?? ''),
    user: names.get(uid) ?? uid,
    cpuPercent: cpuPercent(stat, before === undefined ? { ticks: 0, ms: Date.now() - startedAtMs } : { ticks: before.ticks.get(pid) ?? stat.cpuTicks, ms: performance.now() - before.atMs }),
    memoryBytes: 1024 * Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0),
    state: states[stat.state] ?? stat.state,
    startedAtMs,
    commandLine: cut(words.join(' ').trim() || `[${stat.name}]`, limits.maxCommandLineCharacters),
  };
}

function cpuPercent(stat: Stat, since: { ticks: number; ms: number }): number {
  if (since.ms <= 0) return 0;
  return Math.round(Math.max(0, stat.cpuTicks - since.ticks) / ticksPerSecond / (since.ms / 1000) * 1000) / 10;
}

const states: Readonly<Record<string, string>> = { R: 'running', S: 'sleeping', D: 'waiting', T: 'stopped', t: 'stopped', Z: 'ended', X: 'ended', I: 'idle' };

function numbersIn(folder: string): number[] {
  return readdirSync(folder).filter((name) => /^\d+$/.test(name)).map(Number);
}

function readStat(folder: string, pid: number): Stat | undefined {
  return parseStat(readOrEmpty(`${folder}/${pid}/stat`));
}

function startOf(stat: Stat, bootedMs: number): number {
  return bootedMs + Math.round((stat.startTicks / ticksPerSecond) * 1000);
}

/** A whole second, the same at every look, unless somebody sets the clock. */
function bootedAtMs(folder: string): number {
  return 1000 * Number(/^btime (\d+)$/m.exec(readOrEmpty(`${folder}/stat`))?.[1] ?? 0);
}

function accountNames(): ReadonlyMap<string, string> {
  const lines = readOrEmpty('/etc/passwd').split('\n').map((line) => line.split(':'));
  return new Map(lines.flatMap(([name, , uid]) => (name === undefined || uid === undefined ? [] : [[uid, name]])));
}

/** A process may end between two looks. */
function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
