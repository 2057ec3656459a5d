/**
 * Writing a file from some byte on: collected into large blocks, one of which is written while the next one fills, and with
 * holes for zeros. What the system refuses is thrown, at the latest by `flush`.
 */
import type { FileHandle } from 'node:fs/promises';

const blockBytes = 1024 * 1024;

export class SequentialFile {
  readonly #file: FileHandle;
  /** Where the first byte of the present block belongs. */
  #start: number;
  #filled = 0;
  #block = Buffer.allocUnsafeSlow(blockBytes);
  #spare = Buffer.allocUnsafeSlow(blockBytes);
  #writing: Promise<void> = Promise.resolve();

  constructor(file: FileHandle, from: number) {
    this.#file = file;
    this.#start = from;
  }

  /** Where the next byte goes. */
  get position(): number {
    return this.#start + this.#filled;
  }

  /** Takes bytes, which may be changed when it has resolved. */
  async write(bytes: Uint8Array): Promise<void> {
    for (let rest = bytes; rest.byteLength > 0;) {
      const part = rest.subarray(0, blockBytes - this.#filled);
      this.#block.set(part, this.#filled);
      this.#filled += part.byteLength;
      rest = rest.subarray(part.byteLength);
      if (this.#filled === blockBytes) await this.#writeBlock();
    }
  }

  /** So many zeros: the file is as long as they say, and holds nothing there. */
  async zeros(length: number): Promise<void> {
    await this.flush();
    this.#start += length;
    await this.#file.truncate(this.#start);
  }

  /** All that was taken has been given to the system. */
  async flush(): Promise<void> {
    if (this.#filled > 0) await this.#writeBlock();
    await this.#writing;
  }

  async #writeBlock(): Promise<void> {
    await this.#writing;
    const [full, length, position] = [this.#block, this.#filled, this.#start];
    [this.#block, this.#spare] = [this.#spare, this.#block];
    this.#start += length;
    this.#filled = 0;
    this.#writing = writeAll(this.#file, full.subarray(0, length), position);
    // whoever writes next hears of it
    this.#writing.catch(() => undefined);
  }
}

/** A disk that fills up takes less than it was given, before it refuses. */
async function writeAll(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.byteLength;) {
    const { bytesWritten } = await file.write(bytes, done, bytes.byteLength - done, position + done);
    done += bytesWritten;
  }
}
