/**
 * A program with its input and output in the agent's own hands: on pipes or on a pseudo-terminal, behind one face.
 */
import { success } from '../../protocol/outcome.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import { endOf } from './children.ts';
import type { ChildTiming } from './children.ts';
import type { OutputChannel } from './output.ts';
import type { Program, ProgramExit, TerminalSize } from './program.ts';
import type { Spawner } from './spawner/client.ts';

export type LiveProcess = {
  /** Writes input; `taken` is called when the program's side has room for as much again. */
  write(bytes: Uint8Array, taken: () => void): void;
  endInput(): void;
  /** Does nothing without a terminal. */
  resize(size: TerminalSize): void;
  /** To the whole process group. */
  signal(name: NodeJS.Signals): void;
  pause(): void;
  resume(): void;
  /** Leader of the process group while it has not been reaped. */
  leader(): number | undefined;
  /** After its last output. */
  readonly ended: Promise<ProgramExit>;
};

export type OutputListener = (channel: OutputChannel, bytes: Uint8Array) => void;

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
    leader: () => child.leader,
    ended: endOf(child, on.timing),
  });
}

/** The group may have ended a moment ago. */
export function signalGroup(leader: number | undefined, name: NodeJS.Signals): void {
  if (leader === undefined) return;
  try {
    process.kill(-leader, name);
  } catch {
    // nothing is left to be signalled
  }
}
