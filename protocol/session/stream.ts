/**
 * One stream of a session: bytes in both directions, each with its own end and its own credit. A writer begins with
 * `limits.streamCreditBytes` and gets more only as the reader says that it has dealt with what came, so neither end ever
 * holds more than that for one stream.
 */
import type { ErrorCode } from '../errors.ts';
import { limits } from '../limits.ts';
import { Fifo } from './fifo.ts';
import type { Source } from './send-queue.ts';
import type { Body, Priority, StreamBody } from './wire.ts';

export type StreamHandlers = {
  data(chunk: Uint8Array): void;
  /** The other side will write no more. This side still may. */
  ended(): void;
  /** The stream is no more; the last call. */
  reset(code: ErrorCode): void;
  /** After `write` returned false: there is credit again. */
  drained(): void;
};

export type SessionStream = {
  /** What its opener said of it. */
  readonly label: Uint8Array;
  readonly id: number;
  /** Hands events to `handlers` from now on; what came before is given first. */
  listen(handlers: StreamHandlers): void;
  /**
   * Takes `chunk`, which its owner must not change afterwards. Up to `limits.maxMessageBytes` it arrives as one chunk again;
   * a longer one is cut into pieces of that size. False: no credit is left, so wait for `drained`.
   */
  write(chunk: Uint8Array): boolean;
  /** The reader has dealt with so many bytes: the writer may send as many more. Nothing is credited by itself. */
  take(bytes: number): void;
  /** This side writes no more. */
  end(): void;
  /** Gives the stream up in both directions; what has not left is dropped. No handler is called any more. */
  reset(code: ErrorCode): void;
};

/** What a stream needs of its session. */
export type StreamHost = {
  /** The stream has something to send. */
  enrol(stream: Stream): void;
  notice(body: StreamBody): void;
  /** The stream is over on this side, and whatever had to be said about it has its number. */
  closed(stream: Stream): void;
};

/**
 * Credit goes back in portions of this size: often enough that the writer need not stop, seldom enough to cost nothing. What
 * is not yet credited must leave room for the largest chunk, or it would wait for ever.
 */
const creditPortionBytes = limits.streamCreditBytes / 4;

export class Stream implements SessionStream, Source {
  readonly id: number;
  readonly label: Uint8Array;
  readonly priority: Priority;
  readonly #host: StreamHost;
  #handlers: StreamHandlers | undefined;
  /** What came before anybody listened; bounded by the credit given. */
  #held: ((handlers: StreamHandlers) => void)[] = [];
  /** `resetting`: given up on this side, and the other does not know yet. */
  #state: 'open' | 'resetting' | 'closed' = 'open';
  #resetCode: ErrorCode = 'internal';

  readonly #toSend = new Fifo<Uint8Array>();
  #toSendBytes = 0;
  #credit: number = limits.streamCreditBytes;
  #isWriterWaiting = false;
  #writing: 'open' | 'ending' | 'ended' = 'open';

  /** Bytes that the other side may still send. */
  #window: number = limits.streamCreditBytes;
  #untakenBytes = 0;
  #uncreditedBytes = 0;
  #isPeerEnded = false;

  constructor(identity: { readonly id: number; readonly label: Uint8Array; readonly priority: Priority }, host: StreamHost) {
    this.id = identity.id;
    this.label = identity.label;
    this.priority = identity.priority;
    this.#host = host;
  }

