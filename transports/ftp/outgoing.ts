/**
 * Frames that wait to leave, as many in one batch as fit, and the ending behind the last of them.
 */
import { limits } from '../../protocol/limits.ts';
import { sizeInBatch } from './batch.ts';
import type { Batch, Ending } from './batch.ts';

export class Outgoing {
  #frames: Uint8Array[] = [];
  #bytes = 0;
  #isFull = false;
  #ending: Ending = 'none';

  get isEnded(): boolean {
    return this.#ending !== 'none';
  }

  get isEmpty(): boolean {
    return this.#frames.length === 0 && !this.isEnded;
  }

  /** False: more than `limits.transportHighWaterBytes` wait. */
  push(frame: Uint8Array): boolean {
    this.#frames.push(Uint8Array.from(frame));
    this.#bytes += sizeInBatch(frame);
    this.#isFull ||= this.#bytes > limits.transportHighWaterBytes;
    return !this.#isFull;
  }

  /** Nothing more comes; the first reason counts. */
  end(ending: Ending): void {
    if (!this.isEnded) this.#ending = ending;
  }

  /** The next batch. Its ending is there when nothing is left behind it. */
  next(number: number): Batch {
    let count = 0;
    let bytes = 0;
    for (const frame of this.#frames) {
      if (bytes + sizeInBatch(frame) > limits.ftpBatchBytes) break;
      bytes += sizeInBatch(frame);
      count += 1;
    }
    const frames = this.#frames.splice(0, count);
    this.#bytes -= bytes;
    return { number, frames, ending: this.#frames.length === 0 ? this.#ending : 'none' };
  }

  /** True once after it was full: there is room again. */
  hasDrained(): boolean {
    if (!this.#isFull || this.#bytes > limits.transportHighWaterBytes / 2) return false;
    this.#isFull = false;
    return true;
  }
}
