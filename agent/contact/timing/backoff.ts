/**
 * How long to wait before the next attempt: full jitter, so that ten thousand agents that lost the same intermediary do
 * not come back in the same second.
 */
import type { Random } from '../../../protocol/clock.ts';

const firstMs = 1000;
const longestMs = 60_000;

export class Backoff {
  readonly #random: Random;
  #failures = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** After one more failure: random × min(60 s, 1 s · 2^n), on top of what the other side asked for. */
  next(retryAfterMs = 0): number {
    const ceilingMs = Math.min(longestMs, firstMs * 2 ** Math.min(this.#failures, 16));
    this.#failures += 1;
    return retryAfterMs + fraction(this.#random) * ceilingMs;
  }

  /** It worked: the next failure is the first again. */
  reset(): void {
    this.#failures = 0;
  }
}

/** A number from 0 up to 1, all of them equally likely. */
export function fraction(random: Random): number {
  const [a = 0, b = 0, c = 0, d = 0] = random(4);
  return (((a << 24) | (b << 16) | (c << 8) | d) >>> 0) / 2 ** 32;
}
