/**
 * Sealed frames of one direction of an attachment: 0x03 │ AES-256-GCM(event), with a nonce of 4 zero bytes ‖ counter u64
 * that counts frames from 0. Web Crypto works asynchronously: frames are numbered when the call is made, and the promises
 * are kept in that order.
 */
import { concat } from '../bytes.ts';
import { failure, success } from '../outcome.ts';
import type { Failure, Outcome } from '../outcome.ts';
import { decodeLiveEvent, encodeLiveEvent } from './events.ts';
import type { LiveEvent, LiveSender } from './events.ts';

export const sealedFrame = 0x03;

/** Seals events in the order of the calls; the promises resolve in that order, too. */
export class LiveSealer {
  readonly #key: CryptoKey;
  #counter = 0;
  #previous: Promise<unknown> = Promise.resolve();

  constructor(key: CryptoKey) {
    this.#key = key;
  }

  seal(event: LiveEvent): Promise<Uint8Array> {
    const sealing = crypto.subtle.encrypt({ name: 'AES-GCM', iv: nonce(this.#counter) }, this.#key, encodeLiveEvent(event));
    this.#counter += 1;
    const frame = Promise.all([sealing, this.#previous]).then(([sealed]) => concat(Uint8Array.of(sealedFrame), new Uint8Array(sealed)));
    this.#previous = frame;
    return frame;
  }
}

/** Opens frames in the order of the calls. The first that fails ends it: every later one fails with the same reason. */
export class LiveOpener {
  readonly #key: CryptoKey;
  readonly #sender: LiveSender;
  #counter = 0;
  #fault: Failure | undefined;
  #previous: Promise<unknown> = Promise.resolve();

  constructor(key: CryptoKey, sender: LiveSender) {
    this.#key = key;
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
    let plain: ArrayBuffer;
    try {
      plain = await crypto.subtle.decrypt({ name: 'AES-GCM', iv: nonce(counter) }, this.#key, frame.slice(1));
    } catch {
      return failure('record-unauthentic', `frame ${counter} did not open`);
    }
    const event = decodeLiveEvent(new Uint8Array(plain), this.#sender);
    return event === undefined ? failure('message-malformed', `frame ${counter} holds no event of the ${this.#sender}`) : success(event);
  }
}

function nonce(counter: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(12);
  new DataView(bytes.buffer).setBigUint64(4, BigInt(counter));
  return bytes;
}
