/**
 * One directory, opened where it was looked at, and its names as the disk gives them.
 */
import { constants } from 'node:fs';
import { lstat, open, opendir } from 'node:fs/promises';
import { failure, success } from '../../../protocol/outcome.ts';
import type { Outcome } from '../../../protocol/outcome.ts';
import { encoded } from './names.ts';
import type { Path } from './names.ts';

export type OpenDirectory = { readonly at: Path; close(): Promise<void> };

/**
 * Opens a directory; with `noFollow` (O_NOFOLLOW) not through a link, which is `outside-root`: what was a directory a moment ago may be a link
 * now. On Linux what is read from then on is this very directory, whatever its name stands for meanwhile.
 */
export async function openDirectory(at: Path, noFollow: number): Promise<Outcome<OpenDirectory>> {
  if (process.platform !== 'linux') return success({ at, close: () => Promise.resolve() });
  try {
    const handle = await open(at, constants.O_RDONLY | constants.O_DIRECTORY | noFollow);
    return success({ at: encoded(`/proc/self/fd/${handle.fd}`), close: () => handle.close() });
  } catch (error) {
    const found = noFollow === 0 ? undefined : await lstat(at).catch(goneMeanwhile);
    if (found?.isSymbolicLink() === true) return failure('outside-root', 'it is a link');
    throw error;
  }
}

/** Names read from the disk at once: a million would take as many trips otherwise. */
const readAhead = 4096;

export async function* namesOf(at: Path): AsyncGenerator<Buffer> {
  // the library's types know no names as bytes here
  const directory = await opendir(at, { bufferSize: readAhead, encoding: 'buffer' as BufferEncoding });
  for await (const { name } of directory) yield Buffer.from(name);
}

/** For what was listed a moment ago and is not there any more. */
export function goneMeanwhile(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
  throw error;
}
