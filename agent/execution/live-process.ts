/**
 * What a live stream is tied to, behind one face: a program on pipes or on a pseudo-terminal, or something that the
 * agent does by itself, such as reading a file.
 */
import { success } from '../../protocol/outcome.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import type { RunOutcome } from '../../protocol/primitive.ts';
import { endOf, exitOutcome } from './children.ts';
import type { ChildTiming } from './children.ts';
import type { OutputChannel } from './output.ts';
import { endTree } from './process-tree.ts';
import type { Program, TerminalSize } from './program.ts';
import type { Spawner } from './spawner/client.ts';
import { endWindowsTree } from './windows-tree.ts';

export type LiveProcess = {
  /** Writes input; `taken` is called when there is room for as much again. */
  write(bytes: Uint8Array, taken: () => void): void;
  endInput(): void;
  /** Does nothing without a terminal. */
  resize(size: TerminalSize): void;
  /** To the whole process group. */
  signal(name: NodeJS.Signals): void;
  pause(): void;
  resume(): void;
  /** Ends it, by force if need be, and everything it started. */
  end(): Promise<void>;
  /** After its last output. */
  readonly ended: Promise<RunOutcome<unknown>>;
};

/** What begins a live process is given. */
export type LiveStart = {
  readonly directiveId: string;
  /** Who signed the directive, for a deed that the policy must be asked about again while it is done. */
  readonly personId: string | undefined;
  readonly output: OutputListener;
};

/** A deed of the agent's own for a live stream, in its main thread: all that takes time in it must be asynchronous. */
export type Serve = (start: LiveStart) => Promise<Outcome<LiveProcess>>;

export type OutputListener = (channel: OutputChannel, bytes: Uint8Array) => void;

const endingSignals: ReadonlySet<NodeJS.Signals> = new Set(['SIGINT', 'SIGTERM', 'SIGKILL', 'SIGHUP', 'SIGQUIT']);

/** Starts a program on pipes. */
export async function startOnPipes(program: Program, directiveId: string, on: { spawner: Spawner; output: OutputListener; timing: ChildTiming }): Promise<Outcome<LiveProcess>> {
  const started = await on.spawner.start(program, directiveId, true);
  if (!started.ok) return started;
  const child = started.value;
  child.stdout.on('data', (bytes: Uint8Array) => on.output('stdout', bytes));
  child.stderr.on('data', (bytes: Uint8Array) => on.output('stderr', bytes));
  return success({
    write: (bytes, taken) => child.stdin.write(bytes, taken),
    endInput: () => child.stdin.end(),
    resize: () => undefined,
    signal: (name) => signalGroup(child.leader, name),
    pause: () => [child.stdout, child.stderr].forEach((pipe) => pipe.pause()),
    resume: () => [child.stdout, child.stderr].forEach((pipe) => pipe.resume()),
    end: () => endTree({ directiveIds: [directiveId], groupLeader: () => child.leader }, { ...on.timing, polite: 'SIGTERM' }),
    ended: endOf(child, on.timing).then(exitOutcome),
  });
}

/** The group may have ended a moment ago. Windows knows no signals: those that are there to end a program end it, and all it started. */
export function signalGroup(leader: number | undefined, name: NodeJS.Signals): void {
  if (leader === undefined) return;
  if (process.platform === 'win32') {
    if (endingSignals.has(name)) void endWindowsTree(leader);
    return;
  }
  try {
    process.kill(-leader, name);
  } catch {
    // nothing is left to be signalled
  }
}
