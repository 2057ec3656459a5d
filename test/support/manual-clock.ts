/** A clock that stands still until a test moves it. */
import type { Clock, Timer } from '../../protocol/clock.ts';

type Entry = { readonly dueMs: number; readonly task: () => void };

export class ManualClock implements Clock {
  #nowMs: number;
  readonly #startMs: number;
  readonly #entries = new Set<Entry>();

  constructor(startMs = Date.UTC(2026, 10, 1)) {
    this.#startMs = startMs;
    this.#nowMs = startMs;
  }

  /** Timers that wait: none may be left behind by what is over. */
  get pending(): number {
    return this.#entries.size;
  }

  now(): number {
    return this.#nowMs;
  }

  monotonic(): number {
    return this.#nowMs - this.#startMs;
  }

  after(delayMs: number, task: () => void): Timer {
    const entry = { dueMs: this.#nowMs + delayMs, task };
    this.#entries.add(entry);
    return { cancel: () => this.#entries.delete(entry) };
  }

  /** Lets time pass: runs what falls due, in the order of its time, also what is set meanwhile. */
  advance(byMs: number): void {
    const untilMs = this.#nowMs + byMs;
    for (let entry = this.#nextUntil(untilMs); entry; entry = this.#nextUntil(untilMs)) {
      this.#entries.delete(entry);
      this.#nowMs = entry.dueMs;
      entry.task();
    }
    this.#nowMs = untilMs;
  }

  #nextUntil(untilMs: number): Entry | undefined {
    return [...this.#entries].filter(({ dueMs }) => dueMs <= untilMs).sort((a, b) => a.dueMs - b.dueMs)[0];
  }
}
