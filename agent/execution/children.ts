/**
 * Programs as children: each in its own process group and marked in its environment, so that all of it can be ended.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import { systemClock } from '../../protocol/clock.ts';
import type { Clock } from '../../protocol/clock.ts';
import { limits } from '../../protocol/limits.ts';
import { failure, success } from '../../protocol/outcome.ts';
import type { Failure, Outcome } from '../../protocol/outcome.ts';
import type { PrimitiveContext, RunOutcome } from '../../protocol/primitive.ts';
import type { OutputChannel } from './output.ts';
import { endTree, markName } from './process-tree.ts';
import type { Program, ProgramExit } from './program.ts';
import { spawnFailure } from './spawn-failure.ts';

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

/** Starts a child with pipes. The failure is that of the start only. */
export function startChild(program: Program, directiveId: string, stdin: 'pipe' | 'ignore'): Promise<Outcome<ChildProcess>> {
  return new Promise((resolve) => {
    try {
      const child = spawn(program.file, program.args, {
        cwd: program.workingDirectory,
        env: environmentOf(program, directiveId),
        stdio: [stdin, 'pipe', 'pipe'],
        detached: true,
        windowsHide: true,
      });
      child.once('error', (error) => resolve(spawnFailure(program, error)));
      // an input that the program never reads is no fault of ours
      child.stdin?.on('error', () => child.stdin?.destroy());
      if (child.pid !== undefined) resolve(success(child));
    } catch (error) {
      resolve(spawnFailure(program, error));
    }
  });
}

/** Runs a program to its end with its output flowing into `context`; aborted, it and all it started are ended first. */
export async function runProgram(program: Program, context: PrimitiveContext, timing: ChildTiming = childTiming): Promise<RunOutcome<ProgramExit>> {
  if (context.signal.aborted) return abortFailure(context.signal);
  const started = await startChild(program, context.directiveId, program.stdin === undefined ? 'ignore' : 'pipe');
  if (!started.ok) return started;
  const child = started.value;
  child.stdin?.end(program.stdin);
  pump(child.stdout, 'stdout', context);
  pump(child.stderr, 'stderr', context);
  const ended = endOf(child, timing);
  const exit = await Promise.race([ended, whenAborted(context.signal)]);
  if (exit !== 'aborted') return exitOutcome(exit);
  await endTree({ directiveIds: [context.directiveId], groupLeader: () => runningPid(child) }, { ...timing, polite: 'SIGTERM' });
  return { ...abortFailure(context.signal), result: await ended };
}

/** The process number while it is surely the child's own. */
export function runningPid(child: ChildProcess): number | undefined {
  return child.exitCode === null && child.signalCode === null ? child.pid : undefined;
}

/**
 * Exit code and signal once the pipes have closed too. A daemon that inherited the pipes does not hold the run: after
 * the exit they get `pipesWithinMs` of reading, not counting the time in which a slow reader made us pause them.
 */
export function endOf(child: ChildProcess, timing: ChildTiming): Promise<ProgramExit> {
  return new Promise((resolve) => {
    let closed = false;
    child.once('close', (exitCode, signal) => {
      closed = true;
      resolve({ exitCode, signal });
    });
    child.once('exit', () => setImmediate(() => {
      if (!closed) dropPipesLater(child, timing);
    }));
  });
}

function dropPipesLater(child: ChildProcess, timing: ChildTiming): void {
  const pipes = [child.stdout, child.stderr].filter((pipe) => pipe !== null);
  let ticksLeft = 10;
  const tick = (): void => {
    if (pipes.every((pipe) => pipe.closed)) return;
    if (!pipes.some((pipe) => pipe.isPaused())) ticksLeft -= 1;
    if (ticksLeft > 0) timing.clock.after(timing.pipesWithinMs / 10, tick);
    else for (const pipe of pipes) pipe.destroy();
  };
  timing.clock.after(timing.pipesWithinMs / 10, tick);
}

/** How a run ends by how its program ended. */
export function exitOutcome(exit: ProgramExit): RunOutcome<ProgramExit> {
  if (exit.signal !== null) return { ...failure('killed-by-signal', exit.signal), result: exit };
  return exit.exitCode === 0 ? success(exit) : { ...failure('exit-nonzero', `exit code ${exit.exitCode}`), result: exit };
}

/** The reason of an abort is a failure wherever the agent aborts. */
function abortFailure(signal: AbortSignal): Failure {
  return signal.reason === 'time-limit' ? failure('time-limit', 'everything that was started has been ended') : failure('cancelled', 'everything that was started has been ended');
}

/** One chunk at a time: the pipe is paused until there is room, so a fast program waits in its own write. */
function pump(stream: Readable | null, channel: OutputChannel, context: PrimitiveContext): void {
  stream?.on('data', (chunk: Uint8Array) => {
    stream.pause();
    void context.output(channel, chunk).then(() => stream.resume());
  });
}

function whenAborted(signal: AbortSignal): Promise<'aborted'> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve('aborted');
    else signal.addEventListener('abort', () => resolve('aborted'), { once: true });
  });
}
