/**
 * What both directions share: one leg over the live stream of one directive, as many legs as it takes, and progress.
 */
import { limits } from '../../../protocol/limits.ts';
import type { Clock } from '../../../protocol/clock.ts';
import { isErrorCode } from '../../../protocol/errors.ts';
import type { ErrorCode } from '../../../protocol/errors.ts';
import { makeStreamKeyPair, streamKeyOf } from '../../../protocol/live-stream.ts';
import type { StreamKeyPair } from '../../../protocol/live-stream.ts';
import type { DirectiveTarget, Machine } from '../../../protocol/messages/live.ts';
import { failure, success } from '../../../protocol/outcome.ts';
import type { Failure, Outcome } from '../../../protocol/outcome.ts';
import { LiveStream } from '../attachments.ts';
import { carryOut } from '../carry-out.ts';
import type { Ending } from '../carry-out.ts';
import { cancelDirective } from '../directives.ts';
import type { Desk } from '../directives.ts';
import { RateMeter } from './rate.ts';
import type { Rate } from './rate.ts';

/** Where directives are given, and where a machine's present session is looked up. */
export type FileDesk = {
  /** Asked anew for each directive, since policy and key may change. */
  desk(): Desk;
  present(agentId: string): Machine | undefined;
};

export type TransferProgress = Rate & {
  /** Of the whole content, with what was there before. */
  readonly bytes: number;
  /** Absent where nobody knows before (an archive, /proc). */
  readonly total?: number;
  /** At the present rate; absent where it cannot be said. */
  readonly secondsLeft?: number;
  /** The connection is cut at the moment; it goes on by itself. */
  readonly interrupted: boolean;
};

export type TransferOptions = {
  /** Called a few times a second. */
  readonly progress?: (progress: TransferProgress) => void;
  /** Aborted: the transfer ends as `cancelled`; what has come is kept for the next time. */
  readonly signal?: AbortSignal;
};

export type Transfer = TransferOptions & { readonly desk: FileDesk; readonly agentId: string };

export type LegHandlers = {
  /** Bytes of the agent, in order; the next come when it has resolved. A failure ends the leg. */
  output(bytes: Uint8Array): Promise<Outcome<void>>;
  /** The stream stands: input may flow. */
  started?(stream: LiveStream): void;
  interrupted(isCut: boolean): void;
};

/** Runs one directive with its live stream, until its report and all of its output have come. */
export async function runLeg(transfer: Transfer, asked: { readonly primitive: string; readonly params: Record<string, unknown> }, handlers: LegHandlers): Promise<Outcome<Ending>> {
  const { desk, agentId, signal } = transfer;
  const machine = desk.present(agentId);
  if (machine === undefined) return failure('no-such-machine', agentId);
  if (!machine.online) return failure('unreachable', `${machine.name} is off line`);
  const leg = new Leg(transfer, handlers);
  const stopListening = onAbort(signal, () => leg.abort());
  const ended = await leg.run(machine, asked);
  stopListening();
  return ended;
}

class Leg {
  readonly #transfer: Transfer;
  readonly #handlers: LegHandlers;
  readonly #streamEnd = Promise.withResolvers<Outcome<void>>();
  #stream: LiveStream | undefined;
  #directiveId: string | undefined;

  constructor(transfer: Transfer, handlers: LegHandlers) {
    this.#transfer = transfer;
    this.#handlers = handlers;
  }

