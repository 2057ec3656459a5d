/**
 * A bounded number of places, given in the order they were asked for.
 */
export class Slots {
  #free: number;
  readonly #waiting = new Set<() => void>();

  constructor(count: number) {
    this.#free = count;
  }

  /** A place if one is free at once. It must be given back. */
  tryTake(): boolean {
    if (this.#free === 0) return false;
    this.#free -= 1;
    return true;
  }

  /** Resolves to true with a place, or to false when `signal` aborts first. */
  take(signal: AbortSignal): Promise<boolean> | boolean {
    if (this.tryTake()) return true;
    if (signal.aborted) return false;
    return new Promise((resolve) => {
      const enter = (): void => resolve(true);
      this.#waiting.add(enter);
      signal.addEventListener('abort', () => {
        if (this.#waiting.delete(enter)) resolve(false);
      });
    });
  }

  giveBack(): void {
    const next = this.#waiting.values().next().value;
    if (next === undefined) {
      this.#free += 1;
      return;
    }
    this.#waiting.delete(next);
    next();
  }
}
