/**
 * Control messages: cut into parts that fit a record on one end, put together on the other. Parts of different priorities
 * cross one another on the way, so each priority has its own of both.
 */
import { limits } from '../limits.ts';
import { Fifo } from './fifo.ts';
import type { Source } from './send-queue.ts';
import type { Body, Priority } from './wire.ts';

/** Reckoned for each message besides its bytes, so that very many very small ones count as well. */
const keepingBytes = 64;

/** Messages of one priority that wait to leave. */
export class MessageSource implements Source {
  readonly #priority: Priority;
  readonly #messages = new Fifo<Uint8Array>();
  /** Bytes of the first message that have left. */
  #offset = 0;
  #waitingBytes = 0;

  constructor(priority: Priority) {
    this.#priority = priority;
  }

  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  push(message: Uint8Array): void {
    this.#messages.push(message);
    this.#waitingBytes += message.byteLength + keepingBytes;
  }

  next(): Body | undefined {
    const message = this.#messages.at(0);
    if (message === undefined) return undefined;
    const bytes = message.subarray(this.#offset, this.#offset + limits.maxMessageBytes);
    this.#offset += bytes.byteLength;
    const isMore = this.#offset < message.byteLength;
    if (!isMore) this.#finish(message);
    return { kind: 'part', priority: this.#priority, isMore, bytes };
  }

  #finish(message: Uint8Array): void {
    this.#messages.shift();
    this.#offset = 0;
    this.#waitingBytes -= message.byteLength + keepingBytes;
  }
}

/** A message of one priority as it comes in. Its memory doubles as needed, so that tiny parts cost no more than large ones. */
export class MessageAssembler {
  #memory = new Uint8Array(0);
  #length = 0;

  /** The whole message when `bytes` was its last part, `waiting` when more must come, `malformed` when it is too large or a part holds nothing. */
  add(bytes: Uint8Array, isMore: boolean): Uint8Array | 'waiting' | 'malformed' {
    const length = this.#length + bytes.byteLength;
    if (length > limits.maxControlBytes || (isMore && bytes.byteLength === 0)) return 'malformed';
    if (!isMore && this.#length === 0) return bytes;
    this.#reserve(length);
    this.#memory.set(bytes, this.#length);
    this.#length = length;
    return isMore ? 'waiting' : this.#take();
  }

  #reserve(length: number): void {
    if (length <= this.#memory.byteLength) return;
    const larger = new Uint8Array(Math.max(length, Math.min(2 * this.#memory.byteLength, limits.maxControlBytes)));
    larger.set(this.#memory.subarray(0, this.#length));
    this.#memory = larger;
  }

  #take(): Uint8Array {
    const message = this.#memory.subarray(0, this.#length);
    this.#memory = new Uint8Array(0);
    this.#length = 0;
    return message;
  }
}
