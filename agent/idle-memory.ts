/**
 * Gives memory back when the agent has become idle. Left alone, V8 collects garbage only when new memory is wanted, so what
 * the start or a burst of work needed would stay for as long as nothing happens.
 */
import type { Clock, Timer } from '../protocol/clock.ts';
import { limits } from '../protocol/limits.ts';

/** After work: the second pass frees what the first has let go of: the code of functions that were not called in between. */
const passes = 2;

/** Everything that nobody holds, or only what is young: a millisecond. */
export type Garbage = 'all' | 'young';

export class IdleMemory {
  readonly #clock: Clock;
  readonly #collect: (garbage: Garbage) => void;
  #usedAt = 0;
  #again: Timer | undefined;
  #isWaiting = false;

  /** `collect` is one pass; without Node's --expose-gc (launch.mjs) there is none. */
  constructor(clock: Clock, collect: (garbage: Garbage) => void = collectNow) {
    this.#clock = clock;
    this.#collect = collect;
  }

  /** Something has just been done. */
  used(): void {
    this.#usedAt = this.#clock.monotonic();
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    this.#again?.cancel();
    this.#waitFor(limits.memoryIdleMs);
  }

  #waitFor(delayMs: number): void {
    this.#clock.after(delayMs, () => {
      const leftMs = this.#usedAt + limits.memoryIdleMs - this.#clock.monotonic();
      if (leftMs > 0) return this.#waitFor(leftMs);
      this.#isWaiting = false;
      for (let pass = 0; pass < passes; pass += 1) this.#collect('all');
      this.#collectAgain();
    });
  }

  #collectAgain(): void {
    this.#again = this.#clock.after(limits.memoryIdleAgainMs, () => {
      this.#collect('young');
      this.#collectAgain();
    });
  }
}

function collectNow(garbage: Garbage): void {
  globalThis.gc?.(garbage === 'all' ? { type: 'major', execution: 'sync', flavor: 'last-resort' } : { type: 'minor' });
}
