/**
 * Live runs whose program has ended while their console was away: each waits for it for a time, and all together within
 * bounds of number and bytes. Beyond them the one that has waited longest is forgotten.
 */
import type { Clock, Timer } from '../../protocol/clock.ts';
import { limits } from '../../protocol/limits.ts';

type EndedRun = { readonly keptBytes: number };

export type EndedRunsOptions = {
  readonly clock: Clock;
  readonly withinMs: number;
  /** It has waited in vain, or there is no room for it: must `delete` it here, too. */
  forget(id: string): void;
};

export class EndedRuns {
  readonly #options: EndedRunsOptions;
  /** The one that has waited longest comes first. */
  readonly #waiting = new Map<string, { readonly bytes: number; readonly timer: Timer }>();
  #bytes = 0;

  constructor(options: EndedRunsOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** It waits from now on. What it keeps does not grow any more. */
  add(id: string, { keptBytes: bytes }: EndedRun): void {
    this.delete(id);
    const { clock, withinMs, forget } = this.#options;
    this.#waiting.set(id, { bytes, timer: clock.after(withinMs, () => forget(id)) });
    this.#bytes += bytes;
    for (const oldest of this.#waiting.keys()) {
      if (this.#waiting.size <= limits.maxEndedRuns && this.#bytes <= limits.endedRunsBytes) return;
      forget(oldest);
    }
  }

  /** It waits no longer: a console is there, or has had all of it. */
  delete(id: string): void {
    const run = this.#waiting.get(id);
    if (run === undefined) return;
    this.#waiting.delete(id);
    this.#bytes -= run.bytes;
    run.timer.cancel();
  }
}
