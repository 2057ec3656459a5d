/** The agent's end of an open poll transport: its lanes, running. */
import type { Clock, Timer } from '../../protocol/clock.ts';
import { FrameGate } from '../../protocol/frame-gate.ts';
import { limits } from '../../protocol/limits.ts';
import type { Transport, TransportClosed, TransportHandlers } from '../../protocol/transport.ts';
import type { DialMemory } from '../dialling.ts';
import { byteOf, reasonOf } from '../good-bye.ts';
import type { GoodBye } from '../good-bye.ts';
import type { Courier } from './courier.ts';
import { HoldTime } from './hold-time.ts';
import { Lane, pause } from './lane.ts';
import type { Exchanged } from './lane.ts';
import { Outgoing } from './outgoing.ts';

export type PollName = 'https-long-poll' | 'https-short-poll' | 'http-long-poll';

export type DiallingEndOptions = {
  readonly name: PollName;
  readonly remoteAddress: string;
  readonly clock: Clock;
  readonly courier: Courier;
  /** The lane on which it was opened. */
  readonly first: Lane;
  /** Aborted when it is over. */
  readonly ending: AbortController;
  readonly memory: DialMemory;
};

export class DiallingEnd implements Transport {
  readonly name: PollName;
  readonly remoteAddress: string;
  readonly watchesItself = true;
  readonly #options: DiallingEndOptions;
  readonly #gate = new FrameGate();
  readonly #outgoing = new Outgoing(() => this.#gate.drained());
  /** Why this side ends it. */
  #cause: (TransportClosed & { readonly code: GoodBye }) | undefined;
  #isOver = false;
  #isSending = false;
  /** Ends the pause of a short poll. */
  #wake = new AbortController();
  #cut: Timer | undefined;

  constructor(options: DiallingEndOptions) {
    this.#options = options;
    this.name = options.name;
    this.remoteAddress = options.remoteAddress;
    if (options.name === 'https-short-poll') void this.#takeTurns();
    else void this.#fetch();
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

  /** There is something to say. */
  #stir(): void {
    if (this.name === 'https-short-poll') this.#wake.abort();
    else if (!this.#isSending) void this.#bring();
  }

  /** The lane up: as long as there is something to bring. What is queued in one tick goes in one request. */
  async #bring(): Promise<void> {
    this.#isSending = true;
    await undefined;
    while (!this.#isOver && (!this.#outgoing.isEmpty || this.#cause !== undefined)) await this.#say(this.#options.first);
    this.#isSending = false;
  }

  /** The lane down: always one request held. */
  async #fetch(): Promise<void> {
    const { courier, clock, ending, memory } = this.#options;
    const lane = new Lane({ name: 'down', courier, clock, signal: ending.signal });
    const hold = new HoldTime(memory);
    while (!this.#isOver) this.#take(await lane.exchange([], { hold }));
  }

  /** The one lane of a short poll: quickly while something crosses, ever more slowly when nothing does. */
  async #takeTurns(): Promise<void> {
    const { clock, ending } = this.#options;
    let pauseMs: number = limits.shortPollFirstMs;
    while (!this.#isOver) {
      const isBusy = !this.#outgoing.isEmpty;
      const came = await this.#say(this.#options.first);
      pauseMs = isBusy || came > 0 ? limits.shortPollFirstMs : Math.min(limits.shortPollMaxMs, pauseMs * 2);
      if (this.#isOver || !this.#outgoing.isEmpty || this.#cause !== undefined) continue;
      this.#wake = new AbortController();
      await pause(clock, pauseMs, AbortSignal.any([this.#wake.signal, ending.signal]));
    }
  }

  /** One exchange with what is queued; the good-bye goes with the last of it. Gives how many frames came. */
  async #say(lane: Lane): Promise<number> {
    const frames = this.#outgoing.take();
    const cause = this.#outgoing.isEmpty ? this.#cause : undefined;
    const exchanged = await lane.exchange(frames, { goodBye: cause === undefined ? 0 : byteOf(cause.code) });
    this.#take(exchanged);
    if (cause !== undefined) this.#finish(cause);
    return exchanged.ok ? exchanged.value.frames.length : 0;
  }

  #take(exchanged: Exchanged): void {
    if (this.#isOver) return;
    if (!exchanged.ok) return this.#finish(exchanged);
    for (const frame of exchanged.value.frames) {
      if (this.#cause !== undefined) break;
      if (!this.#gate.frame(frame)) this.#end('overrun', 'nobody took the frames that came');
    }
    const { goodBye } = exchanged.value;
    if (goodBye !== 0) this.#finish(this.#cause ?? reasonOf(goodBye) ?? { code: 'message-malformed', detail: `a good-bye of an unknown kind came: ${goodBye}` });
  }

  /** Says why, after what is queued, and ends. */
  #end(code: GoodBye, detail: string): void {
    if (this.#isOver || this.#cause !== undefined) return;
    const cause = { code, detail } as const;
    this.#cause = cause;
    this.#cut = this.#options.clock.after(limits.closeWithinMs, () => this.#finish(cause));
    this.#stir();
  }

  #finish({ code, detail }: TransportClosed): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#cut?.cancel();
    this.#options.ending.abort();
    this.#options.courier.end();
    this.#gate.close({ code, detail });
  }
}
