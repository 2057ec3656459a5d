/**
 * Many TCP connections inside one byte stream each way, which is a sealed live stream. All numbers are big-endian.
 *
 *   frame = type u8 │ connection u32 │ length u16 │ rest
 *
 *    1 open     console → agent   a new connection to the tunnel's one destination; numbers rise by one from 1
 *    2 opened   agent → console   it stands; of connection 0: the tunnel itself does
 *    3 data     both ways         bytes
 *    4 end      both ways         no more data from here (the half-close of TCP)
 *    5 reset    both ways         error code in UTF-8; nothing more of this connection
 *    6 taken    both ways         u32: so many bytes of data have been dealt with
 *
 * At most `limits.tunnelWindowBytes` of a direction of one connection may be under way before they are taken: a connection
 * whose reader is slow stops itself and no other.
 */
import { concat } from '../bytes.ts';
import { limits } from '../limits.ts';

export const frameTypes = { open: 1, opened: 2, data: 3, end: 4, reset: 5, taken: 6 } as const;
export type FrameType = keyof typeof frameTypes;

export type Frame = { readonly type: FrameType; readonly connection: number; readonly rest: Uint8Array };

const headBytes = 7;
/** A frame is one event of the live stream. */
export const maxFrameRest = limits.maxChunkBytes - headBytes;
const names = new Map<number, FrameType>(Object.entries(frameTypes).map(([name, number]) => [number, name as FrameType]));

export function encodeFrame(type: FrameType, connection: number, rest: Uint8Array = new Uint8Array(0)): Uint8Array<ArrayBuffer> {
  if (rest.byteLength > maxFrameRest) throw new RangeError(`a tunnel frame carries at most ${maxFrameRest} bytes, not ${rest.byteLength}`);
  const frame = new Uint8Array(headBytes + rest.byteLength);
  const view = new DataView(frame.buffer);
  view.setUint8(0, frameTypes[type]);
  view.setUint32(1, connection);
  view.setUint16(5, rest.byteLength);
  frame.set(rest, headBytes);
  return frame;
}

/** Cuts a byte stream, however it arrives, into frames. Holds back less than one frame. */
export class FrameReader {
  #held: Uint8Array<ArrayBufferLike> = new Uint8Array(0);

  /** The frames that are whole now; undefined for bytes that are none: the stream is of no more use. */
  read(bytes: Uint8Array): Frame[] | undefined {
    const all = this.#held.byteLength === 0 ? bytes : concat(this.#held, bytes);
    const view = new DataView(all.buffer, all.byteOffset, all.byteLength);
    const frames: Frame[] = [];
    let at = 0;
    while (all.byteLength - at >= headBytes) {
      const type = names.get(view.getUint8(at));
      const length = view.getUint16(at + 5);
      if (type === undefined || length > maxFrameRest) return undefined;
      const next = at + headBytes + length;
      if (next > all.byteLength) break;
      frames.push({ type, connection: view.getUint32(at + 1), rest: all.subarray(at + headBytes, next) });
      at = next;
    }
    this.#held = all.slice(at);
    return frames;
  }
}
