/**
 * Time and randomness, handed in by each program's composition root so that tests decide what time it is.
 */

export type Timer = { cancel(): void };

export type Clock = {
  /** Wall time in milliseconds since 1970. May jump; never used for durations. */
  now(): number;
  /** Milliseconds since some fixed point; never goes back. */
  monotonic(): number;
  /** Calls `task` once after `delayMs` unless cancelled. Does not keep the process alive by itself. */
  after(delayMs: number, task: () => void): Timer;
};

/** Fills a new array with `length` unpredictable bytes. */
export type Random = (length: number) => Uint8Array;

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(delayMs, task) {
    const handle = setTimeout(task, delayMs);
    if (typeof handle === 'object') handle.unref();
    return { cancel: () => clearTimeout(handle) };
  },
};

/** The platform's cryptographic generator (Web Crypto: Node and browser alike). */
export const systemRandom: Random = (length) => crypto.getRandomValues(new Uint8Array(length));
