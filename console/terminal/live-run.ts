/**
 * A directive with a live stream, as `exec` and `shell` use it: given, attached once it runs, followed to its end.
 */
import { isErrorCode } from '../../protocol/errors.ts';
import { limits } from '../../protocol/limits.ts';
import type { DirectiveTarget, Machine } from '../../protocol/messages/live.ts';
import { makeStreamKeyPair, streamKeyOf } from '../../protocol/live-stream.ts';
import { failure, success } from '../../protocol/outcome.ts';
import type { Failure, Outcome } from '../../protocol/outcome.ts';
import { LiveStream } from '../client/attachments.ts';
import type { StreamExit } from '../client/attachments.ts';
import { carryOut } from '../client/carry-out.ts';
import type { Ending } from '../client/carry-out.ts';
import { lineOf } from '../client/machine-line.ts';
import type { Connection } from './connection.ts';
import type { Tools } from './connection.ts';

export type LiveRunHandlers = {
  /** Attached for the first time: input may flow from now on. */
  started(stream: LiveStream): void;
  output(channel: 'stdout' | 'stderr', bytes: Uint8Array): Promise<void> | void;
  /** So much is missing here, and what comes next is behind the gap. Absent: the run is given up at a gap. */
  missed?(bytes: number): void;
  interrupted?(): void;
  /** It cannot begin at once, and why. */
  waits?(why: string): void;
};

export type LiveAct = {
  readonly machine: Machine;
  readonly primitive: string;
  readonly params: Record<string, unknown>;
  readonly timeoutMs: number;
  /** A deed of the agent's own: its exit says only that it failed, the report says why. */
  readonly ownDeed?: true;
};

/**
 * Runs it until the program has ended and its output has come, also when both were cut off: the agent keeps them for a
 * while. The exit comes sealed from the agent; where the stream broke for good, the signed report is asked instead.
 */
export async function runLive(connection: Connection, tools: Tools, act: LiveAct, handlers: LiveRunHandlers): Promise<Outcome<StreamExit>> {
  const line = lineOf(act.machine, tools.clock.now());
  if (line === 'off line') return failure('unreachable', `${act.machine.name} is off line`);
  if (line === 'polling') handlers.waits?.(`${act.machine.name} calls every ${act.machine.pollSeconds} s; it begins at the next call`);
  const streamKeyPair = await makeStreamKeyPair();
  const streamKey = await streamKeyOf(streamKeyPair);
  const stream = Promise.withResolvers<Outcome<StreamExit>>();
  const path = new PathWatch(handlers);
  let attached: LiveStream | undefined;
  let directiveId = '';
  const attach = (): void => {
    if (attached !== undefined) return;
    const opened = new LiveStream({
      ...tools,
      live: connection.desk.live,
      directiveId,
      agentId: act.machine.id,
      streamKeyPair,
      handlers: {
        output: handlers.output,
        missed: handlers.missed ?? ((bytes) => {
          attached?.close();
          stream.resolve(failure('output-lost', `${bytes} bytes are missing: more came during a cut than the machine keeps`));
        }),
        ended: (exit) => stream.resolve(success(exit)),
        failed: stream.resolve,
        state: (state) => path.now(state),
      },
    });
    attached = opened;
    handlers.started(opened);
  };
  const report = carryOut(
    connection.desk,
    { machine: act.machine, primitive: act.primitive, params: act.params, timeoutMs: act.timeoutMs, streamKey },
    {
      given: ({ directive }) => (directiveId = directive.id),
      state: (target) => hasBegun(target) && attach(),
    },
    () => connection.machines.get(act.machine.id),
  );
  const exit = await firstEnd(stream.promise, report, path);
  attached?.close();
  return act.ownDeed === true && exit.ok && exit.value.exitCode !== 0 ? reasonOf(await report) : exit;
}

/** Where a console that was away hears that it began only when it has ended, the end is still to be fetched. */
function hasBegun({ state }: DirectiveTarget): boolean {
  return state !== 'waiting' && state !== 'sent' && state !== 'refused' && state !== 'expired';
}

/** Whether the stream is cut at the moment, or has not begun. */
class PathWatch {
  readonly #handlers: LiveRunHandlers;
  #isCut = true;
  #changed = Promise.withResolvers<void>();

  constructor(handlers: LiveRunHandlers) {
    this.#handlers = handlers;
  }

  now(state: 'attached' | 'interrupted'): void {
    const wasCut = this.#isCut;
    this.#isCut = state === 'interrupted';
    if (this.#isCut === wasCut) return;
    if (this.#isCut) this.#handlers.interrupted?.();
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }

  /** Resolves once the stream has been cut for `ms` without coming back. */
  async cutFor(ms: number): Promise<void> {
    for (;;) {
      const waited = this.#isCut ? new Promise<'over'>((resolve) => setTimeout(() => resolve('over'), ms).unref()) : undefined;
      if ((await Promise.race([this.#changed.promise, ...(waited === undefined ? [] : [waited])])) === 'over') return;
    }
  }
}

/** How long a report that must be on its way is waited for. */
const reportWithinMs = 2000;

/**
 * The program's own end, sealed, if it has one. Where it has none (it never started, or was ended by a time limit), and
 * where the stream broke for good, the signed report says what happened.
 */
async function firstEnd(stream: Promise<Outcome<StreamExit>>, report: Promise<Outcome<Ending>>, path: PathWatch): Promise<Outcome<StreamExit>> {
  const first = await Promise.race([streamEnd(stream, report), report.then((ended) => (saysItAll(ended) ? reasonOf(ended) : path.cutFor(limits.resumeWithinMs).then(() => lostEnd(ended))))]);
  if (!first.ok || first.value.exitCode !== null) return first;
  const ended = await report;
  return codeOf(ended) === 'killed-by-signal' ? first : reasonOf(ended);
}

/** A stream that is not there may be that of a program that never started: its report, on its way already, says why. Or it came too late. */
async function streamEnd(stream: Promise<Outcome<StreamExit>>, report: Promise<Outcome<Ending>>): Promise<Outcome<StreamExit>> {
  const end = await stream;
  if (end.ok) return end;
  const ended = await Promise.race([report, new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), reportWithinMs).unref())]);
  if (ended === undefined) return end;
  if (saysItAll(ended)) return reasonOf(ended);
  if (end.code === 'output-lost') return lostEnd(ended, end.detail);
  return end.code === 'stream-unknown' ? lostEnd(ended) : end;
}

/** Whether the program itself never came to an end of its own: then the stream has no more to say. */
function saysItAll(ended: Outcome<Ending>): boolean {
  const code = codeOf(ended);
  return code !== undefined && code !== 'exit-nonzero' && code !== 'killed-by-signal' && code !== 'time-limit' && code !== 'cancelled';
}

function codeOf(ended: Outcome<Ending>): string | undefined {
  return ended.ok ? (ended.value.unverified?.code ?? ended.value.report.code) : ended.code;
}

/** How the program ended is known, but its last output did not come. */
function lostEnd(ended: Outcome<Ending>, why = 'the machine no longer has its last output'): Failure {
  if (!ended.ok) return ended;
  const { status, code, detail } = ended.value.report;
  return failure('output-lost', `it ended (${[code ?? status, detail].filter(Boolean).join(', ')}), but ${why}`);
}

function reasonOf(ended: Outcome<Ending>): Failure {
  if (!ended.ok) return ended;
  const { report, unverified } = ended.value;
  if (unverified !== undefined) return unverified;
  return failure(isErrorCode(report.code) ? report.code : 'internal', report.detail ?? `the directive was ${report.status}`);
}
