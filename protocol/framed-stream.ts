/**
 * Frames over a stream of a session. A stream carries bytes and cuts them as credit allows; whoever needs to know where a
 * piece began (output with its channel byte, sealed frames of a live stream) puts this on both ends.
 *
 * Each frame: length u32 big-endian, then that many bytes, at most `limits.maxMessageBytes`.
 */
import type { ErrorCode } from './errors.ts';
import { limits } from './limits.ts';

/** The part of a session's stream that frames need. */
export type FrameStream = {
  listen(handlers: { data(chunk: Uint8Array): void; ended(): void; reset(code: ErrorCode): void; drained(): void }): void;
  write(chunk: Uint8Array): boolean;
  take(bytes: number): void;
  end(): void;
  reset(code: ErrorCode): void;
};

const headerBytes = 4;

/** The same stream, where one `write` is one `data` at the other end; `take` counts the bytes of frames, without their headers. */
export function framedStream(stream: FrameStream): FrameStream {
  return {
    listen: (handlers) => {
      const reader = new FrameReader();
      const data = (chunk: Uint8Array): void => {
        reader.push(chunk);
        for (let frame = reader.next(); frame !== undefined; frame = reader.next()) {
          if (frame === 'too-large') return tooLarge(stream, handlers.reset);
          stream.take(headerBytes);
          handlers.data(frame);
        }
      };
      stream.listen({ ...handlers, data });
    },
    write: (frame) => stream.write(withHeader(frame)),
    take: (bytes) => stream.take(bytes),
    end: () => stream.end(),
    reset: (code) => stream.reset(code),
  };
}

function withHeader(frame: Uint8Array): Uint8Array {
  const written = new Uint8Array(headerBytes + frame.byteLength);
  new DataView(written.buffer).setUint32(0, frame.byteLength);
  written.set(frame, headerBytes);
  return written;
}

function tooLarge(stream: FrameStream, told: (code: ErrorCode) => void): void {
  stream.reset('frame-too-large');
  told('frame-too-large');
}

/** Puts frames together; holds less than one frame, which the stream's credit covers. */
class FrameReader {
  #held = new Uint8Array(0);

  push(chunk: Uint8Array): void {
    const joined = new Uint8Array(this.#held.byteLength + chunk.byteLength);
    joined.set(this.#held);
    joined.set(chunk, this.#held.byteLength);
    this.#held = joined;
  }

  next(): Uint8Array | 'too-large' | undefined {
    const held = this.#held;
    if (held.byteLength < headerBytes) return undefined;
    const length = new DataView(held.buffer, held.byteOffset).getUint32(0);
    if (length > limits.maxMessageBytes) return 'too-large';
    if (held.byteLength < headerBytes + length) return undefined;
    this.#held = held.subarray(headerBytes + length);
    return held.slice(headerBytes, headerBytes + length);
  }
}
