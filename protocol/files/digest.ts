/**
 * The digest by which a transfer is checked: over blocks of 1 MiB, the last one shorter, each step
 *
 *   state = SHA-256(state ‖ SHA-256(block)),  32 zeros before the first
 *
 * Not SHA-256 of it all, since Web Crypto has none that goes in steps; and so that what is known of a beginning is 32 bytes.
 * For comparing with `sha256sum` there is the primitive `file.hash`.
 */
import { concat } from '../bytes.ts';

export const digestBlockBytes = 1024 * 1024;

const zeroBlock = new Uint8Array(digestBlockBytes);

export class FileDigest {
  #state: Promise<Uint8Array> = Promise.resolve(new Uint8Array(32));
  #block = new Uint8Array(digestBlockBytes);
  #filled = 0;

  /** Takes the next bytes; resolves when there is room for more. They may be changed afterwards. */
  async add(bytes: Uint8Array): Promise<void> {
    for (let rest = bytes; rest.byteLength > 0;) {
      const part = rest.subarray(0, digestBlockBytes - this.#filled);
      this.#block.set(part, this.#filled);
      this.#filled += part.byteLength;
      rest = rest.subarray(part.byteLength);
      if (this.#filled === digestBlockBytes) await this.#step();
    }
  }

  async addZeros(length: number): Promise<void> {
    for (let left = length; left > 0; left -= digestBlockBytes) await this.add(zeroBlock.subarray(0, Math.min(left, digestBlockBytes)));
  }

  /** Of all that was added until now; more may follow. */
  async value(): Promise<Uint8Array> {
    return this.#filled === 0 ? this.#state : stepped(this.#state, hashed(this.#block.slice(0, this.#filled)));
  }

  /** One block is worked on while the next one fills. */
  async #step(): Promise<void> {
    const before = this.#state;
    const full = this.#block;
    this.#state = stepped(before, hashed(full));
    this.#block = new Uint8Array(digestBlockBytes);
    this.#filled = 0;
    await before;
  }
}

async function stepped(state: Promise<Uint8Array>, block: Promise<Uint8Array>): Promise<Uint8Array> {
  return hashed(concat(await state, await block));
}

/** By Web Crypto in Node as well: there it works in another thread. */
async function hashed(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
}
