/**
 * When the next contact is made. Every wait has chance in it, so that ten thousand machines that lost the same
 * intermediary, or were set up in the same minute, do not call in the same second.
 */
import type { Random } from '../../../protocol/clock.ts';
import type { ContactSettings } from '../../../protocol/contact-settings.ts';
import { Backoff, fraction } from './backoff.ts';

/** The share by which a wait is made shorter or longer. */
const intervalWander = 0.1;
const spacingWander = 0.25;
const upgradeWander = 0.25;

export class Schedule {
  readonly #random: Random;
  readonly #backoff: Backoff;
  #failures = 0;

  constructor(random: Random) {
    this.#random = random;
    this.#backoff = new Backoff(random);
  }

  /** After a link was lost: somewhere in the next second. */
  afterLoss(): number {
    return this.#backoff.next();
  }

  /**
   * After an attempt that came to nothing: the retries of the settings, then the back-off. What the other side asked for
   * comes on top, and as much again by chance: it asked many.
   */
  afterFailure({ retries, spacingSeconds }: ContactSettings, retryAfterMs = 0): number {
    this.#failures += 1;
    const askedMs = retryAfterMs * (1 + fraction(this.#random));
    if (this.#failures > retries) return this.#backoff.next(askedMs);
    return askedMs + this.#about(spacingSeconds, spacingWander);
  }

  /** From one contact of a polling machine to the next. */
  interval({ intervalSeconds }: ContactSettings): number {
    return this.#about(intervalSeconds, intervalWander);
  }

  /** Until a better way is looked for. */
  upgrade({ upgradeSeconds }: ContactSettings): number {
    return this.#about(upgradeSeconds, upgradeWander);
  }

  /** It works again, or everything has changed: the next failure is the first. */
  reset(): void {
    this.#failures = 0;
    this.#backoff.reset();
  }

  #about(seconds: number, wander: number): number {
    return seconds * 1000 * (1 - wander + 2 * wander * fraction(this.#random));
  }
}
