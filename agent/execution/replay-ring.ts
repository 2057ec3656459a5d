/**
 * The last output of a live run, by offset, so that a returning console gets what it missed. Both channels share the
 * one count of bytes.
 */
import type { OutputChannel } from './output.ts';

export type OutputPiece = { readonly channel: OutputChannel; readonly bytes: Uint8Array };

type Held = OutputPiece & { readonly offset: number };

/** Small pieces of one channel are put together up to this, so that typing does not make an object for each letter. */
const joinBelowBytes = 4096;
/** What a piece takes besides its bytes, about. */
const pieceOverheadBytes = 256;

export class ReplayRing {
  readonly #capacityBytes: number;
  #held: Held[] = [];
  #to = 0;

  constructor(capacityBytes: number) {
    this.#capacityBytes = capacityBytes;
  }

  /** Offset of the oldest byte that is still here. */
  get from(): number {
    return this.#held[0]?.offset ?? this.#to;
  }

  /** Offset behind the newest byte: all that was ever added. */
  get to(): number {
    return this.#to;
  }

  /** What it takes in memory, about. */
  get heldBytes(): number {
    return this.#to - this.from + this.#held.length * pieceOverheadBytes;
  }

  add(channel: OutputChannel, bytes: Uint8Array): void {
    const last = this.#held.at(-1);
    if (last !== undefined && last.channel === channel && last.bytes.byteLength + bytes.byteLength <= joinBelowBytes) {
      this.#held[this.#held.length - 1] = { ...last, bytes: Buffer.concat([last.bytes, bytes]) };
    } else {
      // a copy: a view would keep all of the buffer that it was read into, up to three times as much
      this.#held.push({ channel, bytes: Uint8Array.from(bytes), offset: this.#to });
    }
    this.#to += bytes.byteLength;
    while (this.#held.length > 1 && this.#to - this.from > this.#capacityBytes) this.#held.shift();
  }

  /** At most `maxBytes` of one channel from `offset` on; undefined when there is nothing newer. */
  read(offset: number, maxBytes: number): OutputPiece | undefined {
    const piece = this.#held.findLast((held) => held.offset <= offset);
    if (piece === undefined || offset >= this.#to) return undefined;
    const start = offset - piece.offset;
    return { channel: piece.channel, bytes: piece.bytes.subarray(start, start + maxBytes) };
  }
}
