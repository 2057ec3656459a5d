/**
 * One end of a tunnel: its connections by number, over a byte stream that somebody else carries. The console opens them.
 */
import type { ErrorCode } from '../errors.ts';
import { limits } from '../limits.ts';
import { TunnelConnection } from './connection.ts';
import { encodeFrame, FrameReader } from './frames.ts';
import type { Frame, FrameType } from './frames.ts';

/** The number that stands for all of it. */
const wholeTunnel = 0;

export type TunnelEvents = {
  /** Agent: the console opens a connection. */
  incoming?(connection: TunnelConnection): void;
  /** Console: the agent has the tunnel open. */
  ready?(): void;
};

export class Tunnel {
  readonly #send: (bytes: Uint8Array) => void;
  readonly #on: TunnelEvents;
  readonly #reader = new FrameReader();
  readonly #connections = new Map<number, TunnelConnection>();
  /** The highest number that was given. Frames of those below that are gone may still be under way. */
  #last = 0;
  #fault: ErrorCode | undefined;

  /** `send` takes bytes for the far end. */
  constructor(send: (bytes: Uint8Array) => void, on: TunnelEvents) {
    this.#send = send;
    this.#on = on;
  }

  get size(): number {
    return this.#connections.size;
  }

  /** Agent: the tunnel stands. */
  sayReady(): void {
    this.#send(encodeFrame('opened', wholeTunnel));
  }

  /** Console: a new connection to the destination; undefined while as many stand as may. */
  open(): TunnelConnection | undefined {
    if (this.#fault !== undefined || this.size >= limits.maxTunnelConnections) return undefined;
    this.#last += 1;
    this.#send(encodeFrame('open', this.#last));
    return this.#add(this.#last);
  }

  /** Bytes of the far end. A code: it broke the rules, and the tunnel with them. */
  receive(bytes: Uint8Array): ErrorCode | undefined {
    if (this.#fault !== undefined) return this.#fault;
    const frames = this.#reader.read(bytes);
    if (frames === undefined) return this.#break('message-malformed');
    for (const frame of frames) {
      const fault = this.#receive(frame);
      if (fault !== undefined) return this.#break(fault);
    }
    return undefined;
  }

  /** Breaks every connection at this end. */
  close(code: ErrorCode): void {
    this.#fault ??= code;
    for (const connection of this.#connections.values()) connection.break(code);
  }

  #receive(frame: Frame): ErrorCode | undefined {
    const { type, connection: number } = frame;
    if (number === wholeTunnel) return this.#ofAll(type);
    if (type === 'open') return this.#opened(number);
    if (number > this.#last) return 'message-malformed';
    return this.#connections.get(number)?.receive(frame);
  }

  #ofAll(type: FrameType): ErrorCode | undefined {
    if (type !== 'opened') return 'message-malformed';
    this.#on.ready?.();
    return undefined;
  }

  #opened(number: number): ErrorCode | undefined {
    if (this.#on.incoming === undefined || number !== this.#last + 1) return 'message-malformed';
    this.#last = number;
    const connection = this.#add(number);
    if (this.size > limits.maxTunnelConnections) connection.reset('overloaded');
    else this.#on.incoming(connection);
    return undefined;
  }

  #add(number: number): TunnelConnection {
    const connection = new TunnelConnection(
      (type, rest) => this.#send(encodeFrame(type, number, rest)),
      () => this.#connections.delete(number),
    );
    this.#connections.set(number, connection);
    return connection;
  }

  #break(code: ErrorCode): ErrorCode {
    this.close(code);
    return code;
  }
}
