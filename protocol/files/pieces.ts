/**
 * protocol/files: a file, or an archive, on its way through a sealed live stream, the same in both directions.
 *
 *   about    0x00 │ length u32 │ JSON            first, from the agent: what it is, and from which byte on it comes or is wanted
 *   data     0x01 │ length u32 │ bytes
 *   zeros    0x02 │ length u64                   so many bytes that are all zero: a hole of a sparse file
 *   end      0x03 │ digest 32                    last; of the whole content (digest.ts)
 *
 * A piece has nothing to do with a frame: it may be cut anywhere on the way.
 */
import { concat, textOf, utf8 } from '../bytes.ts';
import { limits } from '../limits.ts';

export type FilePiece =
  | { readonly type: 'about'; readonly about: unknown }
  /** A part of a data piece, as it came. */
  | { readonly type: 'data'; readonly bytes: Uint8Array }
  | { readonly type: 'zeros'; readonly length: number }
  | { readonly type: 'end'; readonly digest: Uint8Array };

const kinds = { about: 0, data: 1, zeros: 2, end: 3 } as const;
const digestBytes = 32;

export function aboutPiece(about: object): Uint8Array {
  const json = utf8(JSON.stringify(about));
  return concat(dataHead(json.byteLength, kinds.about), json);
}

/** What stands before so many bytes of data. */
export function dataHead(length: number, kind: number = kinds.data): Uint8Array {
  const head = new Uint8Array(5);
  head[0] = kind;
  new DataView(head.buffer).setUint32(1, length);
  return head;
}

export function zerosPiece(length: number): Uint8Array {
  const piece = new Uint8Array(9);
  piece[0] = kinds.zeros;
  new DataView(piece.buffer).setBigUint64(1, BigInt(length));
  return piece;
}

export function endPiece(digest: Uint8Array): Uint8Array {
  return concat(Uint8Array.of(kinds.end), digest);
}

/** Reads pieces out of a stream that is cut anywhere. What is malformed is told once, as the last. */
export class PieceReader {
  /** The head of a piece, or all of a short one, as far as it has come. */
  #head: Uint8Array = new Uint8Array(0);
  #dataLeft = 0;
  #isBroken = false;

  /** What the next bytes of the stream hold. Bytes of data are views of them. */
  *read(chunk: Uint8Array): Generator<FilePiece | 'malformed'> {
    let rest = chunk;
    while (rest.byteLength > 0 && !this.#isBroken) {
      if (this.#dataLeft > 0) {
        const bytes = rest.subarray(0, this.#dataLeft);
        this.#dataLeft -= bytes.byteLength;
        rest = rest.subarray(bytes.byteLength);
        yield { type: 'data', bytes };
        continue;
      }
      rest = this.#collect(rest);
      const piece = this.#whole();
      this.#isBroken = piece === 'malformed';
      if (piece !== undefined) yield piece;
    }
  }

  /** Moves bytes to the head, no more than belong to it, and gives the rest. */
  #collect(bytes: Uint8Array): Uint8Array {
    const missing = this.#wanted(this.#head) - this.#head.byteLength;
    this.#head = concat(this.#head, bytes.subarray(0, missing));
    return bytes.subarray(missing);
  }

  /** How long a piece that begins like this must get before it can be read, as far as can be said. */
  #wanted(head: Uint8Array): number {
    const kind = head[0];
    if (kind === undefined) return 1;
    if (kind === kinds.zeros) return 9;
    if (kind === kinds.end) return 1 + digestBytes;
    return kind === kinds.about && head.byteLength >= 5 ? 5 + Math.min(lengthIn(head), limits.maxAboutBytes) : 5;
  }

  /** The piece in the head when it is complete; data begin with their head only. */
  #whole(): FilePiece | 'malformed' | undefined {
    const head = this.#head;
    if ((head[0] ?? 0) > kinds.end) return 'malformed';
    if (head.byteLength < this.#wanted(head)) return undefined;
    this.#head = new Uint8Array(0);
    switch (head[0]) {
      case kinds.about: return aboutIn(head);
      case kinds.zeros: return zerosIn(head);
      case kinds.end: return { type: 'end', digest: head.subarray(1) };
      default:
        this.#dataLeft = lengthIn(head);
        return undefined;
    }
  }
}

function aboutIn(head: Uint8Array): FilePiece | 'malformed' {
  if (lengthIn(head) > limits.maxAboutBytes) return 'malformed';
  try {
    return { type: 'about', about: JSON.parse(textOf(head.subarray(5)) ?? '') };
  } catch {
    return 'malformed';
  }
}

function zerosIn(head: Uint8Array): FilePiece | 'malformed' {
  const length = Number(new DataView(head.buffer, head.byteOffset).getBigUint64(1));
  return Number.isSafeInteger(length) ? { type: 'zeros', length } : 'malformed';
}

function lengthIn(head: Uint8Array): number {
  return new DataView(head.buffer, head.byteOffset).getUint32(1);
}
