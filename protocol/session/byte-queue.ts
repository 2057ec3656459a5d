/**
 * Bytes that wait to leave, put in as they come and taken out in pieces of any size.
 */
import { Fifo } from './fifo.ts';

export class ByteQueue {
  readonly #chunks = new Fifo<Uint8Array>();
  /** Of the first chunk: bytes that have been taken. */
  #offset = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Keeps `chunk` itself, not a copy: its owner must not change it any more. */
  push(chunk: Uint8Array): void {
    if (chunk.byteLength === 0) return;
    this.#chunks.push(chunk);
    this.#length += chunk.byteLength;
  }

  /** The next bytes, at most `maxBytes`; small chunks are put together. */
  take(maxBytes: number): Uint8Array {
    const first = this.#takeFromFirst(maxBytes);
    if (first.byteLength >= Math.min(maxBytes, first.byteLength + this.#length)) return first;
    const joined = new Uint8Array(Math.min(maxBytes, first.byteLength + this.#length));
    joined.set(first);
    for (let filled = first.byteLength; filled < joined.byteLength;) {
      const piece = this.#takeFromFirst(joined.byteLength - filled);
      joined.set(piece, filled);
      filled += piece.byteLength;
    }
    return joined;
  }

  clear(): void {
    this.#chunks.clear();
    this.#offset = 0;
    this.#length = 0;
  }

  #takeFromFirst(maxBytes: number): Uint8Array {
    const chunk = this.#chunks.at(0) ?? new Uint8Array(0);
    const piece = chunk.subarray(this.#offset, this.#offset + maxBytes);
    this.#offset += piece.byteLength;
    this.#length -= piece.byteLength;
    if (this.#offset === chunk.byteLength) {
      this.#chunks.shift();
      this.#offset = 0;
    }
    return piece;
  }
}
