/**
 * One attachment to a live stream, sealed between this console and the agent: hello, welcome, then events both ways in
 * order. It ends with the socket; attachments.ts makes the next one. Credit of the outer layer (how many sealed bytes
 * the intermediary holds) is dealt with here; that of the program's bytes is not.
 */
import type { Random } from '../../protocol/clock.ts';
import { limits } from '../../protocol/limits.ts';
import { LiveConsole } from '../../protocol/live-stream.ts';
import type { Accepted, LiveEvent, StreamKeyPair } from '../../protocol/live-stream.ts';
import { failure } from '../../protocol/outcome.ts';
import type { Failure } from '../../protocol/outcome.ts';
import type { AttachedSocket, LiveAddress, LiveSocket } from './live-socket.ts';

export type LiveStreamAddress = LiveAddress & {
  readonly streamKeyPair: StreamKeyPair;
};

export type SealedLinkHandlers = {
  /** The agent has proved itself. Offsets: input it has already, output it begins with. */
  ready(offsets: { inputReceived: number; outputFrom: number }): void;
  event(event: LiveEvent): void;
  /** After `hasRoom` was false. */
  roomy(): void;
  /** Last call. */
  lost(reason: Failure): void;
};

/** Type byte, event byte and tag of a sealed input frame. */
const sealedOverheadBytes = 18;

export class SealedLink {
  readonly #handlers: SealedLinkHandlers;
  readonly #socket: AttachedSocket;
  readonly #begun: LiveConsole;
  #opened: Accepted | undefined;
  #over = false;
  /** Sealed bytes that the intermediary has not passed on yet. */
  #underwayBytes = 0;
  #untoldBytes = 0;
  #sending: Promise<void> = Promise.resolve();
  #reading: Promise<void> = Promise.resolve();

  constructor(live: LiveSocket, address: LiveStreamAddress, from: { received: number; random: Random }, handlers: SealedLinkHandlers) {
    this.#handlers = handlers;
    this.#begun = LiveConsole.begin({ ...address, ...from });
    this.#socket = live.attach(address, {
      attached: () => this.#socket.send(this.#begun.hello),
      frame: (bytes) => (this.#reading = this.#reading.then(() => this.#read(bytes))),
      credit: (bytes) => this.#credited(bytes),
      // Behind the frames that came before it.
      detached: (reason) => (this.#reading = this.#reading.then(() => this.#lose(reason))),
    });
  }

  /** Whether more input may be sent now. */
  get hasRoom(): boolean {
    return this.#opened !== undefined && !this.#over && this.#underwayBytes < limits.streamCreditBytes;
  }

  /** Sends one event after all before it, and resolves when the socket has it. Nothing happens before `ready` or after `lost`. */
  send(event: LiveEvent): Promise<void> {
    if (this.#opened === undefined || this.#over) return Promise.resolve();
    this.#underwayBytes += sealedOverheadBytes + (event.type === 'input' ? event.bytes.byteLength : 0);
    const sealed = this.#opened.seal(event);
    this.#sending = this.#sending.then(async () => {
      const frame = await sealed;
      if (!this.#over) this.#socket.send(frame);
    });
    return this.#sending;
  }

  close(): void {
    this.#over = true;
    this.#socket.detach();
  }

  async #read(bytes: Uint8Array): Promise<void> {
    if (this.#over) return;
    this.#tellCredit(bytes.byteLength);
    if (this.#opened === undefined) return this.#welcome(bytes);
    const event = await this.#opened.open(bytes);
    if (this.#over) return;
    if (event.ok) this.#handlers.event(event.value);
    else this.#break(event);
  }

  async #welcome(bytes: Uint8Array): Promise<void> {
    const accepted = await this.#begun.accept(bytes);
    if (this.#over) return;
    if (!accepted.ok) return this.#break(accepted);
    this.#opened = accepted.value;
    this.#handlers.ready(accepted.value);
  }

  /** What was read leaves the intermediary's hands at once: the bound that counts is the sealed one, end to end. */
  #tellCredit(bytes: number): void {
    this.#untoldBytes += bytes;
    if (this.#untoldBytes < limits.streamCreditBytes / 8) return;
    this.#socket.credit(this.#untoldBytes);
    this.#untoldBytes = 0;
  }

  #credited(bytes: number): void {
    const wasFull = this.#underwayBytes >= limits.streamCreditBytes;
    this.#underwayBytes = Math.max(0, this.#underwayBytes - bytes);
    if (wasFull) this.#handlers.roomy();
  }

  #break(reason: Failure): void {
    this.close();
    this.#handlers.lost(failure(reason.code, reason.detail));
  }

  #lose(reason: Failure): void {
    if (this.#over) return;
    this.#over = true;
    this.#handlers.lost(reason);
  }
}
