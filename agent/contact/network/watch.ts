/**
 * Watches the network by looking at it once a second. `ip monitor` would tell sooner, but is a process more on every machine
 * and not there on all of them; netlink cannot be reached from Node without native code. Most looks are a glance, which costs
 * about a tenth of a millisecond and little memory: nothing is read into it while nothing differs.
 */
import type { Clock, Timer } from '../../../protocol/clock.ts';
import { limits } from '../../../protocol/limits.ts';
import type { Network, NetworkWatch } from './network.ts';

export class PolledNetwork implements NetworkWatch {
  readonly #clock: Clock;
  readonly #look: () => Network;
  readonly #glance: () => string;

  /** `glance` gives another text whenever `look` might give another state. */
  constructor(clock: Clock, look: () => Network, glance: () => string) {
    this.#clock = clock;
    this.#look = look;
    this.#glance = glance;
  }

  present(): Network {
    return this.#look();
  }

  watch(task: () => void): () => void {
    let seen = this.#glance();
    let { state } = this.#look();
    let timer: Timer;
    const again = (): void => {
      timer = this.#clock.after(limits.watchNetworkMs, again);
      const glanced = this.#glance();
      if (glanced === seen) return;
      seen = glanced;
      const now = this.#look();
      if (now.state === state) return;
      ({ state } = now);
      task();
    };
    timer = this.#clock.after(limits.watchNetworkMs, again);
    return () => timer.cancel();
  }
}
