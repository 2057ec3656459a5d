/**
 * A directive with a live stream, as `exec` and `shell` use it: given, attached once it runs, followed to its end.
 */
import { isErrorCode } from '../../protocol/errors.ts';
import type { Machine } from '../../protocol/messages/live.ts';
import { makeStreamKeyPair, streamKeyOf } from '../../protocol/live-stream.ts';
import { failure, success } from '../../protocol/outcome.ts';
import type { Failure, Outcome } from '../../protocol/outcome.ts';
import { LiveStream } from '../client/attachments.ts';
import type { StreamExit } from '../client/attachments.ts';
import { carryOut } from '../client/carry-out.ts';
import type { Ending } from '../client/carry-out.ts';
import type { Connection } from './connection.ts';
import type { Tools } from './connection.ts';

export type LiveRunHandlers = {
  /** Attached for the first time: input may flow from now on. */
  started(stream: LiveStream): void;
  output(channel: 'stdout' | 'stderr', bytes: Uint8Array): Promise<void> | void;
  interrupted?(): void;
};

export type LiveAct = { readonly machine: Machine; readonly primitive: string; readonly params: Record<string, unknown>; readonly timeoutMs: number };

/**
 * Runs it until the program has ended. The exit comes sealed from the agent; where the stream broke for good, the
 * signed report is asked instead.
 */
export async function runLive(connection: Connection, tools: Tools, act: LiveAct, handlers: LiveRunHandlers): Promise<Outcome<StreamExit>> {
  if (!act.machine.online) return failure('unreachable', `${act.machine.name} is off line`);
  const streamKeyPair = await makeStreamKeyPair();
  const streamKey = await streamKeyOf(streamKeyPair);
  const stream = Promise.withResolvers<Outcome<StreamExit>>();
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
      handlers: { output: handlers.output, ended: (exit) => stream.resolve(success(exit)), failed: stream.resolve, state: (state) => say(state, handlers) },
    });
    attached = opened;
    handlers.started(opened);
  };
  const report = carryOut(
    connection.desk,
    { ...act, streamKey },
    {
      given: ({ directive }) => (directiveId = directive.id),
      state: ({ state }) => state === 'running' && attach(),
    },
    () => connection.machines.get(act.machine.id),
  );
  const exit = await firstEnd(stream.promise, report);
  attached?.close();
  return exit;
}

function say(state: 'attached' | 'interrupted', handlers: LiveRunHandlers): void {
  if (state === 'interrupted') handlers.interrupted?.();
}

/**
 * The program's own end, sealed, if it has one. Where it has none (it never started, or was ended by a time limit), and
 * where the stream broke for good, the signed report says what happened.
 */
async function firstEnd(stream: Promise<Outcome<StreamExit>>, report: Promise<Outcome<Ending>>): Promise<Outcome<StreamExit>> {
  const neverRan = report.then((ended) => (ended.ok && ended.value.report.startedAtMs !== undefined && ended.value.report.status !== 'interrupted' ? stream : reasonOf(ended)));
  const first = await Promise.race([stream, neverRan]);
  if (!first.ok || first.value.exitCode !== null) return first;
  const ended = await report;
  const bySignal = ended.ok && ended.value.report.code === 'killed-by-signal';
  return bySignal ? first : reasonOf(ended);
}

function reasonOf(ended: Outcome<Ending>): Failure {
  if (!ended.ok) return ended;
  const { report, unverified } = ended.value;
  if (unverified !== undefined) return unverified;
  return failure(isErrorCode(report.code) ? report.code : 'internal', report.detail ?? `the directive was ${report.status}`);
}
