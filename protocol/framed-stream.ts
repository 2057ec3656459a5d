/**
 * The part of a session's stream that whoever carries frames over it needs: one `write` of up to
 * `limits.maxMessageBytes` is one `data` at the other end (protocol/session/stream.ts).
 */
import type { ErrorCode } from './errors.ts';

export type FrameStream = {
  listen(handlers: { data(chunk: Uint8Array): void; ended(): void; reset(code: ErrorCode): void; drained(): void }): void;
  write(chunk: Uint8Array): boolean;
  take(bytes: number): void;
  end(): void;
  reset(code: ErrorCode): void;
};
