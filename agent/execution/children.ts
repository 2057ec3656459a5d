/**
 * Programs as children: each in its own process group and marked in its environment, so that all of it can be ended.
 */
import type { Readable } from 'node:stream';
import { systemClock } from '../../protocol/clock.ts';
import type { Clock } from '../../protocol/clock.ts';
import { limits } from '../../protocol/limits.ts';
import { failure, success } from '../../protocol/outcome.ts';
import type { Failure } from '../../protocol/outcome.ts';
import type { RunOutcome } from '../../protocol/primitive.ts';
import type { OutputChannel } from './output.ts';
import { endTree, markName } from './process-tree.ts';
import { unknownExit } from './program.ts';
import type { Program, ProgramExit } from './program.ts';
import type { Child } from './spawner/child.ts';
import type { Spawner } from './spawner/client.ts';

export type ChildTiming = {
  readonly clock: Clock;
  /** From the polite signal to the one that cannot be ignored. */
  readonly killAfterMs: number;
  /** After the exit, for the pipes to close: a daemon that inherited them may hold them for ever. */
  readonly pipesWithinMs: number;
};

export const childTiming: ChildTiming = { clock: systemClock, killAfterMs: limits.killAfterMs, pipesWithinMs: 2000 };

/** Copied once: reading process.env asks the operating system for each variable each time. */
const inherited = Object.freeze({ ...process.env });

/** The agent's environment, the program's additions, and the mark. */
export function environmentOf(program: Program, directiveId: string): NodeJS.ProcessEnv {
  return { ...inherited, ...program.environment, [markName]: directiveId };
}

/** What a program's run is given. */
export type ProgramContext = {
  readonly directiveId: string;
  readonly spawner: Spawner;
  readonly signal: AbortSignal;
  /** Resolves (or returns nothing) when there is room for the next piece: that is the back-pressure. */
  output(channel: OutputChannel, chunk: Uint8Array): Promise<void> | void;
};

/** Runs a program to its end with its output flowing into `context`; aborted, it and all it started are ended first. */
export async function runProgram(program: Program, context: ProgramContext, timing: ChildTiming = childTiming): Promise<RunOutcome<ProgramExit>> {
  const { signal, directiveId, spawner } = context;
  if (signal.aborted) return abortFailure(signal);
  const started = await spawner.start(program, directiveId, program.stdin !== undefined);
  if (!started.ok) return started;
  const child = started.value;
  if (program.stdin !== undefined) child.stdin.end(program.stdin);
  const pumps = [pump(child.stdout, 'stdout', context), pump(child.stderr, 'stderr', context)];
  const ended = endOf(child, timing).then(async (exit) => {
    await Promise.all(pumps.map((pumped) => pumped()));
    return exit;
  });
  const exit = await Promise.race([ended, whenAborted(signal)]);
  if (exit !== 'aborted' && exit !== unknownExit) return exitOutcome(exit);
  await endTree({ directiveIds: [directiveId], groupLeader: () => child.leader }, { ...timing, polite: 'SIGTERM' });
  return exit === 'aborted' ? { ...abortFailure(signal), result: await ended } : exitOutcome(exit);
}

/**
 * Exit code and signal once the pipes have closed too. A daemon that inherited the pipes does not hold the run: after
 * the exit they get `pipesWithinMs` of reading, not counting the time in which a slow reader made us pause them.
 */
export async function endOf(child: Child, timing: ChildTiming): Promise<ProgramExit> {
  await child.exited;
  dropPipesLater(child, timing);
  return child.closed;
}

function dropPipesLater(child: Child, timing: ChildTiming): void {
  const pipes = [child.stdout, child.stderr];
  let ticksLeft = 10;
  const tick = (): void => {
    if (pipes.every((pipe) => pipe.closed)) return;
    if (!pipes.some((pipe) => pipe.isPaused())) ticksLeft -= 1;
    if (ticksLeft > 0) timing.clock.after(timing.pipesWithinMs / 10, tick);
    else child.drop();
  };
  timing.clock.after(timing.pipesWithinMs / 10, tick);
}

/** How a run ends by how its program ended. */
export function exitOutcome(exit: ProgramExit): RunOutcome<ProgramExit> {
  if (exit === unknownExit) return failure('primitive-crashed', 'the process that starts programs has ended, and the program with it');
  if (exit.signal !== null) return { ...failure('killed-by-signal', exit.signal), result: exit };
  return exit.exitCode === 0 ? success(exit) : { ...failure('exit-nonzero', `exit code ${exit.exitCode}`), result: exit };
}

/** The reason of an abort is a failure wherever the agent aborts. */
function abortFailure(signal: AbortSignal): Failure {
  return signal.reason === 'time-limit' ? failure('time-limit', 'everything that was started has been ended') : failure('cancelled', 'everything that was started has been ended');
}

/**
 * One chunk at a time: the pipe is paused until there is room, so a fast program waits in its own write. The result waits
 * for the last chunk to be passed on whole: a pipe may close while pieces of it are still to go.
 */
function pump(stream: Readable, channel: OutputChannel, context: ProgramContext): () => Promise<void> {
  let passing: Promise<void> | undefined;
  stream.on('data', (chunk: Uint8Array) => {
    const room = context.output(channel, chunk);
    if (room === undefined) return;
    stream.pause();
    passing = room.then(() => {
      stream.resume();
    });
  });
  return async () => passing;
}

function whenAborted(signal: AbortSignal): Promise<'aborted'> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve('aborted');
    else signal.addEventListener('abort', () => resolve('aborted'), { once: true });
  });
}
