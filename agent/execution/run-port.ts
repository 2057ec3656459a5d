/**
 * What crosses the port between the agent's main thread and the worker of one run. The outcome travels here too, behind
 * the last output, so that nothing can overtake it.
 */
import type { MessagePort } from 'node:worker_threads';
import type { RunOutcome } from '../../protocol/primitive.ts';
import type { OutputChannel, OutputSummaries } from './output.ts';

/** What a worker is asked to do. */
export type WorkerTask = {
  readonly directiveId: string;
  /** URL of a module that exports `findPrimitive`. */
  readonly module: string;
  readonly primitive: string;
  readonly params: unknown;
  readonly maxOutputBytes: number;
  /** Where a primitive may keep what it knows from run to run. */
  readonly stateFolder: string | undefined;
  readonly port: MessagePort;
};

export type ToWorker =
  | { readonly type: 'abort'; readonly reason: AbortReason }
  /** So many bytes of output have been passed on: room for as many again. */
  | { readonly type: 'taken'; readonly bytes: number };

export type FromWorker =
  | { readonly type: 'output'; readonly channel: OutputChannel; readonly bytes: Uint8Array }
  | { readonly type: 'progress'; readonly percent: number; readonly note?: string | undefined }
  | { readonly type: 'ended'; readonly outcome: RunOutcome<unknown>; readonly output?: OutputSummaries | undefined };

/** Why a run is ended from outside. */
export type AbortReason = 'cancelled' | 'time-limit' | 'stopping';
