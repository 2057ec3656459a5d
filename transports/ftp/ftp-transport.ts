/**
 * transports/ftp: frames as files, for a network that lets nothing out but FTP. Both ends are the same machine over a
 * mailbox (mailbox.ts); they differ in how they reach it and in how they learn that something came.
 *
 * | here                     | in the folder                                                                         |
 * | ------------------------ | ------------------------------------------------------------------------------------- |
 * | frames                   | batched into files (batch.ts), taken away by the reader                               |
 * | `send` says false        | too much waits; files are written while fewer than `limits.ftpWaitingFiles` are unread |
 * | `close()` or a violation | the last file says why; the intermediary then removes the folder                      |
 * | the other end is gone    | neither took a file nor gave a sign for `limits.ftpSilenceMs`: `connection-lost`      |
 * | the FTP connection ends  | `connection-lost` at once; the session goes on over another transport                 |
 */
import type { Clock, Timer } from '../../protocol/clock.ts';
import { FrameGate } from '../../protocol/frame-gate.ts';
import { limits } from '../../protocol/limits.ts';
import type { Transport, TransportClosed, TransportHandlers } from '../../protocol/transport.ts';
import { decodeBatch, encodeBatch, reasonOf } from './batch.ts';
import type { Batch, Ending } from './batch.ts';
import { batchName } from './mailbox.ts';
import type { Direction, Mailbox } from './mailbox.ts';
import { Outgoing } from './outgoing.ts';

export type FtpTransportOptions = {
  readonly mailbox: Mailbox;
  /** Which way this end writes: the agent `up`, the intermediary `down`. */
  readonly writes: Direction;
  readonly remoteAddress: string;
  readonly clock: Clock;
  /** From one look to the next when nothing moves: doubled from the first up to the last. */
  readonly look: { readonly firstMs: number; readonly lastMs: number };
  /** Signs of life are this far apart at least. */
  readonly signEveryMs: number;
};

export class FtpTransport implements Transport {
  readonly name = 'ftp';
  readonly remoteAddress: string;
  /** Resolves when it is over and no file is being written or read any more. Never fails. */
  readonly finished: Promise<void>;
  readonly #options: FtpTransportOptions;
  readonly #gate = new FrameGate();
  readonly #outgoing = new Outgoing();
  /** Batches written by this end, those of them that the other has taken, and batches read. */
  #written = 0;
  #taken = 0;
  #read = 0;
  #lastSignAt = -Infinity;
  #lastHeardAt: number;
  #isOver = false;
  #delayMs: number;
  #isCalled = false;
  #goOn: (() => void) | undefined;
  #cut: Timer | undefined;

  constructor(options: FtpTransportOptions) {
    this.#options = options;
    this.remoteAddress = options.remoteAddress;
    this.#delayMs = options.look.firstMs;
    this.#lastHeardAt = options.clock.monotonic();
    this.finished = this.#run();
  }

  listen(handlers: TransportHandlers): void {
    this.#gate.listen(handlers);
  }

