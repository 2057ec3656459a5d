/**
 * How fast it goes: over the last few seconds, so that a stall shows and a burst does not.
 */
import type { Clock } from '../../../protocol/clock.ts';

export type Rate = { readonly bytesPerSecond: number };

const windowMs = 5000;

export class RateMeter {
  readonly #clock: Clock;
  #marks: { readonly atMs: number; readonly bytes: number }[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  begin(bytes: number): void {
    this.#marks = [{ atMs: this.#clock.monotonic(), bytes }];
  }

  /** The rate when so many bytes are there. */
  at(bytes: number): Rate {
    const atMs = this.#clock.monotonic();
    this.#marks.push({ atMs, bytes });
    while (this.#marks.length > 2 && atMs - (this.#marks[1]?.atMs ?? atMs) > windowMs) this.#marks.shift();
    const [first] = this.#marks;
    if (first === undefined || atMs === first.atMs) return { bytesPerSecond: 0 };
    return { bytesPerSecond: ((bytes - first.bytes) * 1000) / (atMs - first.atMs) };
  }
}
