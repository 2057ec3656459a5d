/**
 * One console attached to the live stream of a run: sealed frames pass both ways, unread. Credit goes from end to end: the
 * agent's frames are credited as the console takes them, the console's as the session does.
 */
import type { ErrorCode } from '../../protocol/errors.ts';
import type { SessionStream } from '../../protocol/session/stream.ts';
import { limits } from '../../protocol/limits.ts';
import type { Outlet } from './outlet.ts';

export class Attachment {
  readonly #outlet: Outlet;
  readonly #ref: number;
  readonly #stream: SessionStream;
  readonly #ended: () => void;
  /** Bytes of the console that the session has not had room for: its credit comes when there is. */
  #uncredited = 0;
  /** Bytes of the agent that the console has not taken. */
  #untaken = 0;
  #isBlocked = false;

  constructor(outlet: Outlet, ref: number, way: { readonly stream: SessionStream; ended(): void }) {
    this.#outlet = outlet;
    this.#ref = ref;
    this.#stream = way.stream;
    this.#ended = way.ended;
    outlet.send({ kind: 'attached', ref });
    way.stream.listen({
      data: (bytes) => this.#fromAgent(bytes),
      ended: () => this.#endedByAgent(),
      reset: (code) => this.#detach(code, 'the other side has ended it'),
      drained: () => this.#drained(),
    });
  }

  /** One frame of the console. */
  frame(bytes: Uint8Array): void {
    this.#uncredited += bytes.byteLength;
    if (this.#uncredited > limits.streamCreditBytes + limits.maxMessageBytes) return this.#refuse('credit-exceeded');
    if (!this.#stream.write(bytes)) this.#isBlocked = true;
    if (!this.#isBlocked) this.#creditConsole();
  }

  /** The console has taken so many bytes. */
  credit(bytes: number): void {
    if (bytes > this.#untaken) return this.#refuse('credit-exceeded');
    this.#untaken -= bytes;
    this.#stream.take(bytes);
  }

  /** The console leaves; the run goes on. */
  stop(): void {
    this.#stream.reset('session-lost');
  }

  #fromAgent(bytes: Uint8Array): void {
    this.#untaken += bytes.byteLength;
    this.#outlet.send({ kind: 'frame', ref: this.#ref, bytes });
  }

  #endedByAgent(): void {
    this.#stream.end();
    this.#detach('session-lost', 'the other side has ended it');
  }

  #drained(): void {
    this.#isBlocked = false;
    this.#creditConsole();
  }

  /** In portions: less of it is under way than there is credit, so nobody waits for the rest. */
  #creditConsole(): void {
    if (this.#uncredited < limits.streamCreditBytes / 8) return;
    this.#outlet.send({ kind: 'credit', ref: this.#ref, bytes: this.#uncredited });
    this.#uncredited = 0;
  }

  #refuse(code: ErrorCode): void {
    this.#stream.reset(code);
    this.#detach(code, 'more was sent or taken than there was credit for');
  }

  #detach(code: ErrorCode, detail: string): void {
    this.#outlet.send({ kind: 'detached', ref: this.#ref, code, detail });
    this.#ended();
  }
}