  send(frame: Uint8Array): boolean {
    if (this.#isOver || this.#outgoing.isEnded) return false;
    if (frame.byteLength > limits.maxFrameBytes) {
      this.#end('frame-too-large');
      return false;
    }
    const hasRoom = this.#outgoing.push(frame);
    this.wake();
    return hasRoom;
  }

  close(): void {
    this.#end('closed');
  }

  /** Something may have come: looks at once. */
  wake(): void {
    this.#isCalled = true;
    this.#goOn?.();
  }

  /** The last batch says why. If it cannot be written in time, the end is told all the same. */
  #end(ending: Exclude<Ending, 'none'>): void {
    if (this.#isOver || this.#outgoing.isEnded) return;
    this.#outgoing.end(ending);
    this.#cut = this.#options.clock.after(limits.closeWithinMs, () => this.#conclude({ code: ending, detail: 'ended by this side' }));
    this.wake();
  }

  async #run(): Promise<void> {
    try {
      while (!this.#isOver) await this.#round();
    } catch (error) {
      this.#conclude({ code: 'connection-lost', detail: error instanceof Error ? error.message : 'the mailbox broke' });
    }
  }

  async #round(): Promise<void> {
    this.#isCalled = false;
    const wrote = await this.#writeOne();
    const read = await this.#readOne();
    if (this.#isOver) return;
    await this.#exchangeSigns();
    const { look } = this.#options;
    if (wrote || read) this.#delayMs = look.firstMs;
    else await this.#pause();
  }

  async #writeOne(): Promise<boolean> {
    if (this.#outgoing.isEmpty || !await this.#hasWindow()) return false;
    const { mailbox, writes } = this.#options;
    this.#written += 1;
    const batch = this.#outgoing.next(this.#written);
    await mailbox.put(batchName(writes, this.#written), encodeBatch(batch));
    if (batch.ending !== 'none') this.#conclude({ code: batch.ending, detail: 'ended by this side' });
    else if (this.#outgoing.hasDrained()) this.#gate.drained();
    return true;
  }

  /** Asks for the files that are still unread only when the window seems full. */
  async #hasWindow(): Promise<boolean> {
    const { mailbox, writes } = this.#options;
    const isFull = (): boolean => this.#written - this.#taken >= limits.ftpWaitingFiles;
    while (isFull() && !await mailbox.holds(batchName(writes, this.#taken + 1))) {
      this.#taken += 1;
      this.#noteHeard();
    }
    return !isFull();
  }

  async #readOne(): Promise<boolean> {
    const { mailbox, writes } = this.#options;
    // a side that ends takes no more: behind a frame it could not keep, none may follow
    if (this.#isOver || this.#outgoing.isEnded) return false;
    const file = await mailbox.take(batchName(writes === 'up' ? 'down' : 'up', this.#read + 1));
    if (file === undefined) return false;
    this.#read += 1;
    this.#noteHeard();
    const batch = decodeBatch(file, this.#read);
    if (batch.ok) this.#deliver(batch.value);
    else this.#end('message-malformed');
    return true;
  }

  #deliver({ frames, ending }: Batch): void {
    for (const frame of frames) {
      if (!this.#gate.frame(frame)) return this.#end('overrun');
    }
    if (ending !== 'none') this.#conclude(reasonOf(ending));
  }

  async #exchangeSigns(): Promise<void> {
    const { clock, mailbox, signEveryMs } = this.#options;
    if (clock.monotonic() - this.#lastSignAt < signEveryMs) return;
    this.#lastSignAt = clock.monotonic();
    if (await mailbox.sign()) this.#noteHeard();
    if (clock.monotonic() - this.#lastHeardAt < limits.ftpSilenceMs) return;
    this.#conclude({ code: 'connection-lost', detail: `no sign of the other side for ${limits.ftpSilenceMs} ms` });
  }

  #noteHeard(): void {
    this.#lastHeardAt = this.#options.clock.monotonic();
  }

  #pause(): Promise<void> {
    if (this.#isCalled || this.#isOver) return Promise.resolve();
    const { clock, look } = this.#options;
    return new Promise((resolve) => {
      const goOn = (): void => {
        timer.cancel();
        this.#goOn = undefined;
        resolve();
      };
      const timer = clock.after(this.#delayMs, goOn);
      this.#goOn = goOn;
      this.#delayMs = Math.min(this.#delayMs * 2, look.lastMs);
    });
  }

  #conclude(reason: TransportClosed): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#cut?.cancel();
    this.#goOn?.();
    const isLastUnread = this.#outgoing.isEnded && this.#written > 0;
    void this.#options.mailbox.leave(isLastUnread ? batchName(this.#options.writes, this.#written) : undefined);
    this.#gate.close(reason);
  }
}
