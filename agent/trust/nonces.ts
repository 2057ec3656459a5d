/**
 * The nonce of the present session, to which interactive directives are bound. It lives in memory only, so nothing made
 * before a restart is ever good after it; its age is told by the monotonic clock, so no wall clock is trusted.
 */
import type { Clock, Random } from '../../protocol/clock.ts';
import { hex } from '../../protocol/bytes.ts';
import { limits } from '../../protocol/limits.ts';

export class SessionNonces {
  readonly #clock: Clock;
  readonly #random: Random;
  #present: string;
  #previous: string | undefined;
  #changedAt: number;

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
    this.#present = hex(random(16));
    this.#changedAt = clock.monotonic();
  }

  /** The nonce to announce: the same until it is `limits.nonceLifeMs` old. Ask that often and tell when it has changed. */
  present(): string {
    if (this.#age() >= limits.nonceLifeMs) this.rotate();
    return this.#present;
  }

  /** A new nonce at once, for a new session. The one before stays good for `limits.nonceLifeMs`. */
  rotate(): string {
    this.#previous = this.#age() < 2 * limits.nonceLifeMs ? this.#present : undefined;
    this.#present = hex(this.#random(16));
    this.#changedAt = this.#clock.monotonic();
    return this.#present;
  }

  /** Those a directive may name now. */
  accepted(): readonly string[] {
    const present = this.present();
    if (this.#previous === undefined || this.#age() >= limits.nonceLifeMs) return [present];
    return [present, this.#previous];
  }

  #age(): number {
    return this.#clock.monotonic() - this.#changedAt;
  }
}
