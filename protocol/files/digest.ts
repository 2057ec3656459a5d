/**
 * The digest by which a transfer is checked: over blocks of 1 MiB, the last one shorter, each step
 *
 *   state = SHA-256(state ‖ SHA-256(block)),  32 zeros before the first
 *
 * Not SHA-256 of it all, since Web Crypto has none that goes in steps; and so that what is known of a beginning is 32 bytes.
 * For comparing with `sha256sum` there is the primitive `file.hash`.
 */
import { concat } from '../bytes.ts';
import { sha256 } from '../crypto.ts';

export const digestBlockBytes = 1024 * 1024;

const zeroBlock = new Uint8Array(digestBlockBytes);

export class FileDigest {
  #state: Uint8Array = new Uint8Array(32);
  readonly #block = new Uint8Array(digestBlockBytes);
  #filled = 0;

  /** Takes the next bytes; resolves when there is room for more. */
  async add(bytes: Uint8Array): Promise<void> {
    for (let rest = bytes; rest.byteLength > 0;) {
      if (this.#filled === 0 && rest.byteLength >= digestBlockBytes) {
        this.#state = await stepped(this.#state, rest.subarray(0, digestBlockBytes));
        rest = rest.subarray(digestBlockBytes);
      } else rest = await this.#fill(rest);
    }
  }

  async addZeros(length: number): Promise<void> {
    for (let left = length; left > 0; left -= digestBlockBytes) await this.add(zeroBlock.subarray(0, Math.min(left, digestBlockBytes)));
  }

  /** Of all that was added until now; more may follow. */
  async value(): Promise<Uint8Array> {
    return this.#filled === 0 ? this.#state : stepped(this.#state, this.#block.subarray(0, this.#filled));
  }

  /** Takes what the present block has room for, and gives the rest. */
  async #fill(bytes: Uint8Array): Promise<Uint8Array> {
    const part = bytes.subarray(0, digestBlockBytes - this.#filled);
    this.#block.set(part, this.#filled);
    this.#filled += part.byteLength;
    if (this.#filled === digestBlockBytes) {
      this.#state = await stepped(this.#state, this.#block);
      this.#filled = 0;
    }
    return bytes.subarray(part.byteLength);
  }
}

async function stepped(state: Uint8Array, block: Uint8Array): Promise<Uint8Array> {
  return sha256(concat(state, await sha256(block)));
}
