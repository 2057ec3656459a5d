/** How often something may happen in a minute, by key: an address, an account. */
import type { Clock } from '../../protocol/clock.ts';

const minuteMs = 60_000;
/** Keys kept at once; beyond it the oldest are forgotten, which forgives them. About 100 bytes each. */
const maxKeys = 100_000;

type Window = { readonly startedMs: number; count: number };

export class Rate {
  readonly #clock: Clock;
  readonly #perMinute: number;
  readonly #windows = new Map<string, Window>();

  constructor(clock: Clock, perMinute: number) {
    this.#clock = clock;
    this.#perMinute = perMinute;
  }

  /** Whether the key has used up its minute. */
  isSpent(key: string): boolean {
    return (this.#present(key)?.count ?? 0) >= this.#perMinute;
  }

  /** Counts one; false when that is one too many. */
  count(key: string): boolean {
    const window = this.#present(key) ?? this.#open(key);
    window.count += 1;
    return window.count <= this.#perMinute;
  }

  #present(key: string): Window | undefined {
    const window = this.#windows.get(key);
    return window !== undefined && this.#clock.monotonic() - window.startedMs < minuteMs ? window : undefined;
  }

  #open(key: string): Window {
    const window = { startedMs: this.#clock.monotonic(), count: 0 };
    this.#windows.delete(key);
    this.#windows.set(key, window);
    if (this.#windows.size > maxKeys) this.#forgetOldest();
    return window;
  }

  #forgetOldest(): void {
    const oldest = this.#windows.keys().next();
    if (oldest.done !== true) this.#windows.delete(oldest.value);
  }
}
