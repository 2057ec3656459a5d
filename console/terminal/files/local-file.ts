/**
 * console/terminal/files: files of this machine as ends of a transfer, and what `get` and `put` share.
 *
 * This file: where a download grows, beside the place it is for, and where an upload comes from.
 */
import { constants } from 'node:fs';
import { chmod, open, rename, stat, utimes } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { SequentialFile } from '../../../disk/sequential-file.ts';
import type { ReadAbout } from '../../../protocol/files/facts.ts';
import { limits } from '../../../protocol/limits.ts';
import { failure, success } from '../../../protocol/outcome.ts';
import type { Failure, Outcome } from '../../../protocol/outcome.ts';
import type { FileSink } from '../../client/files/download.ts';
import type { FileSource } from '../../client/files/upload.ts';

/** A download on its way to `path`: it grows as `.NAME.behest-part` beside it, where the next attempt finds it. */
export class LocalSink implements FileSink {
  readonly #path: string;
  readonly #partial: string;
  readonly #file: FileHandle;
  #writer: SequentialFile;

  private constructor(path: string, partial: string, file: FileHandle) {
    this.#path = path;
    this.#partial = partial;
    this.#file = file;
    this.#writer = new SequentialFile(file, 0);
  }

  static async open(path: string): Promise<Outcome<LocalSink>> {
    const partial = join(dirname(path), `.${basename(path)}.behest-part`);
    try {
      return success(new LocalSink(path, partial, await open(partial, constants.O_RDWR | constants.O_CREAT, 0o600)));
    } catch (error) {
      return localFailure(error, partial);
    }
  }

  async kept(): Promise<AsyncIterable<Uint8Array>> {
    const { size } = await this.#file.stat();
    this.#writer = new SequentialFile(this.#file, size);
    return contentOf(this.#file, size);
  }

  restart(): Promise<Outcome<void>> {
    this.#writer = new SequentialFile(this.#file, 0);
    return this.#guard(() => this.#file.truncate(0));
  }

  write(bytes: Uint8Array): Promise<Outcome<void>> {
    return this.#guard(() => this.#writer.write(bytes));
  }

  zeros(length: number): Promise<Outcome<void>> {
    return this.#guard(() => this.#writer.zeros(length));
  }

  finish({ mode, modifiedMs }: ReadAbout): Promise<Outcome<void>> {
    return this.#guard(async () => {
      await this.#writer.flush();
      await chmod(this.#partial, mode === undefined ? 0o666 & ~process.umask() : Number.parseInt(mode, 8) & 0o777);
      await utimes(this.#partial, new Date(), new Date(modifiedMs));
      await this.#file.sync();
      await rename(this.#partial, this.#path);
    });
  }

  async close(): Promise<void> {
    await this.#writer.flush().catch(() => undefined);
    await this.#file.close();
  }

  async #guard(act: () => Promise<void>): Promise<Outcome<void>> {
    try {
      await act();
      return success(undefined);
    } catch (error) {
      return localFailure(error, this.#path);
    }
  }
}

export type OpenSource = { readonly source: FileSource; close(): Promise<void> };

export async function openSource(path: string): Promise<Outcome<OpenSource>> {
  try {
    const before = await stat(path);
    if (!before.isFile()) return failure('not-a-file', `${path} here`);
    const file = await open(path, constants.O_RDONLY);
    const { size, mtimeMs, mode } = await file.stat();
    const source: FileSource = {
      size,
      modifiedMs: Math.floor(mtimeMs),
      mode: (mode & 0o7777).toString(8).padStart(4, '0'),
      read: (from, to) => readAll(file, path, { from, to }),
    };
    return success({ source, close: () => file.close() });
  } catch (error) {
    return localFailure(error, path);
  }
}

async function readAll(file: FileHandle, path: string, { from, to }: { readonly from: number; readonly to: number }): Promise<Outcome<Uint8Array>> {
  try {
    const buffer = Buffer.allocUnsafeSlow(to - from);
    const { bytesRead } = await file.read(buffer, 0, buffer.byteLength, from);
    return bytesRead === buffer.byteLength ? success(buffer) : failure('changed-meanwhile', `${path} has become shorter`);
  } catch (error) {
    return localFailure(error, path);
  }
}

async function* contentOf(file: FileHandle, size: number): AsyncGenerator<Uint8Array> {
  const buffer = Buffer.allocUnsafeSlow(limits.fileReadBytes);
  for (let at = 0; at < size;) {
    const { bytesRead } = await file.read(buffer, 0, buffer.byteLength, at);
    if (bytesRead === 0) return;
    at += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

const codes: Readonly<Record<string, Failure['code']>> = {
  ENOENT: 'not-found', EACCES: 'not-permitted', EPERM: 'not-permitted', EROFS: 'not-permitted', ENOTDIR: 'not-a-directory', EISDIR: 'not-a-file',
  ENOSPC: 'disk-full', EDQUOT: 'disk-full', EFBIG: 'disk-full', ENAMETOOLONG: 'path-too-long', EBUSY: 'busy', ETXTBSY: 'busy', ENOTEMPTY: 'not-empty', EEXIST: 'already-exists',
};

/** What this machine's system refused. Anything unknown is a bug and thrown on. */
export function localFailure(error: unknown, path: string): Failure {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? codes[error.code] : undefined;
  if (code === undefined) throw error;
  return failure(code, `${path}, on this machine`);
}
