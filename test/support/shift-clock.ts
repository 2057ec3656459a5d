/** The machine's clock, moved on by as much as a test says. Timers run as ever. */
import { systemClock } from '../../protocol/clock.ts';
import type { Clock } from '../../protocol/clock.ts';

export class ShiftClock implements Clock {
  #shiftMs = 0;

  shift(byMs: number): void {
    this.#shiftMs += byMs;
  }

  now(): number {
    return systemClock.now() + this.#shiftMs;
  }

  monotonic(): number {
    return systemClock.monotonic() + this.#shiftMs;
  }

  after: Clock['after'] = systemClock.after;
}
