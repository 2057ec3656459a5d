/**
 * How long a poll is held: longer after each that was held to its end, shorter after a cut, until it stands just below what
 * the path allows. One cut that had another cause costs nothing for long: after a while a longer hold is tried again.
 */
import { limits } from '../../protocol/limits.ts';
import type { DialMemory } from '../dialling.ts';

/** The longest hold known to work and the shortest known not to are near enough when they differ by less than this part of the latter. */
const nearEnough = 1 / 16;
/** Polls held to their end, after it has settled, until it is tried again whether the path allows more. */
const settledPolls = 30;

export class HoldTime {
  readonly #memory: DialMemory;
  #presentMs: number;
  #goodMs = 0;
  #badMs = Infinity;
  #sinceSettled = 0;

  /** Begins with what was found out in this network before, and writes there what is found out now. */
  constructor(memory: DialMemory) {
    this.#memory = memory;
    this.#presentMs = within(memory.holdMs ?? limits.holdFirstMs);
  }

  get ms(): number {
    return this.#presentMs;
  }

  /** A poll was held to its end. */
  held(): void {
    this.#goodMs = Math.max(this.#goodMs, this.#presentMs);
    this.#memory.holdMs = this.#goodMs;
    if (this.#badMs === Infinity) this.#presentMs = within(this.#presentMs * 2);
    else if (this.#badMs - this.#goodMs > this.#badMs * nearEnough) this.#presentMs = within((this.#goodMs + this.#badMs) / 2);
    else this.#settle();
  }

  /** A poll was cut after it had waited so long. True: that may be the reason, and a shorter one is worth trying. */
  cut(waitedMs: number): boolean {
    if (waitedMs < limits.holdMinMs || this.#presentMs <= limits.holdMinMs) return false;
    this.#badMs = Math.min(this.#badMs, waitedMs, this.#presentMs);
    if (this.#goodMs >= this.#badMs) this.#goodMs = 0;
    this.#sinceSettled = 0;
    this.#presentMs = within(this.#goodMs > 0 ? this.#goodMs : this.#badMs * 0.75);
    this.#memory.holdMs = this.#presentMs;
    return true;
  }

  #settle(): void {
    this.#presentMs = this.#goodMs;
    this.#sinceSettled += 1;
    if (this.#sinceSettled < settledPolls) return;
    this.#sinceSettled = 0;
    this.#badMs = Infinity;
  }
}

function within(ms: number): number {
  return Math.round(Math.min(limits.holdMaxMs, Math.max(limits.holdMinMs, ms)));
}
