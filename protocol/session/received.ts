/**
 * The receiving half of reliability: lets each number through once and in order, and says when to acknowledge.
 */
import type { Clock, Timer } from '../clock.ts';
import { limits } from '../limits.ts';
import { encodeAcknowledge } from './wire.ts';

export class Received {
  readonly #clock: Clock;
  readonly #due: () => void;
  #last = 0;
  /** Since the last acknowledgement. */
  #messages = 0;
  #bytes = 0;
  #isDue = false;
  #timer: Timer | undefined;

  /** `due` is called when an acknowledgement should leave although nothing else does. */
  constructor(clock: Clock, due: () => void) {
    this.#clock = clock;
    this.#due = due;
  }

  /** The last number that came in order. */
  get last(): number {
    return this.#last;
  }

  /** Whether a number is the next, was here before, or leaves one out. What was here before is acknowledged again. */
  judge(number: number): 'next' | 'duplicate' | 'skipped' {
    if (number > this.#last + 1) return 'skipped';
    this.#messages += 1;
    this.#timer ??= this.#clock.after(limits.acknowledgeAfterMs, () => this.#fallDue());
    if (number <= this.#last) return 'duplicate';
    this.#last = number;
    return 'next';
  }

  /** Counts a whole record; enough of them are acknowledged at once. */
  countRecord(bytes: number): void {
    if (this.#messages === 0) return;
    this.#bytes += bytes;
    if (this.#messages >= limits.acknowledgeEveryMessages || this.#bytes >= limits.acknowledgeEveryBytes) this.#fallDue();
  }

  /** The acknowledgement, when it is due or can ride on a record that leaves anyway. */
  takeAcknowledgement(isRiding: boolean): Uint8Array | undefined {
    if (this.#messages === 0 || (!isRiding && !this.#isDue)) return undefined;
    this.clear();
    return encodeAcknowledge(this.#last);
  }

  /** Forgets that one is due: it has been said, or there is nobody to say it to. */
  clear(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#isDue = false;
    this.#messages = 0;
    this.#bytes = 0;
  }

  #fallDue(): void {
    this.#isDue = true;
    this.#due();
  }
}
