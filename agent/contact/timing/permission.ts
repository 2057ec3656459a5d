/**
 * Whether an attempt may be made at all: not without a network, and on a metered one only if it is urgent or the settings allow it.
 */
import { failure } from '../../../protocol/outcome.ts';
import type { Failure } from '../../../protocol/outcome.ts';
import type { Trust } from '../../trust/trust.ts';
import type { IsMetered } from '../network/metered.ts';
import type { NetworkWatch } from '../network/network.ts';
import type { SettingsSource } from '../settings/settings-source.ts';

export type PermissionNeeds = {
  readonly trust: Trust;
  readonly network: NetworkWatch;
  readonly isMetered: IsMetered;
  readonly settings: SettingsSource;
};

/** An intermediary on this very machine needs no network. */
const ownAddress = /^(localhost|127\.[\d.]+|\[::1\]):\d+$/;

export class Permission {
  readonly #needs: PermissionNeeds;
  #isMetered = false;
  #isUrgent = false;

  constructor(needs: PermissionNeeds) {
    this.#needs = needs;
  }

  /** What stands against an attempt now. */
  async hindrance(): Promise<Failure | undefined> {
    const { network, trust } = this.#needs;
    const isAtHome = (trust.home?.addresses ?? []).some((address) => ownAddress.test(address));
    if (!network.present().isUp && !isAtHome) return failure('no-network', 'nothing could leave this machine');
    await this.look();
    return this.isHeldBack && !this.#isUrgent ? failure('network-metered', 'the settings say to wait for another network') : undefined;
  }

  /** Finds out anew whether the network is metered. */
  async look(): Promise<void> {
    this.#isMetered = await this.#needs.isMetered(this.#needs.network.present());
  }

  /** The network is metered and the settings say to wait: a link is kept no longer than it is needed. */
  get isHeldBack(): boolean {
    return this.#isMetered && this.#needs.settings.present().metered === 'wait';
  }

  /** The next contact is worth what it costs. */
  grantUrgency(): void {
    this.#isUrgent = true;
  }

  /** That contact has been. */
  endUrgency(): void {
    this.#isUrgent = false;
  }
}
