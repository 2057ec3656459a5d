/**
 * transports/websocket: frames over WebSocket (RFC 6455), inside TLS (`wss`: passes wherever a browser does) or without (`ws`).
 *
 * | here                       | on the wire                                                                          |
 * | -------------------------- | ------------------------------------------------------------------------------------ |
 * | one frame (0…65,535 bytes) | one binary message; no extension (compression would show lengths of secrets)          |
 * | frame too large            | refused by its header, closed with 1009 on both ends                                  |
 * | text message               | refused, closed with 1003                                                             |
 * | nobody listens in time     | closed with 1013 after `limits.maxHeldFrames` frames                                  |
 * | `close()`                  | close frame 1000 after what is queued; cut after `limits.closeWithinMs`               |
 * | cut without a close frame  | `connection-lost`                                                                     |
 *
 * No WebSocket pings: the session pings, and counts any transport's silence alike. Nagle is off (ws sees to it).
 */
import type { RawData, WebSocket } from 'ws';
import type { Clock } from '../../protocol/clock.ts';
import { FrameGate } from '../../protocol/frame-gate.ts';
import { limits } from '../../protocol/limits.ts';
import type { Transport, TransportClosed, TransportHandlers } from '../../protocol/transport.ts';

/** What both ends tell `ws`. */
export const socketOptions = { perMessageDeflate: false, maxPayload: limits.maxFrameBytes } as const;

/** RFC 6455, section 7.4.1, and what each means here. */
const closeCodes = { normal: 1000, goingAway: 1001, unsupportedData: 1003, noStatus: 1005, tooLarge: 1009, tryLater: 1013 } as const;

const isOpen = 1; // WebSocket.OPEN, RFC 6455's OPEN state as `ws` counts it

export type WebSocketOptions = { readonly name: 'wss' | 'ws'; readonly remoteAddress: string; readonly clock: Clock };

export class WebSocketTransport implements Transport {
  readonly name: 'wss' | 'ws';
  readonly remoteAddress: string;
  readonly #socket: WebSocket;
  readonly #clock: Clock;
  readonly #gate = new FrameGate();
  #isFull = false;
  /** Why this side ends it, when it knows better than the close code. */
  #cause: TransportClosed | undefined;

  /** Takes over a socket that is just open; nothing may have been read from it yet. */
  constructor(socket: WebSocket, { name, remoteAddress, clock }: WebSocketOptions) {
    this.#socket = socket;
    this.name = name;
    this.remoteAddress = remoteAddress;
    this.#clock = clock;
    socket.on('message', (data, isBinary) => this.#receive(data, isBinary));
    socket.on('error', (error) => this.#noteError(error));
    socket.on('close', (code) => this.#gate.close(this.#cause ?? reasonOf(code)));
  }

  listen(handlers: TransportHandlers): void {
    this.#gate.listen(handlers);
  }

  send(frame: Uint8Array): boolean {
    if (this.#socket.readyState !== isOpen) return false;
    if (frame.byteLength > limits.maxFrameBytes) {
      this.#end(closeCodes.tooLarge, { code: 'frame-too-large', detail: `a frame of ${frame.byteLength} bytes was to be sent` });
      return false;
    }
    this.#socket.send(frame, () => this.#noteSent());
    this.#isFull ||= this.#socket.bufferedAmount > limits.transportHighWaterBytes;
    return !this.#isFull;
  }

  close(): void {
    this.#end(closeCodes.normal, { code: 'closed', detail: 'closed by this side' });
  }

  #receive(data: RawData, isBinary: boolean): void {
    if (!isBinary) this.#end(closeCodes.unsupportedData, { code: 'message-malformed', detail: 'a text message came' });
    else if (!this.#gate.frame(asBytes(data))) this.#end(closeCodes.tryLater, { code: 'overrun', detail: 'nobody took the frames that came' });
  }

  /** Called when bytes have left, or never will: after an error `close` follows by itself. */
  #noteSent(): void {
    if (!this.#isFull || this.#socket.bufferedAmount > limits.transportHighWaterBytes / 2) return;
    this.#isFull = false;
    if (this.#socket.readyState === isOpen) this.#gate.drained();
  }

  #noteError(error: Error): void {
    const code = 'code' in error && error.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH' ? 'frame-too-large' : undefined;
    const isFraming = 'code' in error && String(error.code).startsWith('WS_ERR_');
    this.#cause ??= { code: code ?? (isFraming ? 'message-malformed' : 'connection-lost'), detail: error.message };
  }

  #end(closeCode: number, cause: TransportClosed): void {
    if (this.#socket.readyState !== isOpen) return;
    this.#cause ??= cause;
    this.#socket.close(closeCode);
    const cut = this.#clock.after(limits.closeWithinMs, () => this.#socket.terminate());
    this.#socket.once('close', () => cut.cancel());
  }
}

function reasonOf(closeCode: number): TransportClosed {
  switch (closeCode) {
    case closeCodes.normal:
    case closeCodes.goingAway:
    case closeCodes.noStatus:
      return { code: 'closed', detail: 'closed by the other side' };
    case closeCodes.tooLarge:
      return { code: 'frame-too-large', detail: 'the other side refused the length of a frame' };
    case closeCodes.tryLater:
      return { code: 'overrun', detail: 'the other side could not take more frames' };
    default:
      return { code: 'connection-lost', detail: `the connection ended with WebSocket code ${closeCode}` };
  }
}

/** Plain bytes: a Buffer's `slice` shares memory, a Uint8Array's does not, and whoever gets them expects the latter. */
function asBytes(data: RawData): Uint8Array {
  const buffer = Array.isArray(data) ? Buffer.concat(data) : data;
  return buffer instanceof ArrayBuffer ? new Uint8Array(buffer) : new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}
