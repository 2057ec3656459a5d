/** The intermediary's end of a poll transport: waits for requests, and holds them until there is something to say. */
import type { ServerResponse } from 'node:http';
import type { Clock, Timer } from '../../protocol/clock.ts';
import { FrameGate } from '../../protocol/frame-gate.ts';
import { limits } from '../../protocol/limits.ts';
import type { Transport, TransportClosed, TransportHandlers } from '../../protocol/transport.ts';
import { byteOf, reasonOf } from '../good-bye.ts';
import type { GoodBye } from '../good-bye.ts';
import { AcceptingLane, write } from './accepting-lane.ts';
import { encodeAnswer } from './bodies.ts';
import type { Lane, PollRequest } from './bodies.ts';
import type { PollName } from './dialling-end.ts';
import { Outgoing } from './outgoing.ts';

export type AcceptingEndOptions = {
  readonly name: PollName;
  readonly remoteAddress: string;
  readonly clock: Clock;
  /** It is over; what the other side still asks is to be answered for a while. */
  over(): void;
};

type Parting = TransportClosed & { readonly code: GoodBye };

export class AcceptingEnd implements Transport {
  readonly name: PollName;
  readonly remoteAddress: string;
  readonly watchesItself = true;
  readonly #options: AcceptingEndOptions;
  readonly #gate = new FrameGate();
  readonly #outgoing = new Outgoing(() => this.#gate.drained());
  readonly #lanes: Readonly<Record<Lane, AcceptingLane>> = { turn: new AcceptingLane(), up: new AcceptingLane(), down: new AcceptingLane() };
  /** Why it ends, or has ended. */
  #cause: Parting | undefined;
  #isOver = false;
  #isAnswerComing = false;
  #hold: Timer | undefined;
  #gone: Timer | undefined;
  #cut: Timer | undefined;

  constructor(options: AcceptingEndOptions) {
    this.#options = options;
    this.name = options.name;
    this.remoteAddress = options.remoteAddress;
  }

  listen(handlers: TransportHandlers): void {
    this.#gate.listen(handlers);
  }

  send(frame: Uint8Array): boolean {
    if (this.#isOver || this.#cause !== undefined) return false;
    if (frame.byteLength > limits.maxFrameBytes) {
      this.#end('frame-too-large', `a frame of ${frame.byteLength} bytes was to be sent`);
      return false;
    }
    const hasRoom = this.#outgoing.push(frame);
    this.#stir();
    return hasRoom;
  }

  close(): void {
    this.#end('closed', 'closed by this side');
  }

  /** Takes one request of this transport. */
  take(request: PollRequest, digest: Uint8Array, response: ServerResponse): void {
    const lane = this.#lanes[request.lane];
    const left = (): void => this.#watch();
    this.#gone?.cancel();
    switch (lane.judge(request, digest)) {
      case 'repeated':
        lane.repeat(response, left);
        if (request.lane === 'down' && lane.isWaiting) this.#holdFor(request.holdMs);
        break;
      case 'next':
        lane.take(digest, response, left);
        this.#hear(request);
        break;
      case 'mismatch':
        this.#end('exchange-mismatch', `request ${request.number} on the lane ${request.lane} does not follow the one before`);
        write(response, encodeAnswer({ requestDigest: digest, goodBye: this.#parting, frames: [] }));
    }
    this.#watch();
  }

  #hear({ lane, frames, goodBye, holdMs }: PollRequest): void {
    for (const frame of frames) {
      if (this.#cause !== undefined || this.#isOver) break;
      if (!this.#gate.frame(frame)) this.#end('overrun', 'nobody took the frames that came');
    }
    if (goodBye !== 0) this.#hearGoodBye(goodBye);
    if (lane === 'up') this.#lanes.up.answer([], this.#parting);
    else if (lane === 'turn') this.#answerSoon();
    else this.#holdFor(holdMs);
  }

  #hearGoodBye(byte: number): void {
    this.#finish(this.#cause ?? reasonOf(byte) ?? { code: 'message-malformed', detail: `a good-bye of an unknown kind came: ${byte}` });
  }

  #holdFor(holdMs: number): void {
    this.#hold?.cancel();
    this.#hold = this.#options.clock.after(Math.min(holdMs, limits.holdMaxMs), () => this.#answer('down'));
    this.#stir();
  }

  #stir(): void {
    if (this.#outgoing.isEmpty && this.#cause === undefined && !this.#isOver) return;
    if (this.#lanes.down.isWaiting) this.#answerSoon();
  }

  /** Everything that is said in this turn of the event loop goes in one answer. */
  #answerSoon(): void {
    if (this.#isAnswerComing) return;
    this.#isAnswerComing = true;
    setImmediate(() => {
      this.#isAnswerComing = false;
      this.#answer(this.#lanes.turn.isWaiting ? 'turn' : 'down');
    });
  }

  /** Answers with what is queued; the good-bye goes with the last of it. */
  #answer(name: 'turn' | 'down'): void {
    const lane = this.#lanes[name];
    if (!lane.isWaiting) return;
    this.#hold?.cancel();
    const frames = this.#outgoing.take();
    const cause = this.#outgoing.isEmpty ? this.#cause : undefined;
    lane.answer(frames, cause === undefined ? 0 : byteOf(cause.code), () => {
      if (cause !== undefined) this.#finish(cause);
    });
    this.#watch();
  }

  /** The byte of the good-bye, when there is one to say. */
  get #parting(): number {
    return this.#cause === undefined ? 0 : byteOf(this.#cause.code);
  }

  /** While no request waits here, the next must come in time. */
  #watch(): void {
    this.#gone?.cancel();
    if (this.#isOver || Object.values(this.#lanes).some(({ isWaiting }) => isWaiting)) return;
    const pauseMs = this.name === 'https-short-poll' ? limits.shortPollMaxMs : 0;
    this.#gone = this.#options.clock.after(pauseMs + limits.pollGoneMs, () => this.#finish({ code: 'connection-lost', detail: 'the agent asks no more' }));
  }

  /** Says why, after what is queued, and ends. A broken exchange is not waited for. */
  #end(code: GoodBye, detail: string): void {
    if (this.#isOver || this.#cause !== undefined) return;
    const cause = { code, detail } as const;
    this.#cause = cause;
    this.#cut = this.#options.clock.after(limits.closeWithinMs, () => this.#finish(cause));
    if (code !== 'closed') this.#finish(cause);
    this.#stir();
  }

  #finish(cause: Parting): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#cause ??= cause;
    for (const timer of [this.#hold, this.#gone, this.#cut]) timer?.cancel();
    for (const lane of Object.values(this.#lanes)) lane.answer([], this.#parting);
    this.#gate.close(cause);
    this.#options.over();
  }
}
