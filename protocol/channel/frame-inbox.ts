/**
 * Reads a transport one frame at a time while keys are agreed, then hands the transport over without losing what came meanwhile.
 */
import type { ErrorCode } from '../errors.ts';
import { limits } from '../limits.ts';
import { failure, success, type Failure, type Outcome } from '../outcome.ts';
import type { Transport, TransportClosed, TransportHandlers } from '../transport.ts';

export class FrameInbox {
  readonly transport: Transport;
  readonly #held: Uint8Array[] = [];
  #reader: ((frame: Outcome<Uint8Array>) => void) | undefined;
  #taker: TransportHandlers | undefined;
  #ended: TransportClosed | undefined;
  #drained = false;

  constructor(transport: Transport) {
    this.transport = transport;
    transport.listen({
      frame: (frame) => this.#take(frame),
      drained: () => this.#noteDrained(),
      closed: (reason) => this.#end(reason),
    });
  }

  /** Why the transport ended, as a failure; nothing while it lasts. */
  get failure(): Failure | undefined {
    const ended = this.#ended;
    if (!ended) return undefined;
    return ended.code === 'closed'
      ? failure('connection-lost', 'the other side closed the connection before a key was agreed')
      : failure(ended.code, ended.detail);
  }

  /** The next frame, or why there is none. One reader at a time. */
  next(): Promise<Outcome<Uint8Array>> {
    const frame = this.#held.shift();
    if (frame) return Promise.resolve(success(frame));
    if (this.failure) return Promise.resolve(this.failure);
    return new Promise((resolve) => {
      this.#reader = resolve;
    });
  }

  /** Closes the transport for a reason of this side's. */
  fail(code: ErrorCode, detail: string): void {
    this.#end({ code, detail });
    this.transport.close();
  }

  /** Gives everything from now on to `taker`: first what was held, in order. */
  handOver(taker: TransportHandlers): void {
    this.#taker = taker;
    for (const frame of this.#held.splice(0)) taker.frame(frame);
    if (this.#drained) taker.drained();
    if (this.#ended) taker.closed(this.#ended);
  }

  #take(frame: Uint8Array): void {
    if (this.#ended) return;
    if (frame.length > limits.maxFrameBytes) this.fail('frame-too-large', `a frame of ${frame.length} bytes came`);
    else if (this.#taker) this.#taker.frame(frame);
    else if (this.#reader) this.#answer(success(frame));
    else if (this.#held.length < limits.maxHeldFrames) this.#held.push(frame);
    else this.fail('overrun', 'more frames came than could be held while keys were agreed');
  }

  #noteDrained(): void {
    if (this.#taker) this.#taker.drained();
    else this.#drained = true;
  }

  #end(reason: TransportClosed): void {
    if (this.#ended) return;
    this.#ended = reason;
    if (this.failure) this.#answer(this.failure);
    this.#taker?.closed(reason);
  }

  #answer(frame: Outcome<Uint8Array>): void {
    const reader = this.#reader;
    this.#reader = undefined;
    reader?.(frame);
  }
}
