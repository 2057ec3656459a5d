/**
 * The receiving half that every transport needs: frames that come before anybody listens are held (bounded), listeners
 * may take over from one another, and the end is told exactly once, last.
 */
import { limits } from './limits.ts';
import type { TransportClosed, TransportHandlers } from './transport.ts';

export class FrameGate {
  readonly #held: Uint8Array[] = [];
  #handlers: TransportHandlers | undefined;
  #reason: TransportClosed | undefined;
  #isPassing = false;
  #isEnded = false;

  /** Passes on what is held, then everything that comes. */
  listen(handlers: TransportHandlers): void {
    this.#handlers = handlers;
    this.#pass();
  }

  /** Takes one frame. False: more than `limits.maxHeldFrames` wait for a listener, and the transport must close with `overrun`. */
  frame(frame: Uint8Array): boolean {
    if (this.#reason !== undefined) return true;
    if (this.#handlers === undefined && this.#held.length >= limits.maxHeldFrames) return false;
    this.#held.push(frame);
    this.#pass();
    return true;
  }

  drained(): void {
    if (this.#reason === undefined) this.#handlers?.drained();
  }

  /** Ends it. The first reason counts; frames that came before it are still passed on. */
  close(reason: TransportClosed): void {
    this.#reason ??= reason;
    this.#pass();
  }

  /** In a loop and not nested, so that a listener that calls `listen` or sends from within does not change the order. */
  #pass(): void {
    if (this.#isPassing) return;
    this.#isPassing = true;
    while (this.#handlers !== undefined && this.#held.length > 0) {
      const frame = this.#held.shift();
      if (frame !== undefined) this.#handlers.frame(frame);
    }
    this.#isPassing = false;
    if (this.#handlers === undefined || this.#reason === undefined || this.#isEnded) return;
    this.#isEnded = true;
    this.#handlers.closed(this.#reason);
  }
}
