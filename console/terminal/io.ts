/**
 * Where the commands write: standard output for results, standard error for everything a person reads meanwhile.
 */
import { isatty } from 'node:tty';
import { writeFailure } from './text/failures.ts';
import { painter } from './text/colours.ts';
import type { Paint } from './text/colours.ts';
import type { Failure } from '../../protocol/outcome.ts';

export type Io = {
  /** Bytes as they are. */
  write(channel: 'stdout' | 'stderr', bytes: Uint8Array): void;
  /** One line of result. */
  line(text: string): void;
  /** A value as one JSON line on standard output. */
  json(value: unknown): void;
  /** One line for the person, on standard error. */
  note(text: string): void;
  fail(failure: Failure): void;
  /** Whether a person watches standard error. */
  readonly isInteractive: boolean;
  /** Columns of the terminal; Infinity when the output goes elsewhere. */
  readonly width: number;
  /** Colours for standard output and for standard error. */
  readonly paint: Paint;
  readonly paintNote: Paint;
};

/** Standard output. A reader that left (`behest agents | head -1`) is no failure of ours. */
function out(): NodeJS.WriteStream {
  if (process.stdout.listenerCount('error') === 0) process.stdout.on('error', () => process.exit(0));
  return process.stdout;
}

/** The process's own streams. `NO_COLOR` (no-color.org) switches colour off. */
export function processIo(environment: NodeJS.ProcessEnv): Io {
  const coloured = (descriptor: number): boolean => isatty(descriptor) && !environment['NO_COLOR'] && environment['TERM'] !== 'dumb';
  const paintNote = painter(coloured(2));
  return {
    write: (channel, bytes) => void (channel === 'stdout' ? out() : process.stderr).write(bytes),
    line: (text) => out().write(`${text}\n`),
    json: (value) => out().write(`${JSON.stringify(value)}\n`),
    note: (text) => process.stderr.write(`${text}\n`),
    fail: (failure) => process.stderr.write(writeFailure(failure, paintNote)),
    isInteractive: isatty(2),
    width: isatty(1) ? process.stdout.columns : Number.POSITIVE_INFINITY,
    paint: painter(coloured(1)),
    paintNote,
  };
}
