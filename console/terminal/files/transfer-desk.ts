/**
 * The transfers of one command: each with its line of progress, counted, and ended by Ctrl-C so that the same command can
 * go on later.
 */
import { failure, success } from '../../../protocol/outcome.ts';
import type { Outcome } from '../../../protocol/outcome.ts';
import type { TransferOptions } from '../../client/files/transfer.ts';
import { plain } from '../text/plain.ts';
import { writeDuration } from '../text/durations.ts';
import { writeBytes } from '../text/sizes.ts';
import { exitCodes } from '../toolkit.ts';
import type { CommandEnd, Toolkit } from '../toolkit.ts';
import { ProgressLine } from './progress-line.ts';

export class TransferDesk {
  readonly #toolkit: Toolkit;
  readonly #line = new ProgressLine();
  readonly #abort = new AbortController();
  readonly #startedMs: number;
  #files = 0;
  #bytes = 0;
  #kept = 0;
  #skipped = 0;

  constructor(toolkit: Toolkit) {
    this.#toolkit = toolkit;
    this.#startedMs = toolkit.clock.monotonic();
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(name, () => this.#interrupt());
  }

  /** One transfer of `name`. */
  async run(name: string, transfer: (options: TransferOptions) => Promise<Outcome<{ readonly bytes: number; readonly kept: number }>>): Promise<Outcome<void>> {
    const done = await transfer({ signal: this.#abort.signal, progress: (progress) => this.#line.show(name, progress) });
    this.#line.clear();
    if (!done.ok) return done.code === 'cancelled' && this.#abort.signal.aborted ? failure('cancelled', 'the same command goes on where this one was') : done;
    this.#files += 1;
    this.#bytes += done.value.bytes;
    this.#kept += done.value.kept;
    return success(undefined);
  }

  /** It is there already. */
  skip(path: string): Outcome<void> {
    this.#skipped += 1;
    this.#toolkit.io.note(`${plain(path)} is there already`);
    return success(undefined);
  }

  leaveOut(path: string, kind: string): void {
    this.#skipped += 1;
    this.#toolkit.io.note(`${plain(path)} is a ${kind.replace('-', ' ')} and is left out`);
  }

  /** The last words of the command. */
  end(where: string): CommandEnd {
    const ms = this.#toolkit.clock.monotonic() - this.#startedMs;
    const sent = this.#bytes - this.#kept;
    const kept = this.#kept === 0 ? '' : `, ${writeBytes(this.#kept)} of it were there from before`;
    const skipped = this.#skipped === 0 ? '' : `, ${this.#skipped} left alone`;
    const files = `${this.#files} file${this.#files === 1 ? '' : 's'}`;
    this.#toolkit.io.note(`${files}, ${writeBytes(this.#bytes)} ${plain(where)} in ${writeDuration(ms)} (${writeBytes((sent * 1000) / Math.max(1, ms))}/s)${kept}${skipped}`);
    return success(exitCodes.done);
  }

  #interrupt(): void {
    this.#abort.abort();
  }
}
