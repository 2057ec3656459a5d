/** The agent's end of one lane: one request at a time, sent again until it is answered or nothing helps. */
import type { Clock, Timer } from '../../protocol/clock.ts';
import { sameBytes } from '../../protocol/bytes.ts';
import { limits } from '../../protocol/limits.ts';
import { failure, success } from '../../protocol/outcome.ts';
import type { DialFailure } from '../dialling.ts';
import { decodeAnswer, digestOf, digestOfRequest, encodeRequest, noDigest } from './bodies.ts';
import type { Lane as LaneName, PollAnswer } from './bodies.ts';
import type { Carried, Courier } from './courier.ts';
import type { HoldTime } from './hold-time.ts';

export type LaneOptions = {
  readonly name: LaneName;
  readonly courier: Courier;
  readonly clock: Clock;
  /** Ends everything. */
  readonly signal: AbortSignal;
};

export type Exchanged = { readonly ok: true; readonly value: PollAnswer } | DialFailure;

/** Pauses between tries of one request. */
const pausesMs = [0, 100, 300, 1000, 2000];
/** Cuts in a row that a long hold may explain. */
const maxExplained = 3;
/** Answers of a gateway that does not wait: the first may be a mishap. */
const maxImpatient = 2;

export class Lane {
  readonly #options: LaneOptions;
  #number = 0;
  #previousDigest = noDigest;

  constructor(options: LaneOptions) {
    this.#options = options;
  }

  /** One try, for the opening. */
  async once(): Promise<Exchanged> {
    return this.#judge(this.#encode([], 0), await this.#carry(this.#encode([], 0), 0));
  }

  /** Sends frames and gives what came back. A failure is final. */
  async exchange(frames: readonly Uint8Array[], { goodBye = 0, hold }: { readonly goodBye?: number; readonly hold?: HoldTime } = {}): Promise<Exchanged> {
    const { clock, signal } = this.#options;
    let brokenSinceMs: number | undefined;
    let explained = 0;
    let impatient = 0;
    for (let tries = 0; ; tries += 1) {
      const holdMs = hold?.ms ?? 0;
      const body = this.#encode(frames, goodBye, holdMs);
      const sentMs = clock.monotonic();
      const exchanged = this.#judge(body, await this.#carry(body, holdMs));
      const nowMs = clock.monotonic();
      if (exchanged.ok || signal.aborted) {
        if (exchanged.ok && exchanged.value.frames.length === 0 && nowMs - sentMs >= holdMs) hold?.held();
        return exchanged;
      }
      if (exchanged.code === 'certificate-refused' || exchanged.code === 'exchange-mismatch') return exchanged;
      brokenSinceMs ??= nowMs;
      // a gateway on the way answered in the place of the intermediary, before even the shortest hold was over
      if (hold !== undefined && exchanged.code === 'timed-out' && nowMs - sentMs < limits.holdMinMs) impatient += 1;
      if (impatient >= maxImpatient) return failure('connection-lost', `this path lets no request wait: ${exchanged.detail}`);
      if (hold?.cut(nowMs - sentMs) === true && explained < maxExplained) {
        explained += 1;
        brokenSinceMs = undefined;
        tries = -1;
      } else if (nowMs - brokenSinceMs >= limits.pollGoneMs) return failure('connection-lost', `no answer came to a request that was repeated for ${limits.pollGoneMs} ms: ${exchanged.detail}`);
      await pause(clock, pausesMs[tries] ?? pausesMs.at(-1) ?? 0, signal);
    }
  }

  #encode(frames: readonly Uint8Array[], goodBye: number, holdMs = 0): Uint8Array {
    return encodeRequest({ holdMs, lane: this.#options.name, goodBye, number: this.#number, previousDigest: this.#previousDigest, frames });
  }

  async #carry(body: Uint8Array, holdMs: number): Promise<Carried> {
    const late = new AbortController();
    const timer = this.#options.clock.after(holdMs + limits.pollAnswerMs, () => late.abort());
    const carried = await this.#options.courier.carry(body, AbortSignal.any([late.signal, this.#options.signal]));
    timer.cancel();
    return carried;
  }

  /** Only an answer to this very request counts: whatever else answers is not the intermediary, or not fresh. */
  #judge(body: Uint8Array, carried: Carried): Exchanged {
    if (!carried.ok) return carried;
    const answer = decodeAnswer(carried.value);
    if (answer === undefined || !sameBytes(answer.requestDigest, digestOfRequest(body))) return failure('unreachable', 'the answer is not to what was asked: something on the way made it up or kept an old one');
    this.#number += 1;
    this.#previousDigest = digestOf(carried.value);
    return success(answer);
  }
}

/** Waits, but not beyond the end of everything. */
export function pause(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    let timer: Timer | undefined;
    const over = (): void => {
      timer?.cancel();
      signal.removeEventListener('abort', over);
      resolve();
    };
    if (signal.aborted || delayMs === 0) return resolve();
    timer = clock.after(delayMs, over);
    signal.addEventListener('abort', over);
  });
}
