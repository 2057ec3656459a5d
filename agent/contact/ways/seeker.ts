/**
 * Seeks a way for the session: the ladder and the memory of this network say where, a search goes there.
 */
import { concat } from '../../../protocol/bytes.ts';
import type { SecureChannel } from '../../../protocol/channel/channel.ts';
import type { Clock } from '../../../protocol/clock.ts';
import type { ContactSettings } from '../../../protocol/contact-settings.ts';
import type { MachineFacts } from '../../../protocol/messages/agent.ts';
import { encodeMessage } from '../../../protocol/messages/codec.ts';
import { failure } from '../../../protocol/outcome.ts';
import type { Failure, Outcome } from '../../../protocol/outcome.ts';
import type { Home, Trust } from '../../trust/trust.ts';
import { directly, findDestinations } from './destinations.ts';
import type { FindPaths } from './find-paths.ts';
import { describeWay, isWay } from './ladder.ts';
import type { Destination, Ladder, Way } from './ladder.ts';
import type { Network } from '../network/network.ts';
import { search } from './search.ts';
import type { Arrival } from './search.ts';
import type { DialFailure } from './transports.ts';
import type { WayMemory } from './way-memory.ts';

export type SeekerOptions = {
  readonly trust: Trust;
  readonly clock: Clock;
  readonly ladder: Ladder;
  readonly memory: WayMemory;
  readonly findPaths: FindPaths;
  readonly settings: () => ContactSettings;
  readonly network: () => Network;
  readonly facts: () => MachineFacts;
  join(channel: SecureChannel): Promise<Outcome<void>>;
  failed(way: Way, reason: Failure): void;
};

/** What `seek` gives. */
export type Sought = { readonly ok: true; readonly value: Arrival } | DialFailure;

type Plan = { readonly first: Way | undefined; readonly ways: Promise<readonly Way[]> };

export class Seeker {
  readonly #options: SeekerOptions;
  /** As they were found last. */
  #destinations: readonly Destination[] = [];

  constructor(options: SeekerOptions) {
    this.#options = options;
  }

  /** By whatever way, the one that worked last in this network first. */
  async seek(signal: AbortSignal): Promise<Sought> {
    const { memory, network, ladder } = this.#options;
    const remembered = memory.of(network());
    const known = this.#known.find((way) => isWay(way, remembered));
    const first = known !== undefined && ladder.isTrusted(known) ? known : undefined;
    return this.#go({ first, ways: this.#find(signal).then((ways) => ladder.inTurn(ways, remembered)) }, signal);
  }

  /** By a way that is better than this one. */
  async seekBetter(present: Way, signal: AbortSignal): Promise<Sought> {
    return this.#go({ first: undefined, ways: this.#find(signal).then((ways) => this.#betterThan(present, ways)) }, signal);
  }

  /** Whether `seekBetter` has anywhere to look, as far as is known. */
  hasBetter(present: Way): boolean {
    return this.#betterThan(present, this.#known).length > 0;
  }

  /** This way carries the session, here. */
  arrived(way: Way): void {
    this.#options.memory.keep(this.#options.network(), describeWay(way));
  }

  /** Those before it; all, if it is not allowed any more. */
  #betterThan(present: Way, ways: readonly Way[]): readonly Way[] {
    const at = ways.findIndex((way) => isWay(way, describeWay(present)));
    return (at < 0 ? ways : ways.slice(0, at)).filter((way) => this.#options.ladder.isTrusted(way));
  }

  get #home(): Home | undefined {
    return this.#options.trust.home;
  }

  /** The ways as they were found last, and those that need no finding. */
  get #known(): readonly Way[] {
    const addresses = this.#home?.addresses ?? [];
    const found = this.#destinations.filter(({ address }) => addresses.includes(address));
    return this.#ways(found.length === 0 ? directly(addresses) : found);
  }

  async #find(signal: AbortSignal): Promise<readonly Way[]> {
    const { findPaths, clock } = this.#options;
    this.#destinations = await findDestinations(this.#home?.addresses ?? [], { findPaths, clock, signal });
    return this.#ways(this.#destinations);
  }

  #ways(destinations: readonly Destination[]): readonly Way[] {
    const { ladder, settings } = this.#options;
    return ladder.ways(ladder.rungs(settings().order), destinations);
  }

  #go(plan: Plan, signal: AbortSignal): Promise<Sought> {
    const { trust, clock, ladder, join, failed, settings, memory, network } = this.#options;
    const home = this.#home;
    if (home === undefined) return Promise.resolve(failure('not-enrolled', 'no address is known'));
    const offered = ladder.rungs(settings().order).map(({ name }) => name);
    const handshake = { offered: [...new Set(offered)], serverKey: home.key, keys: trust.keys, introduction: this.#introduction(home) };
    return search({ ...plan, clock, authority: home.authority, memory: memory.dialMemory(network()), handshake, join, failed, signal });
  }

  /** Said until the machine holds a key of its own: who it is, under the secret of the enrolment string. */
  #introduction({ site, enrolmentId }: Home): Uint8Array {
    const { trust, facts } = this.#options;
    if (trust.keys.chains().every(({ number }) => number > 0)) return new Uint8Array();
    return concat(trust.identity.publicKey, encodeMessage({ facts: facts(), site, enrolmentId }));
  }
}
