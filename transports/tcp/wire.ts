/**
 * transports/tcp: frames over a bare byte stream, for networks that let one through and nothing that looks like the web.
 *
 * | here                       | on the wire                                                                    |
 * | -------------------------- | ------------------------------------------------------------------------------ |
 * | opening, by the dialler    | `be 68 73 74` and the version, 1: no TLS record and no HTTP method begins so    |
 * | frame of 1…65,535 bytes    | length u16, the bytes                                                          |
 * | frame of no bytes          | `00 00 00`                                                                     |
 * | good-bye                   | `00 00` and the reason, 1 … (transports/good-bye.ts); nothing follows           |
 * | `close()`                  | good-bye 1 after what is queued; cut after `limits.closeWithinMs`              |
 * | end without a good-bye     | `connection-lost`                                                              |
 */
import { concat } from '../../protocol/bytes.ts';
import { byteOf } from '../good-bye.ts';
import type { GoodBye } from '../good-bye.ts';

/** What the dialler sends before all else. */
export const opening: Uint8Array = Uint8Array.of(0xbe, 0x68, 0x73, 0x74, 1);

export type Item =
  | { readonly kind: 'opening' }
  | { readonly kind: 'frame'; readonly frame: Uint8Array }
  /** `byte` is not looked at here. */
  | { readonly kind: 'good-bye'; readonly byte: number };

type Found = { readonly item: Item | 'malformed'; readonly length: number } | { readonly neededBytes: number };

const lengthBytes = 2;

/** What stands before a frame. */
export function headOf(frame: Uint8Array): Uint8Array {
  const { byteLength } = frame;
  return byteLength === 0 ? Uint8Array.of(0, 0, 0) : Uint8Array.of(byteLength >> 8, byteLength & 0xff);
}

export function encodeGoodBye(reason: GoodBye): Uint8Array {
  return Uint8Array.of(0, 0, byteOf(reason));
}

/** Cuts a byte stream into items. Holds at most one frame and one chunk; what comes after an error or a good-bye is not looked at. */
export class ItemReader {
  #state: 'opening' | 'items' | 'over';
  /** What came and is no whole item yet, put together only when it is: a frame in 65,535 pieces costs no more than one in one piece. */
  #pieces: Uint8Array[] = [];
  #heldBytes = 0;
  #neededBytes = 1;

  /** `expectsOpening`: this is the end that was dialled. */
  constructor(expectsOpening: boolean) {
    this.#state = expectsOpening ? 'opening' : 'items';
  }

  /** The items that are whole now; last of them 'malformed' if what came is none. */
  read(chunk: Uint8Array): readonly (Item | 'malformed')[] {
    if (this.#state === 'over') return [];
    this.#pieces.push(chunk);
    this.#heldBytes += chunk.byteLength;
    return this.#heldBytes < this.#neededBytes ? [] : this.#cut(concat(...this.#pieces.splice(0)));
  }

  #cut(bytes: Uint8Array): readonly (Item | 'malformed')[] {
    const items: (Item | 'malformed')[] = [];
    let offset = 0;
    for (;;) {
      const found = this.#next(bytes.subarray(offset));
      if ('neededBytes' in found) {
        this.#neededBytes = found.neededBytes;
        break;
      }
      items.push(found.item);
      offset += found.length;
      if (this.#state === 'over') return items;
    }
    this.#heldBytes = bytes.byteLength - offset;
    if (this.#heldBytes > 0) this.#pieces.push(bytes.subarray(offset));
    return items;
  }

  /** The item at the beginning, or how much it takes to know more. */
  #next(rest: Uint8Array): Found {
    if (this.#state === 'opening') return this.#readOpening(rest);
    const [high, low, third] = rest;
    if (high === undefined || low === undefined) return { neededBytes: lengthBytes };
    const end = lengthBytes + ((high << 8) | low);
    if (end > lengthBytes) return rest.byteLength < end ? { neededBytes: end } : { item: { kind: 'frame', frame: rest.slice(lengthBytes, end) }, length: end };
    if (third === undefined) return { neededBytes: lengthBytes + 1 };
    if (third === 0) return { item: { kind: 'frame', frame: new Uint8Array(0) }, length: lengthBytes + 1 };
    this.#state = 'over';
    return { item: { kind: 'good-bye', byte: third }, length: lengthBytes + 1 };
  }

  #readOpening(rest: Uint8Array): Found {
    const came = rest.subarray(0, opening.byteLength);
    const isRight = came.every((byte, index) => byte === opening[index]);
    if (isRight && came.byteLength < opening.byteLength) return { neededBytes: came.byteLength + 1 };
    this.#state = isRight ? 'items' : 'over';
    return { item: isRight ? { kind: 'opening' } : 'malformed', length: opening.byteLength };
  }
}
