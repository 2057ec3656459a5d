/**
 * In which order ways to the intermediary are tried: transport by transport, address by address, the one that worked
 * last before all others.
 */
import { isFor } from './transports.ts';
import type { Rung } from './transports.ts';

export type Way = { readonly rung: Rung; readonly address: string };

export class Ladder {
  readonly #rungs: readonly Rung[];
  #lastGood: Way | undefined;

  constructor(rungs: readonly Rung[]) {
    this.#rungs = rungs;
  }

  /** The ways to these addresses, in the order to try. */
  ways(addresses: readonly string[]): readonly Way[] {
    const all = this.#rungs.flatMap((rung) => addresses.filter((address) => isFor(rung, address)).map((address) => ({ rung, address })));
    const good = this.#lastGood;
    return all.toSorted((left, right) => Number(isSame(right, good)) - Number(isSame(left, good)));
  }

  worked(way: Way): void {
    this.#lastGood = way;
  }
}

function isSame(way: Way, other: Way | undefined): boolean {
  return way.rung === other?.rung && way.address === other.address;
}
