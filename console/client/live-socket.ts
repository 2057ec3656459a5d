/**
 * The live socket: one WebSocket for everything that is shown as it changes. It reconnects by itself with growing,
 * scattered pauses, watches again what was watched, and sends again what was not answered (a directive has an id, so
 * the intermediary knows it again). Attachments are told of the cut; they take up where they were (attachments.ts).
 */
import type { Clock, Random } from '../../protocol/clock.ts';
import { isErrorCode } from '../../protocol/errors.ts';
import { limits } from '../../protocol/limits.ts';
import { encodeMessage, messageDecoder } from '../../protocol/messages/codec.ts';
import { ToConsole } from '../../protocol/messages/live.ts';
import type { FromConsole } from '../../protocol/messages/live.ts';
import { failure, success } from '../../protocol/outcome.ts';
import type { Failure, Outcome } from '../../protocol/outcome.ts';
import type { Envelope } from '../../protocol/envelope.ts';
import type { Target } from '../../protocol/statements/directive.ts';

/** Opens one socket; `closed` comes exactly once, also when it never opened. */
export type Dial = (handlers: { opened(): void; message(bytes: Uint8Array): void; closed(reason: string): void }) => {
  send(bytes: Uint8Array): void;
  close(): void;
};

export type LiveState =
  | { readonly is: 'live' }
  | { readonly is: 'reconnecting'; /** milliseconds since 1970 */ readonly sinceMs: number; readonly reason: string }
  | { readonly is: 'closed'; readonly because: Failure };

export type Topic = Extract<FromConsole, { kind: 'watch' }>['topic'];

/** A signed directive with its id. */
export type Given = { readonly id: string; readonly envelope: Envelope; readonly targets: readonly Target[] };

export type WatchHandlers = {
  /** The present state first, then every change. After a reconnection the present state comes once more. */
  event(message: ToConsole): void;
  /** What was there is complete. */
  current?(): void;
  failed?(refusal: Failure): void;
};

export type AttachHandlers = {
  attached(): void;
  frame(bytes: Uint8Array): void;
  credit(bytes: number): void;
  /** Last call: refused, ended by the other side, or the socket was cut (`connection-lost`). */
  detached(reason: Failure): void;
};
export type AttachedSocket = { send(frame: Uint8Array): void; credit(bytes: number): void; detach(): void };

/** `bulk`: a transfer, which everything else goes before. */
export type LiveAddress = { readonly directiveId: string; readonly agentId: string; readonly bulk?: boolean };

type Entry =
  | { readonly type: 'watch'; readonly message: FromConsole; readonly handlers: WatchHandlers }
  | { readonly type: 'attach'; readonly message: FromConsole; readonly handlers: AttachHandlers }
  | { readonly type: 'request'; readonly message: FromConsole; sent: number; answer(outcome: Outcome<void>): void };

const decode = messageDecoder(ToConsole);

export class LiveSocket {
  readonly #dial: Dial;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #entries = new Map<number, Entry>();
  readonly #listeners = new Set<(state: LiveState) => void>();
  #socket: ReturnType<Dial> | undefined;
  #state: LiveState;
  #nextRef = 1;
  #attempt = 0;

  /** Connects at once. */
  constructor(options: { dial: Dial; clock: Clock; random: Random }) {
    this.#dial = options.dial;
    this.#clock = options.clock;
    this.#random = options.random;
    this.#state = { is: 'reconnecting', sinceMs: this.#clock.now(), reason: '' };
    this.#connect();
  }

  get state(): LiveState {
    return this.#state;
  }

