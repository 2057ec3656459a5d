/**
 * In which order ways to the intermediary are tried: transport by transport as the settings say, each to every address in
 * the order of the root, there by each path; the way that worked last in this network before all others, and what keeps
 * dying after them.
 */
import { limits } from '../../../protocol/limits.ts';
import type { ContactWay } from '../../../protocol/messages/agent.ts';
import type { TransportName } from '../../../protocol/transport.ts';
import type { Path } from '../../../transports/path.ts';
import { isFor } from './transports.ts';
import type { Rung } from './transports.ts';

export type Way = { readonly rung: Rung; readonly address: string; readonly path: Path };

/** One address and the paths to it, best first. */
export type Destination = { readonly address: string; readonly paths: readonly Path[] };

/** A link that held this long was a good one. */
const settledAfterMs = 10_000;

export class Ladder {
  readonly #rungs: readonly Rung[];
  /** Ways that came through and died again and again, by name. */
  readonly #shaky = new Set<string>();
  /** In a row. */
  #earlyDeaths = 0;

  constructor(rungs: readonly Rung[]) {
    this.#rungs = rungs;
  }

  /** The transports that may be used, best first. Settings that name none of those there are must not cut the machine off: then all may. */
  rungs(order: readonly TransportName[]): readonly Rung[] {
    const named = order.flatMap((name) => this.#rungs.filter((rung) => rung.name === name));
    return named.length === 0 ? this.#rungs : named;
  }

  /** Every way, best first, at most `limits.maxWays`. */
  ways(rungs: readonly Rung[], destinations: readonly Destination[]): readonly Way[] {
    const all = rungs.flatMap((rung) => destinations.filter(({ address }) => isFor(rung, address)).flatMap(({ address, paths }) => paths.map((path) => ({ rung, address, path }))));
    return all.slice(0, limits.maxWays);
  }

  /** The same in the order to try. */
  inTurn(ways: readonly Way[], remembered: ContactWay | undefined): readonly Way[] {
    const place = (way: Way): number => (this.#shaky.has(nameOf(way)) ? 1 : isWay(way, remembered) ? -1 : 0);
    return ways.toSorted((left, right) => place(left) - place(right));
  }

  /** Its link is gone after so long. One that dies at once, twice in a row, is tried after the others. */
  lost(way: Way, heldMs: number): 'held' | 'died early' {
    if (heldMs > settledAfterMs) {
      this.forgive();
      return 'held';
    }
    this.#earlyDeaths += 1;
    if (this.#earlyDeaths > 1) this.#shaky.add(nameOf(way));
    return 'died early';
  }

  isTrusted(way: Way): boolean {
    return !this.#shaky.has(nameOf(way));
  }

  /** Another network, or a way that holds: what was learnt is past. */
  forgive(): void {
    this.#shaky.clear();
    this.#earlyDeaths = 0;
  }
}

/** As it is told to people and remembered. */
export function describeWay({ rung, path, address }: Way): ContactWay {
  const foundBy = path.foundBy === undefined ? {} : { foundBy: path.foundBy.slice(0, 300) };
  return { transport: rung.name, path: path.name.slice(0, 300), address: address.slice(0, 256), ...foundBy };
}

export function isWay(way: Way, other: ContactWay | undefined): boolean {
  return other !== undefined && nameOf(way) === keyOf(other);
}

function nameOf(way: Way): string {
  return keyOf(describeWay(way));
}

function keyOf({ transport, path, address }: ContactWay): string {
  return `${transport} ${path} ${address}`;
}
