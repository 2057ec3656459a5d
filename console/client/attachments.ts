/**
 * The live stream of a running directive as its user sees it: input goes in, output comes out, each byte once, however
 * often the connection is cut. Terminal, exec and the browser's terminal share it.
 */
import type { Clock, Random } from '../../protocol/clock.ts';
import { errorCatalogue } from '../../protocol/errors.ts';
import { limits } from '../../protocol/limits.ts';
import type { LiveEvent } from '../../protocol/live-stream.ts';
import type { Failure } from '../../protocol/outcome.ts';
import { InputQueue } from './input-queue.ts';
import type { LiveSocket } from './live-socket.ts';
import { SealedLink } from './sealed-link.ts';
import type { LiveStreamAddress } from './sealed-link.ts';

export type StreamExit = { readonly exitCode: number | null; readonly signal: string | null };

export type LiveStreamHandlers = {
  /** Output in order. The next piece comes when the promise has resolved: that is the back-pressure. */
  output(channel: 'stdout' | 'stderr', bytes: Uint8Array): Promise<void> | void;
  /** The agent had to forget output that did not come through: it is missing here, in front of what comes next. */
  missed(bytes: number): void;
  state?(state: 'attached' | 'interrupted'): void;
  /** The program ended and all its output has been given. Last call. */
  ended(exit: StreamExit): void;
  /** It cannot go on. Last call. */
  failed(because: Failure): void;
};

export type LiveStreamOptions = LiveStreamAddress & {
  readonly live: LiveSocket;
  readonly clock: Clock;
  readonly random: Random;
  readonly handlers: LiveStreamHandlers;
  /** Output bytes that an earlier console of the same key has had already (a page that was reloaded). */
  readonly received?: number;
};

export class LiveStream {
  readonly #options: LiveStreamOptions;
  readonly #input = new InputQueue();
  #link: SealedLink | undefined;
  #over = false;
  /** The program's end has been told; only its last output is still being given. */
  #endTold = false;
  #attachedBefore = false;
  #awaySinceMs: number | undefined;
  #received: number;
  #inputEnded = false;
  #inputEndSent = false;
  #size: Extract<LiveEvent, { type: 'resize' }> | undefined;
  /** Output on its way through the handler, one piece after the other. */
  #giving: Promise<void> = Promise.resolve();
  #untakenBytes = 0;

  /** Attaches at once. */
  constructor(options: LiveStreamOptions) {
    this.#options = options;
    this.#received = options.received ?? 0;
    this.#attach();
  }

  /** Output bytes that have come, for taking it up again later. */
  get received(): number {
    return this.#received;
  }

  /** Sends input; resolves when there is room for more. */
  write(bytes: Uint8Array): Promise<void> {
    const room = this.#input.push(bytes);
    this.#pump();
    return room;
  }

  endInput(): void {
    this.#inputEnded = true;
    this.#pump();
  }

  resize(columns: number, rows: number): void {
    this.#size = { type: 'resize', columns, rows };
    void this.#link?.send(this.#size);
  }

  /** `SIGINT`, `SIGTERM` and so on. One that falls into a cut is lost, like a key pressed at an unplugged keyboard. */
  signal(name: string): void {
    void this.#link?.send({ type: 'signal', name });
  }

  /** Leaves the stream; the program goes on. */
  close(): void {
    this.#over = true;
    this.#link?.close();
  }

  #attach(): void {
    if (this.#over) return;
    const { live, random } = this.#options;
    const link = new SealedLink(live, this.#options, { received: this.#received, random }, {
      ready: (offsets) => this.#ready(link, offsets),
      event: (event) => this.#event(link, event),
      roomy: () => this.#pump(),
      lost: (reason) => this.#lost(reason),
    });
  }

  /** From here both ends count from the offsets just exchanged, with fresh credit. */
  #ready(link: SealedLink, { inputReceived, outputFrom }: { inputReceived: number; outputFrom: number }): void {
    this.#link = link;
    this.#attachedBefore = true;
    this.#awaySinceMs = undefined;
    this.#untakenBytes = 0;
    this.#inputEndSent = false;
    if (outputFrom > this.#received) this.#miss(outputFrom - this.#received);
    this.#received = outputFrom;
    this.#input.resumeAt(inputReceived);
    this.#options.handlers.state?.('attached');
    if (this.#size !== undefined) void link.send(this.#size);
    this.#pump();
  }

  #lost(reason: Failure): void {
    if (this.#over || this.#endTold) return;
    this.#link = undefined;
    if (!this.#mayComeBack(reason)) return this.#finish(() => this.#options.handlers.failed(reason));
    this.#options.handlers.state?.('interrupted');
    this.#options.clock.after(limits.reconnectFirstMs, () => this.#attach());
  }

  /** A machine that was there and is off line may come back with the program still running. */
  #mayComeBack({ code }: Failure): boolean {
    const nowMs = this.#options.clock.monotonic();
    this.#awaySinceMs ??= nowMs;
    const wasThere = this.#attachedBefore && nowMs - this.#awaySinceMs < limits.resumeWithinMs;
    return errorCatalogue[code].retryable || code === 'session-lost' || (wasThere && code === 'no-such-directive');
  }

  #event(link: SealedLink, event: LiveEvent): void {
    if (event.type === 'output') this.#give(link, event);
    else if (event.type === 'input-taken') {
      this.#input.taken(event.bytes);
      this.#pump();
    } else if (event.type === 'ended') {
      this.#endTold = true;
      this.#giving = this.#giving.then(() => this.#end(link, { exitCode: event.exitCode, signal: event.signal }));
    }
  }

  /** The agent hears that nothing of the run is wanted any more. */
  async #end(link: SealedLink, exit: StreamExit): Promise<void> {
    if (this.#over) return;
    await link.send({ type: 'end-taken' });
    this.#finish(() => this.#options.handlers.ended(exit));
  }

  #miss(bytes: number): void {
    this.#giving = this.#giving.then(() => {
      if (!this.#over) this.#options.handlers.missed(bytes);
    });
  }

  #give(link: SealedLink, { channel, bytes }: Extract<LiveEvent, { type: 'output' }>): void {
    this.#received += bytes.byteLength;
    this.#giving = this.#giving.then(async () => {
      if (this.#over) return;
      await this.#options.handlers.output(channel, bytes);
      if (this.#link === link) this.#tellTaken(link, bytes.byteLength);
    });
  }

  #tellTaken(link: SealedLink, bytes: number): void {
    this.#untakenBytes += bytes;
    if (this.#untakenBytes < limits.streamCreditBytes / 8) return;
    void link.send({ type: 'taken', bytes: this.#untakenBytes });
    this.#untakenBytes = 0;
  }

  #pump(): void {
    const link = this.#link;
    if (link === undefined || this.#over) return;
    while (link.hasRoom) {
      const bytes = this.#input.next();
      if (bytes === undefined) break;
      void link.send({ type: 'input', bytes });
    }
    if (!this.#inputEnded || this.#inputEndSent || !this.#input.sentAll) return;
    this.#inputEndSent = true;
    void link.send({ type: 'input-end' });
  }

  #finish(tell: () => void): void {
    if (this.#over) return;
    this.close();
    tell();
  }
}
