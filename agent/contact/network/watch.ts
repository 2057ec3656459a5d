/**
 * Watches the network by looking at it once a second. `ip monitor` would tell sooner, but is a process more on every machine
 * and not there on all of them; netlink cannot be reached from Node without native code; a look costs about a tenth of
 * a millisecond (docs/contact.md has the figure).
 */
import type { Clock, Timer } from '../../../protocol/clock.ts';
import { limits } from '../../../protocol/limits.ts';
import type { Network, NetworkWatch } from './network.ts';

export class PolledNetwork implements NetworkWatch {
  readonly #clock: Clock;
  readonly #look: () => Network;

  constructor(clock: Clock, look: () => Network) {
    this.#clock = clock;
    this.#look = look;
  }

  present(): Network {
    return this.#look();
  }

  watch(task: () => void): () => void {
    let { state } = this.#look();
    let timer: Timer;
    const again = (): void => {
      timer = this.#clock.after(limits.watchNetworkMs, again);
      const now = this.#look();
      if (now.state === state) return;
      ({ state } = now);
      task();
    };
    timer = this.#clock.after(limits.watchNetworkMs, again);
    return () => timer.cancel();
  }
}
