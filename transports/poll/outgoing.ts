/** The sending half that both ends of a poll share: frames wait here until a body takes them along. */
import { limits } from '../../protocol/limits.ts';
import { fitting } from './bodies.ts';

export class Outgoing {
  #frames: Uint8Array[] = [];
  #bytes = 0;
  #isFull = false;
  readonly #drained: () => void;

  /** `drained` is called when there is room again after `push` returned false. */
  constructor(drained: () => void) {
    this.#drained = drained;
  }

  get isEmpty(): boolean {
    return this.#frames.length === 0;
  }

  push(frame: Uint8Array): boolean {
    this.#frames.push(frame);
    this.#bytes += frame.byteLength;
    this.#isFull ||= this.#bytes > limits.transportHighWaterBytes;
    return !this.#isFull;
  }

  /** As many frames as one body holds. */
  take(): readonly Uint8Array[] {
    const taken = this.#frames.splice(0, fitting(this.#frames));
    for (const frame of taken) this.#bytes -= frame.byteLength;
    if (this.#isFull && this.#bytes <= limits.transportHighWaterBytes / 2) {
      this.#isFull = false;
      queueMicrotask(this.#drained);
    }
    return taken;
  }
}
