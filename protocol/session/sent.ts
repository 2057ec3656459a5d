/**
 * The sending half of reliability: gives bodies their numbers and keeps them until the other side has acknowledged them,
 * so that they can be sent again on another link.
 */
import { limits } from '../limits.ts';
import { Fifo } from './fifo.ts';
import { encodeNumbered } from './wire.ts';
import type { Body } from './wire.ts';

/** Of what may be kept, the share that bulk must leave to others: a full window must not hold up a keystroke. */
const reservedShare = 1 / 8;

export class Sent {
  /** Encoded, in order; the first has the number after `#acknowledged`. */
  readonly #kept = new Fifo<Uint8Array>();
  #keptBytes = 0;
  #acknowledged = 0;
  /** How many of the kept have been sent on the present link. */
  #sentOnLink = 0;

  get keptBytes(): number {
    return this.#keptBytes;
  }

  get keptMessages(): number {
    return this.#kept.length;
  }

  /** How much more may be kept: nothing, only what is urgent, or anything. */
  get room(): 'none' | 'urgent' | 'all' {
    const used = Math.max(this.#keptBytes / (limits.maxUnacknowledgedBytes - limits.maxRecordBytes), this.#kept.length / limits.maxUnacknowledgedMessages);
    if (used >= 1) return 'none';
    return used >= 1 - reservedShare ? 'urgent' : 'all';
  }

  /** Whether a message waits to be sent (again) on the present link; new ones come after it. */
  get isWaiting(): boolean {
    return this.#sentOnLink < this.#kept.length;
  }

  /** Gives `body` the next number and keeps it. Only when there is room. */
  number(body: Body): void {
    const message = encodeNumbered(this.#acknowledged + this.#kept.length + 1, body);
    this.#kept.push(message);
    this.#keptBytes += message.byteLength;
  }

  /** The next message for the present link, if there is one that fits into `maxBytes`. */
  next(maxBytes: number): Uint8Array | undefined {
    const message = this.#kept.at(this.#sentOnLink);
    if (message === undefined || message.byteLength > maxBytes) return undefined;
    this.#sentOnLink += 1;
    return message;
  }

  /** Forgets what the other side has. False when it claims a number that was never sent. */
  acknowledge(received: number): boolean {
    if (received > this.#acknowledged + this.#kept.length) return false;
    while (this.#acknowledged < received) {
      this.#keptBytes -= this.#kept.shift()?.byteLength ?? 0;
      this.#acknowledged += 1;
      this.#sentOnLink = Math.max(0, this.#sentOnLink - 1); // an older link may have brought it, before this one sent it again
    }
    return true;
  }

  /**
   * Whether a peer that says it has `received` so many can go on. It may have acknowledged more meanwhile, over a link that
   * still worked while it said so over the next: what was acknowledged holds.
   */
  canResumeAfter(received: number): boolean {
    return received <= this.#acknowledged + this.#kept.length;
  }

  /** Begins on a new link: all that the other side, which has `received` so many, lacks is to be sent again. */
  resumeAfter(received: number): void {
    this.acknowledge(received);
    this.#sentOnLink = 0;
  }
}
