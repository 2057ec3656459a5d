/**
 * The seam between "bytes get through" and everything above it. A transport moves opaque frames in order,
 * at most once, until it closes; it promises neither privacy nor delivery, since the channel makes frames private
 * and the session makes them reliable. WebSocket, long poll, raw TCP and FTP differ only below this line.
 */
import type { ErrorCode } from './errors.ts';

/** Every transport of protocol level 1 and the byte that names it in a handshake. A number is never used again. */
export const transportIds = {
  /** WebSocket inside TLS. */
  wss: 1,
  /** HTTPS requests, answered when there is something to say. */
  'https-long-poll': 2,
  /** HTTPS requests, answered at once. */
  'https-short-poll': 3,
  /** The same two without TLS: the channel makes them private. */
  ws: 4,
  'http-long-poll': 5,
  /** Frames with their length before them, over bare TCP. */
  tcp: 6,
  /** Frames as files in an inbox and an outbox. */
  ftp: 7,
} as const;

export type TransportName = keyof typeof transportIds;

export type TransportClosed = {
  /** `closed` when either side ended it in good order; otherwise what broke. */
  readonly code: ErrorCode | 'closed';
  readonly detail: string;
};

export type TransportHandlers = {
  /** One frame, whole, as the other side sent it. The receiver owns the bytes. */
  frame(frame: Uint8Array): void;
  /** After `send` returned false: there is room again. */
  drained(): void;
  /** Exactly once, last of all calls. */
  closed(reason: TransportClosed): void;
};

export type Transport = {
  readonly name: TransportName;
  /** Where the other side seems to be ("192.0.2.7:40112"), for the log only. */
  readonly remoteAddress: string;
  /** True where it notices by itself, within 45 s, that the other side is gone: the session then sends no pings over it. */
  readonly watchesItself?: boolean;
  /**
   * Hands frames to `handlers` from now on. Frames that came earlier are held back (bounded) and given first, in order.
   * May be called again: the channel takes over from the handshake that way.
   */
  listen(handlers: TransportHandlers): void;
  /**
   * Queues one frame of at most `limits.maxFrameBytes`. Returns false when more than
   * `limits.transportHighWaterBytes` wait to leave; the caller then stops until `drained`.
   */
  send(frame: Uint8Array): boolean;
  /** Ends it. Frames already queued are sent if the path allows; `closed` follows. Safe to call twice. */
  close(): void;
};
