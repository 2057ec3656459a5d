/**
 * One console attached to a live run: its sealed frames in and out, in order, with credit in both directions.
 */
import type { ErrorCode } from '../../protocol/errors.ts';
import { limits } from '../../protocol/limits.ts';
import { maxLiveBytes } from '../../protocol/live-stream.ts';
import type { LiveEnds, LiveEvent } from '../../protocol/live-stream.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import type { ReplayRing } from './replay-ring.ts';
import type { ProgramExit } from './program.ts';

/** The part of a session's stream that an attachment needs. One write is one frame at the other end. */
export type AttachmentStream = {
  listen(handlers: { data(chunk: Uint8Array): void; ended(): void; reset(code: ErrorCode): void; drained(): void }): void;
  write(chunk: Uint8Array): boolean;
  take(bytes: number): void;
  end(): void;
  reset(code: ErrorCode): void;
};

/** The agent's answer to a console's hello, and both directions from there on. */
export type LiveSeal = LiveEnds & { readonly welcome: Uint8Array };

export type AttachmentHandlers = {
  /** Answers the console's hello, and says from which output on it will be sent; that stays in the ring from now on. */
  answer(hello: Uint8Array): { readonly outputFrom: number; readonly sealed: Promise<Outcome<LiveSeal>> };
  /** The seal is agreed. */
  attached(): void;
  event(event: LiveEvent): void;
  /** The console has dealt with the output before `offset`. */
  taken(offset: number): void;
  /** The console has all of it, the end included. */
  endTaken(): void;
  /** Exactly once, last. */
  detached(): void;
};

export class LiveAttachment {
  readonly #stream: AttachmentStream;
  readonly #ring: ReplayRing;
  readonly #on: AttachmentHandlers;
  #seal: LiveSeal | undefined;
  #open = true;
  #incoming: Promise<void> = Promise.resolve();
  #outgoing: Promise<void> = Promise.resolve();
  #sending = false;
  #blocked = false;
  #cursor = 0;
  #taken = 0;
  #waitingInput = 0;
  #untoldInput = 0;
  #exit: ProgramExit | undefined;

  constructor(stream: AttachmentStream, ring: ReplayRing, handlers: AttachmentHandlers) {
    this.#stream = stream;
    this.#ring = ring;
    this.#on = handlers;
    stream.listen({
      data: (chunk) => {
        this.#incoming = this.#incoming.then(() => this.#receive(chunk));
      },
      ended: () => {
        this.#incoming = this.#incoming.then(() => this.#leave());
      },
      reset: () => this.#leave(),
      drained: () => {
        this.#blocked = false;
        void this.pump();
      },
    });
  }

  /** Sends what the ring has and the console has room for. */
  async pump(): Promise<void> {
    if (this.#sending || this.#seal === undefined) return;
    this.#sending = true;
    for (let piece = this.#next(); piece !== undefined; piece = this.#next()) {
      this.#cursor += piece.bytes.byteLength;
      await this.#post({ type: 'output', ...piece });
    }
    this.#sending = false;
    if (this.#exit !== undefined && this.#cursor >= this.#ring.to) this.#sayEnded(this.#exit);
  }

  /** The program has ended and wrote its last output: said once the console has all of it. */
  finish(exit: ProgramExit): void {
    this.#exit = exit;
    void this.pump();
  }

  /** So much input has gone on to the program: the console may send as much again. While more of it waits, that is said in portions. */
  inputTaken(bytes: number): void {
    this.#waitingInput -= bytes;
    this.#untoldInput += bytes;
    if (this.#waitingInput > 0 && this.#untoldInput < limits.streamCreditBytes / 8) return;
    void this.#post({ type: 'input-taken', bytes: this.#untoldInput });
    this.#untoldInput = 0;
  }

  /** Ends this attachment, not the run. */
  drop(code: ErrorCode): void {
    if (!this.#open) return;
    this.#stream.reset(code);
    this.#leave();
  }

  #next(): ReturnType<ReplayRing['read']> {
    // what the ring had to forget before it was sent is told to a console that comes anew
    if (this.#cursor < this.#ring.from) this.drop('session-lost');
    const room = limits.streamCreditBytes - (this.#cursor - this.#taken);
    if (!this.#open || this.#blocked || room <= 0) return undefined;
    return this.#ring.read(this.#cursor, Math.min(room, maxLiveBytes));
  }

  /** Seals and writes in the order of the calls. */
  #post(event: LiveEvent): Promise<void> {
    this.#outgoing = this.#outgoing.then(async () => {
      if (!this.#open || this.#seal === undefined) return;
      const frame = await this.#seal.seal(event);
      if (this.#open && !this.#stream.write(frame)) this.#blocked = true;
    });
    return this.#outgoing;
  }

  #sayEnded(exit: ProgramExit): void {
    this.#exit = undefined;
    void this.#post({ type: 'output-end' });
    void this.#post({ type: 'ended', ...exit });
  }

  async #receive(chunk: Uint8Array): Promise<void> {
    if (!this.#open) return;
    const dealt = this.#seal === undefined ? await this.#begin(chunk) : await this.#frame(chunk, this.#seal);
    if (!dealt.ok) this.drop(dealt.code);
    else this.#stream.take(chunk.byteLength);
  }

  async #begin(hello: Uint8Array): Promise<Outcome<unknown>> {
    const { outputFrom, sealed } = this.#on.answer(hello);
    this.#cursor = outputFrom;
    this.#taken = outputFrom;
    const answered = await sealed;
    if (!answered.ok || !this.#open) return answered;
    this.#stream.write(answered.value.welcome);
    this.#seal = answered.value;
    this.#on.attached();
    void this.pump();
    return answered;
  }

  async #frame(frame: Uint8Array, seal: LiveSeal): Promise<Outcome<unknown>> {
    const opened = await seal.open(frame);
    if (!opened.ok) return opened;
    if (opened.value.type === 'input') this.#waitingInput += opened.value.bytes.byteLength;
    if (opened.value.type === 'taken') this.#credit(opened.value.bytes);
    else if (opened.value.type === 'end-taken') this.#endTaken();
    else this.#on.event(opened.value);
    return opened;
  }

  #credit(bytes: number): void {
    this.#taken = Math.min(this.#taken + bytes, this.#cursor);
    this.#on.taken(this.#taken);
    void this.pump();
  }

  #endTaken(): void {
    this.#on.endTaken();
    this.#stream.end();
    this.#leave();
  }

  #leave(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#on.detached();
  }
}
