/**
 * One file of the FTP transport: a batch of frames, whole or refused.
 *
 * | bytes       | what                                                                                   |
 * | ----------- | -------------------------------------------------------------------------------------- |
 * | 4           | `BFT1`                                                                                 |
 * | 4           | number of the batch, from 1, so that a file under another's name is noticed            |
 * | 4           | length of the frames below                                                             |
 * | 1           | ending: 0 more may follow, otherwise the last batch of this side and why (`endings`)   |
 * | length      | frame after frame, each with its length (2 bytes) before it                            |
 * | 32          | SHA-256 of everything before it                                                        |
 *
 * Numbers are big-endian. The hash guards against files cut short or altered by accident; that nobody alters them on
 * purpose is the channel's to see.
 */
import { createHash } from 'node:crypto';
import { concat, sameBytes, utf8 } from '../../protocol/bytes.ts';
import { limits } from '../../protocol/limits.ts';
import { failure, success } from '../../protocol/outcome.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import type { TransportClosed } from '../../protocol/transport.ts';

/** Why a side sends no more, by the byte that says so. A number is never used again. */
export const endings = ['none', 'closed', 'frame-too-large', 'overrun', 'message-malformed'] as const;
export type Ending = (typeof endings)[number];

export type Batch = { readonly number: number; readonly frames: readonly Uint8Array[]; readonly ending: Ending };

const magic = utf8('BFT1');
const headerBytes = magic.length + 4 + 4 + 1;
const hashBytes = 32;
const lengthBytes = 2;

/** What a frame takes in a batch. */
export function sizeInBatch(frame: Uint8Array): number {
  return lengthBytes + frame.length;
}

/** The largest file that an honest end makes. */
export const maxBatchBytes = headerBytes + limits.ftpBatchBytes + hashBytes;

export function encodeBatch({ number, frames, ending }: Batch): Uint8Array {
  const length = frames.reduce((sum, frame) => sum + sizeInBatch(frame), 0);
  const content = new Uint8Array(headerBytes + length);
  const view = new DataView(content.buffer);
  content.set(magic);
  view.setUint32(4, number);
  view.setUint32(8, length);
  view.setUint8(12, endings.indexOf(ending));
  let at = headerBytes;
  for (const frame of frames) {
    view.setUint16(at, frame.length);
    content.set(frame, at + lengthBytes);
    at += sizeInBatch(frame);
  }
  return concat(content, sha256(content));
}

/** Reads what should be batch `number`. The frames are copies. Fails with `message-malformed`. */
export function decodeBatch(file: Uint8Array, number: number): Outcome<Batch> {
  if (file.length < headerBytes + hashBytes || file.length > maxBatchBytes) return malformed(`${file.length} bytes`);
  const content = file.subarray(0, -hashBytes);
  const view = new DataView(content.buffer, content.byteOffset, content.length);
  if (!sameBytes(content.subarray(0, magic.length), magic)) return malformed('does not begin with BFT1');
  if (!sameBytes(sha256(content), file.subarray(-hashBytes))) return malformed('the hash is another');
  if (view.getUint32(4) !== number) return malformed(`number ${view.getUint32(4)} in place of ${number}`);
  const ending = endings[view.getUint8(12)];
  if (ending === undefined || view.getUint32(8) !== content.length - headerBytes) return malformed('length or ending make no sense');
  const frames = readFrames(content.subarray(headerBytes));
  return frames === undefined ? malformed('a frame is cut short') : success({ number, frames, ending });
}

function readFrames(bytes: Uint8Array): Uint8Array[] | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const frames: Uint8Array[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (at + lengthBytes > bytes.length) return undefined;
    const end = at + lengthBytes + view.getUint16(at);
    if (end > bytes.length) return undefined;
    frames.push(Uint8Array.from(bytes.subarray(at + lengthBytes, end)));
    at = end;
  }
  return frames;
}

/** What an ending means to the side that reads it. */
export function reasonOf(ending: Exclude<Ending, 'none'>): TransportClosed {
  const detail = ending === 'closed' ? 'closed by the other side' : 'ended by the other side';
  return { code: ending, detail };
}

function sha256(bytes: Uint8Array): Uint8Array {
  return createHash('sha256').update(bytes).digest();
}

function malformed(detail: string): Outcome<Batch> {
  return failure('message-malformed', `a file of the FTP transport is damaged: ${detail}`);
}
