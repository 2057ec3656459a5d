/**
 * Finds and ends everything that a directive has started, however it hid: its process group, every descendant, and
 * whatever carries the directive's mark in its environment (a double fork leaves group and parent, not the mark).
 * What clears its environment and leaves both is out of reach; only a control group would hold that. Windows has neither
 * signals nor groups: windows-tree.ts.
 */
import { readdirSync, readFileSync } from 'node:fs';
import type { Clock } from '../../protocol/clock.ts';
import { endWindowsTree } from './windows-tree.ts';

/** The environment variable that every child of a directive carries. */
export const markName = 'BEHEST_DIRECTIVE';
/** Between a directive's id and what is its own of a step's: what a step has started belongs to its directive, too. */
export const stepMark = '.';

export type Tree = {
  readonly directiveIds: readonly string[];
  /** Leader of the process group until it has been reaped; afterwards its number may be another's. */
  readonly groupLeader?: (() => number | undefined) | undefined;
};

/** A process by number and start time, since numbers are used again. */
type Entry = { readonly pid: number; readonly parent: number; readonly group: number; readonly session: number; readonly startTicks: string };

const recheckMs = 50;
/** After the last signal: a process in an uninterruptible wait of the kernel cannot be helped. */
const killRounds = 20;

/** Signals the whole tree politely, and after `killAfterMs` so that it cannot be ignored. Resolves when none is left. */
export async function endTree(tree: Tree, options: { clock: Clock; killAfterMs: number; polite: NodeJS.Signals }): Promise<void> {
  if (process.platform === 'win32') return endWindowsTree(tree.groupLeader?.());
  const { clock, killAfterMs, polite } = options;
  const deadline = clock.monotonic() + killAfterMs;
  let members = findTree(tree);
  for (const member of members) {
    signal(member, polite);
    signal(member, 'SIGCONT');
  }
  while (clock.monotonic() < deadline) {
    if (!members.some(isAlive)) members = findTree(tree, members);
    if (members.length === 0) return;
    await pause(clock, Math.min(recheckMs, deadline - clock.monotonic()));
  }
  await killAll(tree, members, clock);
}

async function killAll(tree: Tree, known: readonly Entry[], clock: Clock): Promise<void> {
  let members = known;
  for (let round = 0; round < killRounds; round += 1) {
    members = findTree(tree, members);
    if (members.length === 0) return;
    for (const member of members) signal(member, 'SIGKILL');
    await pause(clock, recheckMs);
  }
}

/** Every living process of the tree, with the descendants of those `known` before. Never the agent's own process. */
export function findTree(tree: Tree, known: readonly Entry[] = []): readonly Entry[] {
  const all = readProcesses();
  const leader = tree.groupLeader?.();
  const marks = tree.directiveIds.flatMap((id) => [`${markName}=${id}\0`, `${markName}=${id}${stepMark}`]);
  const members = new Set(known.filter(isAlive).map((entry) => entry.pid));
  for (const entry of all) {
    if (belongsToGroup(entry, leader) || carries(entry.pid, marks)) members.add(entry.pid);
  }
  // parents do not always stand before their children, so until nothing is added
  for (let before = -1; before !== members.size;) {
    before = members.size;
    for (const entry of all) if (members.has(entry.parent)) members.add(entry.pid);
  }
  members.delete(process.pid);
  return all.filter((entry) => members.has(entry.pid));
}

function belongsToGroup(entry: Entry, leader: number | undefined): boolean {
  return leader !== undefined && (entry.pid === leader || entry.group === leader || entry.session === leader);
}

function carries(pid: number, marks: readonly string[]): boolean {
  const environment = readOrEmpty(`/proc/${pid}/environ`);
  return marks.some((mark) => environment.startsWith(mark) || environment.includes(`\0${mark}`));
}

function readProcesses(): readonly Entry[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map((name) => readEntry(Number(name))).filter((entry) => entry !== undefined);
}

/** /proc/PID/stat (proc_pid_stat(5)); what follows the last parenthesis is field 3 on. Zombies count as gone. */
function readEntry(pid: number): Entry | undefined {
  const stat = readOrEmpty(`/proc/${pid}/stat`);
  const [state, parent, group, session, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (session === undefined || state === 'Z' || state === 'X') return undefined;
  return { pid, parent: Number(parent), group: Number(group), session: Number(session), startTicks: rest[15] ?? '' };
}

function isAlive(entry: Entry): boolean {
  return readEntry(entry.pid)?.startTicks === entry.startTicks;
}

function signal(entry: Entry, name: NodeJS.Signals): void {
  if (!isAlive(entry)) return;
  try {
    process.kill(entry.pid, name);
  } catch {
    // it ended between the look and the signal, or runs as another user: the next round sees which
  }
}

/** A process may end between two looks, and another user's environment is not ours to read. */
function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

function pause(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(Math.max(1, ms), resolve);
  });
}
