/**
 * Sealed frames of one direction of an attachment: 0x03 │ AES-256-GCM(event), with a nonce of 4 zero bytes ‖ counter u64
 * that counts frames from 0. A cipher may work asynchronously: frames are numbered when the call is made, and the promises
 * are kept in that order.
 */
import { failure, success } from '../outcome.ts';
import type { Failure, Outcome } from '../outcome.ts';
import type { LiveCipher } from './cipher.ts';
import { decodeLiveEvent, encodeLiveEvent } from './events.ts';
import type { LiveEvent, LiveSender } from './events.ts';

export const sealedFrame = 0x03;

/** Seals events in the order of the calls; the promises resolve in that order, too. */
export class LiveSealer {
  readonly #cipher: LiveCipher;
  #counter = 0;
  #previous: Promise<unknown> = Promise.resolve();

  constructor(cipher: LiveCipher) {
    this.#cipher = cipher;
  }

  seal(event: LiveEvent): Promise<Uint8Array> {
    const sealing = this.#cipher.seal(nonce(this.#counter), encodeLiveEvent(event), sealedFrame);
    this.#counter += 1;
    const frame = Promise.all([sealing, this.#previous]).then(([sealed]) => sealed);
    this.#previous = frame;
    return frame;
  }
}

/** Opens frames in the order of the calls. The first that fails ends it: every later one fails with the same reason. */
export class LiveOpener {
  readonly #cipher: LiveCipher;
  readonly #sender: LiveSender;
  #counter = 0;
  #fault: Failure | undefined;
  #previous: Promise<unknown> = Promise.resolve();

  constructor(cipher: LiveCipher, sender: LiveSender) {
    this.#cipher = cipher;
    this.#sender = sender;
  }

  /** Fails with `record-unauthentic`, or `message-malformed` when the other end itself wrote nonsense. */
  open(frame: Uint8Array): Promise<Outcome<LiveEvent>> {
    const opening = this.#decrypt(frame, this.#counter);
    this.#counter += 1;
    const event = Promise.all([opening, this.#previous]).then(([outcome]) => this.#judge(outcome));
    this.#previous = event;
    return event;
  }

  #judge(outcome: Outcome<LiveEvent>): Outcome<LiveEvent> {
    if (this.#fault === undefined && !outcome.ok) this.#fault = outcome;
    return this.#fault ?? outcome;
  }

  async #decrypt(frame: Uint8Array, counter: number): Promise<Outcome<LiveEvent>> {
    if (frame[0] !== sealedFrame) return failure('record-unauthentic', 'a frame is not sealed');
    const plain = await this.#cipher.open(nonce(counter), frame.subarray(1));
    if (plain === undefined) return failure('record-unauthentic', `frame ${counter} did not open`);
    const event = decodeLiveEvent(plain, this.#sender);
    return event === undefined ? failure('message-malformed', `frame ${counter} holds no event of the ${this.#sender}`) : success(event);
  }
}

function nonce(counter: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(12);
  new DataView(bytes.buffer).setBigUint64(4, BigInt(counter));
  return bytes;
}
