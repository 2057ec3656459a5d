/**
 * Text in lines, forwards and backwards, each bounded: a file without line breaks must not become one string.
 */
import type { FileHandle } from 'node:fs/promises';
import { limits } from '../../protocol/limits.ts';

export type Line = {
  /** Without its line break, and without what it has beyond `limits.maxLineBytes`. What is not UTF-8 is shown as far as it can be. */
  readonly text: string;
  /** All of it, the line break included. */
  readonly bytes: number;
};

const lineFeed = 10;
const carriageReturn = 13;
const blockBytes = 64 * 1024;
const nothing = Buffer.alloc(0);

function textOfLine(bytes: Buffer): string {
  const end = bytes.at(-1) === carriageReturn ? bytes.byteLength - 1 : bytes.byteLength;
  return bytes.toString('utf8', 0, Math.min(end, limits.maxLineBytes));
}

/** Lines of a stream; the last one need not end in a line break. */
export async function* linesOf(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Line, void, void> {
  let begun = nothing;
  let begunBytes = 0;
  for await (const chunk of stream) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    let from = 0;
    for (let at = bytes.indexOf(lineFeed); at >= 0; at = bytes.indexOf(lineFeed, from)) {
      const rest = bytes.subarray(from, at);
      yield { text: textOfLine(begunBytes === 0 ? rest : Buffer.concat([begun, rest])), bytes: begunBytes + rest.byteLength + 1 };
      [begun, begunBytes, from] = [nothing, 0, at + 1];
    }
    const rest = bytes.subarray(from);
    begunBytes += rest.byteLength;
    if (rest.byteLength > 0 && begun.byteLength <= limits.maxLineBytes) begun = Buffer.concat([begun, rest.subarray(0, limits.maxLineBytes + 1)]);
  }
  if (begunBytes > 0) yield { text: textOfLine(begun), bytes: begunBytes };
}

/** Texts of the lines of a file from byte `end` back to its beginning. */
export async function* linesBefore(file: FileHandle, end: number): AsyncGenerator<string, void, void> {
  // what stands behind the last line break found so far, of a line whose beginning is not yet read
  let later = nothing;
  let isFirst = true;
  for (let to = end; to > 0; to = Math.max(0, to - blockBytes)) {
    const from = Math.max(0, to - blockBytes);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(to - from), 0, to - from, from);
    let rest = buffer.subarray(0, bytesRead);
    for (let at = rest.lastIndexOf(lineFeed); at >= 0; at = rest.lastIndexOf(lineFeed)) {
      const line = Buffer.concat([rest.subarray(at + 1), later]);
      // nothing stands behind the line break that ends the file
      if (!isFirst || line.byteLength > 0) yield textOfLine(line);
      [later, isFirst, rest] = [nothing, false, rest.subarray(0, at)];
    }
    later = Buffer.concat([rest, later]).subarray(0, limits.maxLineBytes + 1);
  }
  if (end > 0) yield textOfLine(later);
}
