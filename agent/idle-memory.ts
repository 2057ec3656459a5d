/**
 * Gives memory back when the agent has become idle. Left alone, V8 collects garbage only when new memory is wanted, so what
 * the start or a burst of work needed would stay for as long as nothing happens.
 */
import type { Clock } from '../protocol/clock.ts';
import { limits } from '../protocol/limits.ts';

/** The second pass frees what the first has let go of: the code of functions that were not called in between. */
const passes = 2;

export class IdleMemory {
  readonly #clock: Clock;
  readonly #collect: () => void;
  #usedAt = 0;
  #isWaiting = false;

  /** `collect` is one pass; without Node's --expose-gc (launch.mjs) there is none. */
  constructor(clock: Clock, collect = () => globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' })) {
    this.#clock = clock;
    this.#collect = collect;
  }

  /** Something has just been done. */
  used(): void {
    this.#usedAt = this.#clock.monotonic();
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    this.#waitFor(limits.memoryIdleMs);
  }

  #waitFor(delayMs: number): void {
    this.#clock.after(delayMs, () => {
      const leftMs = this.#usedAt + limits.memoryIdleMs - this.#clock.monotonic();
      if (leftMs > 0) return this.#waitFor(leftMs);
      this.#isWaiting = false;
      for (let pass = 0; pass < passes; pass += 1) this.#collect();
    });
  }
}
