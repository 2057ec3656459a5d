/**
 * Where a download goes: straight into a file that the person has chosen, where the browser can do that; else into the
 * page, up to a bound, and from there to the person's downloads. Both keep what has come until it is dropped.
 */
import { limits } from '../../../protocol/limits.ts';
import { failure, success } from '../../../protocol/outcome.ts';
import type { Outcome } from '../../../protocol/outcome.ts';
import type { FileSink } from '../../client/files/download.ts';
import { byteSize } from './words.ts';

export type PageSink = FileSink & {
  /** Stopped for now: what has come is put where the next attempt finds it. */
  pause(): Promise<void>;
  /** It will not be gone on with: nothing of it stays. */
  drop(): Promise<void>;
};

/** Part of the File System Access API that TypeScript does not know yet; absent in some browsers. */
type SaveWindow = Window & { showSaveFilePicker?: (options: { readonly suggestedName: string }) => Promise<FileSystemFileHandle> };
type RemovableHandle = FileSystemFileHandle & { remove?: () => Promise<void> };

/** Must be called in the moment of a click. Undefined: the person has chosen no place. */
export async function openSink(name: string): Promise<PageSink | undefined> {
  const page: SaveWindow = window;
  if (page.showSaveFilePicker === undefined) return new BlobSink(name);
  try {
    return new ChosenFileSink(await page.showSaveFilePicker({ suggestedName: name }));
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') return undefined;
    return new BlobSink(name);
  }
}

/** The browser writes beside the file and puts it in its place when it is closed. */
class ChosenFileSink implements PageSink {
  readonly #file: RemovableHandle;
  #open: FileSystemWritableFileStream | undefined;
  /** Bytes that are in the file, or were written to what is open. */
  #bytes = 0;

  constructor(file: FileSystemFileHandle) {
    this.#file = file;
  }

  /** Of an attempt in this page; what stood in the file before is not ours. */
  async kept(): Promise<AsyncIterable<Uint8Array>> {
    await this.pause();
    const content = (await this.#file.getFile()).slice(0, this.#bytes);
    return pieces(content);
  }

  async restart(): Promise<Outcome<void>> {
    await this.#open?.abort();
    this.#open = undefined;
    this.#bytes = 0;
    return success(undefined);
  }

  write(bytes: Uint8Array): Promise<Outcome<void>> {
    return this.#do(bytes.byteLength, async (open) => open.write(Uint8Array.from(bytes)));
  }

  zeros(length: number): Promise<Outcome<void>> {
    const to = this.#bytes + length;
    return this.#do(length, async (open) => {
      await open.truncate(to);
      await open.seek(to);
    });
  }

  async finish(): Promise<Outcome<void>> {
    const written = await this.#do(0, (open) => open.close());
    this.#open = undefined;
    return written;
  }

  async pause(): Promise<void> {
    await this.#open?.close();
    this.#open = undefined;
  }

  async drop(): Promise<void> {
    await this.#open?.abort();
    this.#open = undefined;
    if (this.#bytes > 0) await this.#file.remove?.();
  }

  async #do(bytes: number, act: (open: FileSystemWritableFileStream) => Promise<void>): Promise<Outcome<void>> {
    try {
      await act((this.#open ??= await this.#goOn()));
      this.#bytes += bytes;
      return success(undefined);
    } catch (error) {
      return diskFailure(error);
    }
  }

  async #goOn(): Promise<FileSystemWritableFileStream> {
    const open = await this.#file.createWritable({ keepExistingData: this.#bytes > 0 });
    if (this.#bytes > 0) {
      await open.truncate(this.#bytes);
      await open.seek(this.#bytes);
    }
    return open;
  }
}

/** Held by the page, which has a bound; given to the browser as a download when it is whole. */
class BlobSink implements PageSink {
  readonly #name: string;
  #parts: Blob[] = [];
  #bytes = 0;

  constructor(name: string) {
    this.#name = name;
  }

  async kept(): Promise<AsyncIterable<Uint8Array>> {
    return pieces(new Blob(this.#parts));
  }

  async restart(): Promise<Outcome<void>> {
    this.#parts = [];
    this.#bytes = 0;
    return success(undefined);
  }

  async write(bytes: Uint8Array): Promise<Outcome<void>> {
    return this.#add(bytes.byteLength, () => [new Blob([Uint8Array.from(bytes)])]);
  }

  /** One block of zeros stands for all of them: a blob of blobs holds it once. */
  async zeros(length: number): Promise<Outcome<void>> {
    const block = new Blob([new Uint8Array(Math.min(length, limits.fileReadBytes))]);
    const blocks = (): Blob[] => Array.from({ length: Math.ceil(length / block.size) }, (_, index) => block.slice(0, Math.min(block.size, length - index * block.size)));
    return this.#add(length, blocks);
  }

  async finish(): Promise<Outcome<void>> {
    offer(new Blob(this.#parts), this.#name);
    this.#parts = [];
    return success(undefined);
  }

  async pause(): Promise<void> {}

  async drop(): Promise<void> {
    await this.restart();
  }

  #add(length: number, parts: () => readonly Blob[]): Outcome<void> {
    if (this.#bytes + length > limits.maxPageDownloadBytes) {
      return failure('not-supported', `this browser can save files of up to ${byteSize(limits.maxPageDownloadBytes)}; Chromium and Edge save larger ones, and so does behest get`);
    }
    this.#parts.push(...parts());
    this.#bytes += length;
    return success(undefined);
  }
}

async function* pieces(content: Blob): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < content.size; at += limits.fileReadBytes) yield new Uint8Array(await content.slice(at, at + limits.fileReadBytes).arrayBuffer());
}

/** How long the browser is given to take a download up before its content is let go. */
const takenUpMs = 60_000;

function offer(content: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), takenUpMs);
}

function diskFailure(error: unknown): Outcome<void> {
  if (!(error instanceof DOMException)) throw error;
  if (error.name === 'QuotaExceededError') return failure('disk-full', `here: ${error.message}`);
  return error.name === 'NotAllowedError' ? failure('not-permitted', `here: ${error.message}`) : failure('disk-error', `here: ${error.message}`);
}
