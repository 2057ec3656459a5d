/**
 * Input of a live stream on its way to a program: bounded, counted, and kept until the far end has it, so that a cut
 * costs nothing. Offsets count bytes from the beginning of the stream.
 */
import { limits } from '../../protocol/limits.ts';
import { maxLiveBytes } from '../../protocol/live-stream.ts';

/** A piece is not cut to fit less credit than this: ever smaller ones would follow, as each brings its own size as credit again. */
const leastPieceBytes = limits.streamCreditBytes / 16;

export class InputQueue {
  /** Input from `#start` on, in order. */
  #kept: Uint8Array[] = [];
  #start = 0;
  /** Where the next byte to send stands. */
  #sent = 0;
  #end = 0;
  #waiting: (() => void)[] = [];

  /** Adds bytes; resolves when there is room for more. */
  push(bytes: Uint8Array): Promise<void> {
    if (bytes.byteLength === 0) return Promise.resolve();
    this.#kept.push(bytes);
    this.#end += bytes.byteLength;
    if (this.#hasRoom()) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** All that was pushed has been handed out. */
  get sentAll(): boolean {
    return this.#sent === this.#end;
  }

  /** The next piece to send, as far as the reader's credit goes. */
  next(): Uint8Array | undefined {
    const credit = limits.streamCreditBytes - (this.#sent - this.#start);
    if (credit <= 0 || this.sentAll) return undefined;
    let before = this.#start;
    for (const bytes of this.#kept) {
      if (this.#sent < before + bytes.byteLength) {
        const whole = bytes.subarray(this.#sent - before).subarray(0, maxLiveBytes);
        if (credit < whole.byteLength && credit < leastPieceBytes) return undefined;
        const piece = whole.subarray(0, credit);
        this.#sent += piece.byteLength;
        return piece;
      }
      before += bytes.byteLength;
    }
    return undefined;
  }

  /** The reader has dealt with so many bytes more. */
  taken(bytes: number): void {
    this.#forget(Math.min(this.#start + bytes, this.#sent));
  }

  /** After a cut: the far end has everything before `received`; the rest is sent again, under fresh credit. */
  resumeAt(received: number): void {
    if (this.#sent === 0 && this.#start === 0) this.#shift(received);
    this.#sent = Math.max(received, this.#start);
    this.#forget(Math.min(this.#sent, this.#end));
  }

  /** A console that takes over a running stream begins where the one before it stopped. */
  #shift(by: number): void {
    this.#start += by;
    this.#end += by;
  }

  #forget(upTo: number): void {
    while (this.#start < upTo) {
      const first = this.#kept[0];
      if (first === undefined) break;
      const gone = Math.min(first.byteLength, upTo - this.#start);
      this.#start += gone;
      if (gone === first.byteLength) this.#kept.shift();
      else this.#kept[0] = first.subarray(gone);
    }
    if (this.#hasRoom()) for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #hasRoom(): boolean {
    return this.#end - this.#start < limits.streamCreditBytes;
  }
}