  /** Tells of every change of state; call the result to stop. */
  onState(listener: (state: LiveState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Watches until the result is called. */
  watch(topic: Topic, handlers: WatchHandlers): () => void {
    const ref = this.#nextRef++;
    this.#add(ref, { type: 'watch', message: { kind: 'watch', ref, topic }, handlers });
    return () => this.#unwatch(ref);
  }

  /** Gives a signed directive on its way. */
  submit(envelope: Envelope, targets: readonly Target[]): Promise<Outcome<void>> {
    return this.#request((ref) => submission(ref, envelope, targets));
  }

  /** The same, and watches the directive `id` from its acceptance, until `stop`. */
  submitAndWatch({ id, envelope, targets }: Given, handlers: WatchHandlers): { readonly taken: Promise<Outcome<void>>; stop(): void } {
    const ref = this.#nextRef++;
    const taken = new Promise<Outcome<void>>((resolve) => {
      const answer = (outcome: Outcome<void>): void => {
        if (outcome.ok && this.#state.is === 'live') this.#entries.set(ref, { type: 'watch', message: { kind: 'watch', ref, topic: { of: 'directive', directiveId: id } }, handlers });
        resolve(outcome);
      };
      this.#add(ref, { type: 'request', message: { ...submission(ref, envelope, targets), follow: true }, sent: 0, answer });
    });
    return { taken, stop: () => this.#unwatch(ref) };
  }

  /** Gives a signed cancel on its way. */
  cancel(envelope: Envelope): Promise<Outcome<void>> {
    return this.#request((ref) => ({ kind: 'cancel', ref, envelope }));
  }

  /** Joins a live stream. Not taken up again by itself: whoever attaches knows from which byte on. */
  attach({ directiveId, agentId, bulk = false }: LiveAddress, handlers: AttachHandlers): AttachedSocket {
    const ref = this.#nextRef++;
    this.#add(ref, { type: 'attach', message: { kind: 'attach', ref, directiveId, agentId, ...(bulk ? { bulk } : {}) }, handlers });
    // A cut ends the attachment: what it still had to say must not reach the next socket, which knows nothing of it.
    const say = (message: FromConsole): void => {
      if (this.#entries.has(ref)) this.#sendNow(message);
    };
    return {
      send: (bytes) => say({ kind: 'frame', ref, bytes }),
      credit: (bytes) => say({ kind: 'credit', ref, bytes }),
      detach: () => {
        if (this.#entries.delete(ref)) this.#sendNow({ kind: 'detach', ref });
      },
    };
  }

  /** Ends it for good; what waits for an answer gets `connection-lost`, and nobody watches any more. */
  close(): void {
    for (const [ref, entry] of Array.from(this.#entries)) if (entry.type === 'watch') this.#entries.delete(ref);
    this.#end(failure('connection-lost', 'closed here'));
  }

  #unwatch(ref: number): void {
    if (this.#entries.delete(ref)) this.#sendNow({ kind: 'unwatch', ref });
  }

  #request(build: (ref: number) => FromConsole): Promise<Outcome<void>> {
    const ref = this.#nextRef++;
    return new Promise((answer) => this.#add(ref, { type: 'request', message: build(ref), sent: 0, answer }));
  }

  #add(ref: number, entry: Entry): void {
    if (this.#state.is === 'closed') return this.#fail(entry, this.#state.because);
    this.#entries.set(ref, entry);
    if (this.#state.is === 'live') this.#sendEntry(entry);
  }

  #connect(): void {
    this.#socket = this.#dial({
      opened: () => this.#opened(),
      message: (bytes) => this.#received(bytes),
      closed: (reason) => this.#lost(reason),
    });
  }

  #opened(): void {
    this.#attempt = 0;
    this.#change({ is: 'live' });
    for (const entry of this.#entries.values()) this.#sendEntry(entry);
  }

  #lost(reason: string): void {
    this.#socket = undefined;
    if (this.#state.is === 'closed') return;
    if (reason === 'not-signed-in') return this.#end(failure(reason, 'the live socket was refused'));
    const sinceMs = this.#state.is === 'live' ? this.#clock.now() : this.#state.sinceMs;
    this.#change({ is: 'reconnecting', sinceMs, reason });
    this.#detachAll(failure('connection-lost', reason || 'the live socket was cut'));
    this.#clock.after(this.#pauseMs(), () => this.#state.is === 'reconnecting' && this.#connect());
  }

  /** Full jitter: anywhere between nothing and a bound that doubles with each attempt. */
  #pauseMs(): number {
    const bound = Math.min(limits.reconnectMaxMs, limits.reconnectFirstMs * 2 ** this.#attempt++);
    return (bound * ((this.#random(1)[0] ?? 0) + 1)) / 256;
  }

  #received(bytes: Uint8Array): void {
    const read = decode(bytes);
    if (!read.ok) return this.#end(read);
    const message = read.value;
    if (message.kind === 'signed-out') return this.#signedOut(message.code);
    const entry = this.#entries.get(message.ref);
    if (entry?.type === 'request') this.#answer(message.ref, entry, message);
    else if (entry?.type === 'watch') this.#watched(message.ref, entry.handlers, message);
    else if (entry?.type === 'attach') this.#attachment(message.ref, entry.handlers, message);
  }

  /** Only a sign-in that ended is the end; after changed rights the socket is closed there and opened anew from here. */
  #signedOut(code: string): void {
    if (code === 'not-signed-in') this.#end(failure(code, 'your sign-in has ended'));
  }

  #answer(ref: number, entry: Extract<Entry, { type: 'request' }>, message: ToConsole): void {
    if (message.kind !== 'submitted' && message.kind !== 'done' && message.kind !== 'failed') return;
    this.#entries.delete(ref);
    const refusal = message.kind === 'failed' ? refusalOf(message) : undefined;
    // Sent twice around a cut: the first one had arrived.
    const arrivedBefore = entry.sent > 1 && (refusal?.code === 'replayed' || refusal?.code === 'conflict');
    entry.answer(refusal === undefined || arrivedBefore ? success(undefined) : refusal);
  }

  #watched(ref: number, handlers: WatchHandlers, message: ToConsole): void {
    if (message.kind === 'current') return handlers.current?.();
    if (message.kind !== 'failed') return handlers.event(message);
    this.#entries.delete(ref);
    handlers.failed?.(refusalOf(message));
  }

  #attachment(ref: number, handlers: AttachHandlers, message: ToConsole): void {
    if (message.kind === 'attached') handlers.attached();
    else if (message.kind === 'frame') handlers.frame(message.bytes);
    else if (message.kind === 'credit') handlers.credit(message.bytes);
    else if (message.kind === 'failed' || message.kind === 'detached') {
      this.#entries.delete(ref);
      handlers.detached(refusalOf(message));
    }
  }

  #sendEntry(entry: Entry): void {
    if (entry.type === 'request') entry.sent += 1;
    this.#sendNow(entry.message);
  }

  #sendNow(message: FromConsole): void {
    if (this.#state.is === 'live') this.#socket?.send(encodeMessage(message));
  }

  #detachAll(reason: Failure): void {
    for (const [ref, entry] of Array.from(this.#entries)) {
      if (entry.type !== 'attach') continue;
      this.#entries.delete(ref);
      entry.handlers.detached(reason);
    }
  }

  #end(because: Failure): void {
    if (this.#state.is === 'closed') return;
    this.#change({ is: 'closed', because });
    this.#socket?.close();
    const left = [...this.#entries.values()];
    this.#entries.clear();
    for (const entry of left) this.#fail(entry, because);
  }

  #fail(entry: Entry, because: Failure): void {
    if (entry.type === 'request') entry.answer(because);
    else if (entry.type === 'attach') entry.handlers.detached(because);
    else entry.handlers.failed?.(because);
  }

  #change(state: LiveState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener(state);
  }
}

function submission(ref: number, envelope: Envelope, targets: readonly Target[]): Extract<FromConsole, { kind: 'submit' }> {
  return { kind: 'submit', ref, envelope, targets: targets.map((target) => ({ ...target })) };
}

function refusalOf(message: { code: string; detail: string }): Failure {
  return failure(isErrorCode(message.code) ? message.code : 'internal', message.detail);
}
