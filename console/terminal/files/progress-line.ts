/**
 * One line that says how far a transfer is, on a terminal only, and gone when it has ended.
 */
import { isatty } from 'node:tty';
import type { TransferProgress } from '../../client/files/transfer.ts';
import { writeDuration } from '../text/durations.ts';
import { plain } from '../text/plain.ts';
import { writeBytes } from '../text/sizes.ts';

const eraseLine = '\r\u001B[2K';

export class ProgressLine {
  readonly #isShown = isatty(2);
  #stands = false;

  show(name: string, progress: TransferProgress): void {
    if (!this.#isShown) return;
    // where the line is too short it is the name that is cut; a terminal without a size says 0
    const line = `${progressWords(progress)}  ${plain(name)}`;
    process.stderr.write(eraseLine + line.slice(0, (process.stderr.columns || 80) - 1));
    this.#stands = true;
  }

  /** Makes room for other words. */
  clear(): void {
    if (this.#stands) process.stderr.write(eraseLine);
    this.#stands = false;
  }
}

/** `41%  512 MB of 1.2 GB  96 MB/s  8 s left`. */
export function progressWords({ bytes, total, bytesPerSecond, secondsLeft, interrupted }: TransferProgress): string {
  const parts = [
    total === undefined || total === 0 ? '' : `${Math.floor((bytes / total) * 100)}%`,
    total === undefined ? writeBytes(bytes) : `${writeBytes(bytes)} of ${writeBytes(total)}`,
    interrupted ? 'cut off, going on when the connection is back' : `${writeBytes(bytesPerSecond)}/s`,
    interrupted || secondsLeft === undefined ? '' : `${writeDuration(Math.ceil(secondsLeft) * 1000)} left`,
  ];
  return parts.filter(Boolean).join('  ');
}
