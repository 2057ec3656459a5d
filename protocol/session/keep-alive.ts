/**
 * Notices a link whose other end is gone without a word. Both ends watch, so both notice within
 * `limits.pingAfterMs` + `limits.pongWithinMs`.
 */
import type { Clock, Timer } from '../clock.ts';
import { limits } from '../limits.ts';

export type KeepAliveHandlers = {
  /** Nothing was heard for a while: ask. */
  ping(): void;
  /** ... and still nothing within so long: the link is dead. */
  died(withinMs: number): void;
};

export class KeepAlive {
  readonly #clock: Clock;
  readonly #handlers: KeepAliveHandlers;
  #heardAtMs = 0;
  #timer: Timer | undefined;

  constructor(clock: Clock, handlers: KeepAliveHandlers) {
    this.#clock = clock;
    this.#handlers = handlers;
  }

  start(): void {
    this.stop();
    this.heard();
    this.#watch(limits.pingAfterMs);
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** There is reason to doubt the link: asks at once, and waits no longer than this. */
  probe(withinMs: number): void {
    this.stop();
    this.#ask(withinMs);
  }

  /** Something came, whatever it was. Cheap: the timer is left as it is and looks for itself. */
  heard(): void {
    this.#heardAtMs = this.#clock.monotonic();
  }

  #watch(delayMs: number): void {
    this.#timer = this.#clock.after(delayMs, () => this.#look());
  }

  #look(): void {
    const silentMs = this.#clock.monotonic() - this.#heardAtMs;
    if (silentMs < limits.pingAfterMs) return this.#watch(limits.pingAfterMs - silentMs);
    this.#ask(limits.pongWithinMs);
  }

  #ask(withinMs: number): void {
    const askedAtMs = this.#clock.monotonic();
    this.#timer = this.#clock.after(withinMs, () => {
      if (this.#heardAtMs < askedAtMs) this.#handlers.died(withinMs);
      else this.#look();
    });
    this.#handlers.ping();
  }
}
