/**
 * The content of an open file in order, read ahead, with its zeros told apart where the file has holes.
 */
import type { BigIntStats } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { limits } from '../../../protocol/limits.ts';

export type ContentPart = { readonly bytes: Uint8Array } | { readonly zeros: number };

const zeros = Buffer.alloc(limits.fileReadBytes);

/**
 * From byte `from` on, up to `to`, or to the end where the system does not know its length. The bytes of a part hold until the
 * next one is asked for. A file that has become shorter ends early.
 */
export async function* contentOf(file: FileHandle, { from, to }: { readonly from: number; readonly to: number | undefined }, isSparse: boolean): AsyncGenerator<ContentPart> {
  const buffers = [Buffer.allocUnsafeSlow(limits.fileReadBytes), Buffer.allocUnsafeSlow(limits.fileReadBytes)] as const;
  const read = (index: number, at: number): Promise<Buffer> => readAt(file, buffers[index % 2 === 0 ? 0 : 1], { at, most: (to ?? Number.POSITIVE_INFINITY) - at });
  let next = read(0, from);
  try {
    for (let index = 1, at = from; ; index += 1) {
      const bytes = await next;
      if (bytes.byteLength === 0) return;
      at += bytes.byteLength;
      next = read(index, at);
      yield isSparse && bytes.equals(zeros.subarray(0, bytes.byteLength)) ? { zeros: bytes.byteLength } : { bytes };
    }
  } finally {
    // what is read ahead must not be read from a closed file
    await next.catch(() => undefined);
  }
}

/** Whether it takes less on the disk than it is long. */
export function hasHoles({ blocks, size }: BigIntStats): boolean {
  return blocks * 512n < size;
}

/** How long it is; undefined for what the system makes while it is read, as in /proc. */
export function lengthOf({ size }: BigIntStats): number | undefined {
  return size === 0n ? undefined : Number(size);
}

async function readAt(file: FileHandle, buffer: Buffer, { at, most }: { readonly at: number; readonly most: number }): Promise<Buffer> {
  if (most <= 0) return buffer.subarray(0, 0);
  const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.byteLength, most), at);
  return buffer.subarray(0, bytesRead);
}