  async run(machine: Machine, asked: { readonly primitive: string; readonly params: Record<string, unknown> }): Promise<Outcome<Ending>> {
    const { desk, agentId } = this.#transfer;
    const keys = await makeStreamKeyPair();
    const act = { ...asked, machine, timeoutMs: limits.maxTimeoutMs, streamKey: await streamKeyOf(keys) };
    const report = carryOut(desk.desk(), act, {
      given: ({ directive }) => (this.#directiveId = directive.id),
      state: (target) => hasBegun(target) && this.#attach(keys),
    }, () => desk.present(agentId)).then(succeeded);
    const ended = await this.#end(report);
    this.#stream?.close();
    return ended;
  }

  abort(): void {
    if (this.#directiveId !== undefined) void cancelDirective(this.#transfer.desk.desk(), this.#directiveId);
    this.#streamEnd.resolve(failure('cancelled', ''));
  }

  /** Both the report and the end of the stream are needed for success; a failure of the one does not wait for the other. */
  async #end(report: Promise<Outcome<Ending>>): Promise<Outcome<Ending>> {
    const { clock } = this.#transfer.desk.desk();
    const first = await Promise.race([report, this.#streamEnd.promise]);
    if (first.ok) {
      const [ended, stream] = await Promise.all([report, this.#streamEnd.promise]);
      return ended.ok && !stream.ok ? stream : ended;
    }
    if (first.code === 'cancelled') return first;
    // a stream that is gone may be that of a run that has failed: its report, on its way already, says why
    const ended = await Promise.race([report, pause(clock, reportWithinMs)]);
    return ended === undefined || ended.ok ? first : ended;
  }

  #attach(streamKeyPair: StreamKeyPair): void {
    if (this.#stream !== undefined || this.#directiveId === undefined) return;
    const { desk, agentId } = this.#transfer;
    const { live, clock, random } = desk.desk();
    const fail = (because: Failure): void => {
      this.#streamEnd.resolve(because);
      this.#stream?.close();
    };
    this.#stream = new LiveStream({
      live, clock, random, agentId, streamKeyPair,
      bulk: true,
      directiveId: this.#directiveId,
      handlers: {
        output: async (_, bytes) => {
          const taken = await this.#handlers.output(bytes);
          if (!taken.ok) fail(taken);
        },
        missed: (bytes) => fail(failure('output-lost', `${bytes} bytes are missing`)),
        state: (state) => this.#handlers.interrupted(state === 'interrupted'),
        ended: () => this.#streamEnd.resolve(success(undefined)),
        failed: (because) => this.#streamEnd.resolve(because),
      },
    });
    this.#handlers.started?.(this.#stream);
  }
}

/** A report that did not succeed, or is not to be believed, as the failure that it is. */
export function succeeded(ended: Outcome<Ending>): Outcome<Ending> {
  if (!ended.ok) return ended;
  const { report, unverified } = ended.value;
  if (unverified !== undefined) return unverified;
  if (report.status === 'succeeded') return ended;
  return failure(isErrorCode(report.code) ? report.code : 'internal', report.detail ?? `the directive was ${report.status}`);
}

/** How long a report that must be on its way is waited for. */
const reportWithinMs = 2000;

function hasBegun({ state }: DirectiveTarget): boolean {
  return state !== 'waiting' && state !== 'sent' && state !== 'refused' && state !== 'expired';
}

/** Failures of the way and not of the deed: another leg goes on where this one was. */
const goesOn: readonly ErrorCode[] = ['unreachable', 'timed-out', 'connection-lost', 'interrupted', 'session-lost', 'stream-unknown', 'output-lost', 'stopping', 'nonce-stale', 'no-such-directive', 'store-unavailable', 'overloaded'];

/** Legs until one ends it: given up when for `limits.resumeWithinMs` none of them got further. */
export async function withLegs<T>(transfer: Transfer, meter: TransferMeter, leg: () => Promise<Outcome<T>>): Promise<Outcome<T>> {
  const { clock } = transfer.desk.desk();
  let gotTo = meter.bytes;
  let sinceMs = clock.monotonic();
  for (;;) {
    if (transfer.signal?.aborted === true) return failure('cancelled', '');
    const ended = await leg();
    if (ended.ok || !goesOn.includes(ended.code)) return ended;
    if (meter.bytes > gotTo) sinceMs = clock.monotonic();
    gotTo = meter.bytes;
    if (gotTo === 0 || clock.monotonic() - sinceMs > limits.resumeWithinMs) return ended;
    meter.interrupted(true);
    await pause(clock, limits.reconnectFirstMs);
  }
}

/** Counts what has come or gone, and tells of it a few times a second. */
export class TransferMeter {
  readonly #options: TransferOptions;
  readonly #rate: RateMeter;
  #bytes = 0;
  #total: number | undefined;
  #interrupted = false;
  #toldMs = Number.NEGATIVE_INFINITY;
  readonly #clock: Clock;

  constructor(clock: Clock, options: TransferOptions) {
    this.#clock = clock;
    this.#options = options;
    this.#rate = new RateMeter(clock);
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** It goes on from here: what lies before was there already. */
  begin(bytes: number, total: number | undefined): void {
    this.#bytes = bytes;
    this.#total = total;
    this.#rate.begin(bytes);
    this.#tell();
  }

  add(bytes: number): void {
    this.#bytes += bytes;
    if (this.#clock.monotonic() - this.#toldMs >= limits.tellProgressMs) this.#tell();
  }

  interrupted(isCut: boolean): void {
    if (this.#interrupted === isCut) return;
    this.#interrupted = isCut;
    this.#tell();
  }

  /** All of it is there. */
  end(): void {
    this.#total = this.#bytes;
    this.#tell();
  }

  #tell(): void {
    this.#toldMs = this.#clock.monotonic();
    const rate = this.#rate.at(this.#bytes);
    const left = this.#total === undefined || rate.bytesPerSecond === 0 ? undefined : Math.max(0, this.#total - this.#bytes) / rate.bytesPerSecond;
    this.#options.progress?.({
      ...rate,
      bytes: this.#bytes,
      interrupted: this.#interrupted,
      ...(this.#total === undefined ? {} : { total: this.#total }),
      ...(left === undefined ? {} : { secondsLeft: left }),
    });
  }
}

function onAbort(signal: AbortSignal | undefined, act: () => void): () => void {
  signal?.addEventListener('abort', act, { once: true });
  return () => signal?.removeEventListener('abort', act);
}

function pause(clock: Clock, ms: number): Promise<undefined> {
  return new Promise((resolve) => {
    clock.after(ms, () => resolve(undefined));
  });
}
