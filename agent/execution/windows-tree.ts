/**
 * Ending a program and all it started on Windows, which has neither signals nor process groups, and shows nobody the
 * environment of another process. What is left is the number of the parent, which a process keeps when that one has ended.
 */
import { execFile } from 'node:child_process';
import { windowsProcesses } from './windows-processes.ts';
import type { WindowsProcess } from './windows-processes.ts';

/** Each round may find what was started in the one before. */
const rounds = 5;
const taskkillMs = 10_000;

/** Ends it by force at once: a program without a window cannot be asked. Resolves when nothing of it is left to be found. */
export async function endWindowsTree(leader: number | undefined): Promise<void> {
  if (leader === undefined || (await endsByTaskkill(leader))) return;
  const known = new Set([leader]);
  end(leader);
  for (let round = 0; round < rounds; round += 1) {
    const living = descendants(await windowsProcesses(), known);
    if (living.length === 0) return;
    for (const { pid } of living) {
      known.add(pid);
      end(pid);
    }
  }
}

/** Those whose parents, or parents' parents, are `known`, with those of `known` that still run. Never this process itself. */
export function descendants(all: readonly WindowsProcess[], known: ReadonlySet<number>): readonly WindowsProcess[] {
  const members = new Set(known);
  for (let before = -1; before !== members.size;) {
    before = members.size;
    for (const { pid, parent } of all) if (pid !== parent && members.has(parent)) members.add(pid);
  }
  members.delete(process.pid);
  return all.filter(({ pid }) => members.has(pid));
}

/** 128: it has ended already. Where it does not end trees (Wine), or not all of this one, it says another code. */
function endsByTaskkill(pid: number): Promise<boolean> {
  return new Promise((resolve) => {
    execFile('taskkill.exe', ['/T', '/F', '/PID', String(pid)], { timeout: taskkillMs, windowsHide: true }, (error) => resolve(error === null || error.code === 128));
  });
}

/** TerminateProcess, whatever the name says. */
function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it ended a moment ago, or is not ours to end: the next round sees which
  }
}
