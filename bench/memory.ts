/**
 * Memory and processor time of a running process, as Linux counts them.
 */
import { readFileSync, readdirSync } from 'node:fs';

export type Memory = { /** Pages of this process alone. */ readonly privateMB: number; readonly residentMB: number };

/** From /proc/PID/smaps_rollup. */
export function memoryOf(pid: number): Memory {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const kilobytes = (field: string): number => Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? Number.NaN);
  return { privateMB: (kilobytes('Private_Clean') + kilobytes('Private_Dirty')) / 1024, residentMB: kilobytes('Rss') / 1024 };
}

/** Of a process and all it has started: those of a program that is made of several. */
export function memoryOfAll(pid: number): Memory & { readonly processes: number } {
  const all = [pid, ...descendantsOf(pid)].map(memoryOf);
  const sum = (of: keyof Memory): number => all.reduce((total, one) => total + one[of], 0);
  return { privateMB: sum('privateMB'), residentMB: sum('residentMB'), processes: all.length };
}

function descendantsOf(pid: number): number[] {
  return processes().filter((other) => isChild(other, pid)).flatMap((child) => [child, ...descendantsOf(child)]);
}

/** Seconds of processor time used so far (user and system). */
export function processorSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  const ticksPerSecond = 100;
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** Threads with the name that Node gives to workers of the program (those of V8 and libuv have others). */
export function workerThreads(pid: number): number {
  return readdirSync(`/proc/${pid}/task`).filter((thread) => readFileSync(`/proc/${pid}/task/${thread}/comm`, 'utf8').trim() === 'WorkerThread').length;
}

/** Child processes whose command line contains all of `words`. */
export function findProcess(parent: number, ...words: readonly string[]): number | undefined {
  return processes().find((pid) => isChild(pid, parent) && words.every((word) => commandOf(pid).includes(word)));
}

function processes(): number[] {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number);
}

function isChild(pid: number, parent: number): boolean {
  try {
    return Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[1]) === parent;
  } catch {
    return false;
  }
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}
