/**
 * Shows a state and then its changes. To a console that is too slow changes are not kept: when it has caught up it gets
 * the present state anew.
 */
import type { ToConsole } from '../../protocol/messages/live.ts';
import type { Outlet } from './outlet.ts';

export type WatchedState = {
  /** The present state, as messages. */
  present(): Promise<readonly ToConsole[]>;
  /** Tells of every change from now on; the result stops it. */
  follow(tell: (change: ToConsole) => void): () => void;
};

export class StateWatch {
  readonly #outlet: Outlet;
  readonly #ref: number;
  readonly #state: WatchedState;
  readonly #unfollow: () => void;
  /** Changes while the present state is on its way: they come behind it. */
  #held: ToConsole[] | undefined = [];
  #isStale = false;
  #isStopped = false;

  /** `isFresh`: the console knows the present state already, and only changes come. */
  constructor(outlet: Outlet, ref: number, state: WatchedState, isFresh = false) {
    this.#outlet = outlet;
    this.#ref = ref;
    this.#state = state;
    this.#unfollow = state.follow((change) => this.#tell(change));
    if (isFresh) this.#held = undefined;
    else void this.#present();
  }

  stop(): void {
    this.#isStopped = true;
    this.#unfollow();
  }

  async #present(): Promise<void> {
    this.#held ??= [];
    for (const message of await this.#state.present()) {
      if (this.#isStopped || !(await this.#outlet.room())) return;
      this.#outlet.send(message);
    }
    if (this.#isStopped) return;
    this.#outlet.send({ kind: 'current', ref: this.#ref });
    const held = this.#held;
    this.#held = undefined;
    for (const change of held) this.#tell(change);
  }

  #tell(change: ToConsole): void {
    if (this.#isStopped || this.#isStale) return;
    if (this.#held !== undefined && this.#held.length < maxHeld) this.#held.push(change);
    else if (this.#held !== undefined || this.#outlet.isFull) this.#startAnew();
    else this.#outlet.send(change);
  }

  #startAnew(): void {
    this.#isStale = true;
    this.#outlet.whenRoom(() => {
      this.#isStale = false;
      if (!this.#isStopped) void this.#present();
    });
  }
}

/** Changes held behind a present state that is on its way. */
const maxHeld = 1000;