  listen(handlers: StreamHandlers): void {
    this.#handlers = handlers;
    for (let tell = this.#held.shift(); tell !== undefined; tell = this.#held.shift()) tell(handlers);
  }

  write(chunk: Uint8Array): boolean {
    if (this.#state !== 'open' || this.#writing !== 'open') return false;
    for (let offset = 0; offset < chunk.byteLength; offset += limits.maxMessageBytes) {
      this.#toSend.push(chunk.subarray(offset, offset + limits.maxMessageBytes));
    }
    this.#toSendBytes += chunk.byteLength;
    this.#host.enrol(this);
    this.#isWriterWaiting = this.#toSendBytes >= this.#credit;
    return !this.#isWriterWaiting;
  }

  take(bytes: number): void {
    if (this.#state !== 'open') return;
    if (bytes > this.#untakenBytes) throw new RangeError(`${bytes} bytes were taken of ${this.#untakenBytes} that came`);
    this.#untakenBytes -= bytes;
    this.#uncreditedBytes += bytes;
    if (this.#uncreditedBytes < creditPortionBytes || this.#isPeerEnded) return;
    this.#host.notice({ kind: 'credit', stream: this.id, bytes: this.#uncreditedBytes });
    this.#window += this.#uncreditedBytes;
    this.#uncreditedBytes = 0;
  }

  end(): void {
    if (this.#state !== 'open' || this.#writing !== 'open') return;
    this.#writing = 'ending';
    this.#host.enrol(this);
  }

  reset(code: ErrorCode): void {
    if (this.#state !== 'open') return;
    this.#state = 'resetting';
    this.#resetCode = code;
    this.#dropUnsent();
    this.#held = [];
    this.#host.enrol(this);
  }

  next(): Body | undefined {
    if (this.#state === 'resetting') {
      this.#close();
      return { kind: 'reset', stream: this.id, code: this.#resetCode };
    }
    const chunk = this.#toSend.at(0);
    if (chunk !== undefined) return chunk.byteLength <= this.#credit ? this.#nextData() : undefined;
    if (this.#state === 'closed' || this.#writing !== 'ending') return undefined;
    this.#writing = 'ended';
    if (this.#isPeerEnded) this.#close();
    return { kind: 'end', stream: this.id };
  }

  /** Takes what the other side sent. Returns why that was against the rules, if it was. */
  receive(body: Exclude<StreamBody, { kind: 'open' }>): ErrorCode | undefined {
    if (this.#state === 'resetting' && body.kind !== 'reset') return undefined; // sent before the other side could know
    switch (body.kind) {
      case 'reset': return this.breakOff(body.code);
      case 'data': return this.#receiveData(body.bytes);
      case 'credit': return this.#receiveCredit(body.bytes);
      case 'end': return this.#receiveEnd();
    }
  }

  /** The session is over, or the other side gave the stream up. */
  breakOff(code: ErrorCode): undefined {
    if (this.#state === 'open') this.#tell((handlers) => handlers.reset(code));
    this.#dropUnsent();
    this.#close();
  }

  #nextData(): Body {
    const bytes = this.#toSend.shift() ?? new Uint8Array(0);
    this.#toSendBytes -= bytes.byteLength;
    this.#credit -= bytes.byteLength;
    return { kind: 'data', stream: this.id, bytes };
  }

  #dropUnsent(): void {
    this.#toSend.clear();
    this.#toSendBytes = 0;
  }

  #receiveData(bytes: Uint8Array): ErrorCode | undefined {
    if (this.#isPeerEnded) return 'message-malformed';
    if (bytes.byteLength > this.#window) return 'credit-exceeded';
    this.#window -= bytes.byteLength;
    this.#untakenBytes += bytes.byteLength;
    this.#tell((handlers) => handlers.data(bytes));
    return undefined;
  }

  /** More credit than was used up would be for bytes that were never sent. */
  #receiveCredit(bytes: number): ErrorCode | undefined {
    if (this.#credit + bytes > limits.streamCreditBytes) return 'credit-exceeded';
    this.#credit += bytes;
    this.#host.enrol(this);
    if (this.#isWriterWaiting && this.#toSendBytes < this.#credit) {
      this.#isWriterWaiting = false;
      this.#handlers?.drained();
    }
    return undefined;
  }

  #receiveEnd(): ErrorCode | undefined {
    if (this.#isPeerEnded) return 'message-malformed';
    this.#isPeerEnded = true;
    if (this.#writing === 'ended') this.#close();
    this.#tell((handlers) => handlers.ended());
    return undefined;
  }

  #tell(event: (handlers: StreamHandlers) => void): void {
    if (this.#handlers === undefined) this.#held.push(event);
    else event(this.#handlers);
  }

  #close(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#host.closed(this);
  }
}
