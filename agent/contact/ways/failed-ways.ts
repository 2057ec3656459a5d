/**
 * Which ways were tried in vain and why, for `behest-agent status` and the console. Bounded; the newest word on each way counts.
 */
import type { Clock } from '../../../protocol/clock.ts';
import { limits } from '../../../protocol/limits.ts';
import type { FailedWay } from '../../../protocol/messages/agent.ts';
import type { Failure } from '../../../protocol/outcome.ts';
import { describeWay, isWay } from './ladder.ts';
import type { Way } from './ladder.ts';

const maxDetailLetters = 300;

export class FailedWays {
  readonly #clock: Clock;
  #failed: readonly FailedWay[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Newest first. */
  get all(): readonly FailedWay[] {
    return this.#failed;
  }

  note(way: Way, { code, detail }: Failure): void {
    const now = { ...describeWay(way), code, detail: detail.slice(0, maxDetailLetters), atMs: Math.max(0, Math.round(this.#clock.now())) };
    this.#failed = [now, ...this.#failed.filter((failed) => !isWay(way, failed))].slice(0, limits.maxFailedWays);
  }

  /** Those since then, on the clock of the wall. */
  since(atMs: number): FailedWay[] {
    return this.#failed.filter((failed) => failed.atMs >= Math.floor(atMs));
  }
}
