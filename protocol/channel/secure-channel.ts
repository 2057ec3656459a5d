/**
 * Sealed records over a transport: each frame is one Noise transport message with an implicit counter, so a record that is
 * altered, repeated, left out or moved does not open, and the channel ends there.
 */
import type { ErrorCode } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Transport, TransportClosed } from '../transport.ts';
import { noBytes } from '../bytes.ts';
import type { FrameInbox } from './frame-inbox.ts';
import { tagBytes } from './noise/cipher-state.ts';
import type { TransportKeys } from './noise/handshake-state.ts';

/** The largest message one record carries. */
export const maxPlainBytes = limits.maxFrameBytes - tagBytes;

export type ChannelHandlers = {
  /** One message, whole and authentic, in the order of sending. The receiver owns the bytes. */
  message(plain: Uint8Array): void;
  /** After `send` returned false: there is room again. */
  drained(): void;
  /** Exactly once, last of all calls. */
  closed(reason: TransportClosed): void;
};

export type SecureChannel = {
  readonly transport: Transport;
  /** Public and unique to this session. */
  readonly handshakeHash: Uint8Array;
  /** The transport notices by itself that the other side is gone. */
  readonly watchesItself: boolean;
  /** Hands messages to `handlers` from now on; what came before is given first, within the call. */
  listen(handlers: ChannelHandlers): void;
  /** Seals and queues up to `maxPlainBytes`; more is the caller's bug and throws. False: wait for `drained` (or `closed`). */
  send(plain: Uint8Array): boolean;
  /** Ends it. Messages already sent still leave if the path allows; `closed` follows. Safe to call twice. */
  close(): void;
};

export class SealedChannel implements SecureChannel {
  readonly transport: Transport;
  readonly handshakeHash: Uint8Array;
  readonly #inbox: FrameInbox;
  readonly #keys: TransportKeys;
  #handlers: ChannelHandlers | undefined;
  #ended: TransportClosed | undefined;

  constructor(inbox: FrameInbox, keys: TransportKeys) {
    this.transport = inbox.transport;
    this.handshakeHash = keys.handshakeHash;
    this.#inbox = inbox;
    this.#keys = keys;
  }

  get watchesItself(): boolean {
    return this.transport.watchesItself === true;
  }

  listen(handlers: ChannelHandlers): void {
    const isFirst = this.#handlers === undefined;
    this.#handlers = handlers;
    if (!isFirst) return;
    if (this.#ended) handlers.closed(this.#ended);
    this.#inbox.handOver({
      frame: (frame) => this.#open(frame),
      drained: () => this.#handlers?.drained(),
      closed: (reason) => this.#end(reason),
    });
  }

  send(plain: Uint8Array): boolean {
    if (plain.length > maxPlainBytes) throw new RangeError(`a record holds at most ${maxPlainBytes} bytes, not ${plain.length}`);
    if (this.#ended || this.#isExhausted(this.#keys.send.counter)) return false;
    return this.transport.send(this.#keys.send.encryptWithAd(noBytes, plain));
  }

  close(): void {
    this.transport.close();
  }

  #open(frame: Uint8Array): void {
    if (this.#ended || this.#isExhausted(this.#keys.receive.counter)) return;
    const plain = this.#keys.receive.decryptWithAd(noBytes, frame);
    if (plain) this.#handlers?.message(plain);
    else this.#fail('record-unauthentic', 'a record did not open with the session key');
  }

  #isExhausted(counter: number): boolean {
    if (counter < limits.maxRecordsPerKey) return false;
    this.#fail('channel-exhausted', 'the session key has sealed as many records as it may');
    return true;
  }

  #fail(code: ErrorCode, detail: string): void {
    this.#end({ code, detail });
    this.transport.close();
  }

  #end(reason: TransportClosed): void {
    if (this.#ended) return;
    this.#ended = reason;
    this.#handlers?.closed(reason);
  }
}
