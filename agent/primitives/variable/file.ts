/**
 * A text file as a value.
 */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { textOf } from '../../../protocol/bytes.ts';
import { limits } from '../../../protocol/limits.ts';
import { failure, success } from '../../../protocol/outcome.ts';
import type { Outcome } from '../../../protocol/outcome.ts';
import { systemFailure } from '../system-failure.ts';

/** Its whole text. A pipe or device would give no end, or make us wait for one: only ordinary files are read. */
export async function fileText(path: string): Promise<Outcome<string>> {
  try {
    await using file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    if (!(await file.stat()).isFile()) return failure('not-a-file', path);
    const bytes = await readUpTo(file, limits.maxVariableBytes + 1);
    if (bytes.byteLength > limits.maxVariableBytes) return failure('not-supported', `${path} has more than the ${limits.maxVariableBytes} bytes that a variable holds`);
    const text = textOf(bytes);
    return text === undefined ? failure('not-supported', `${path} is not UTF-8 text`) : success(text);
  } catch (error) {
    return systemFailure(error, path);
  }
}

/** Files of /proc say that they have no size: so until nothing more comes. */
async function readUpTo(file: FileHandle, maxBytes: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(maxBytes);
  let filled = 0;
  while (filled < maxBytes) {
    const { bytesRead } = await file.read(bytes, filled, maxBytes - filled, null);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}
