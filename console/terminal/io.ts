/**
 * Where the commands write: standard output for results, standard error for everything a person reads meanwhile.
 */
import { isatty } from 'node:tty';
import { writeFailure } from './text/failures.ts';
import { painter } from './text/colours.ts';
import type { Paint } from './text/colours.ts';
import type { Failure } from '../../protocol/outcome.ts';

export type Io = {
  /** One line of result. */
  line(text: string): void;
  /** A value as one JSON line on standard output. */
  json(value: unknown): void;
  /** One line for the person, on standard error. */
  note(text: string): void;
  fail(failure: Failure): void;
  /** Columns of the terminal; Infinity when the output goes elsewhere. */
  readonly width: number;
  /** Colours for standard output and for standard error. */
  readonly paint: Paint;
  readonly paintNote: Paint;
};

/** The process's own streams. `NO_COLOR` (no-color.org) switches colour off. */
export function processIo(environment: NodeJS.ProcessEnv): Io {
  const coloured = (descriptor: number): boolean => isatty(descriptor) && !environment['NO_COLOR'] && environment['TERM'] !== 'dumb';
  const paintNote = painter(coloured(2));
  return {
    line: (text) => process.stdout.write(`${text}\n`),
    json: (value) => process.stdout.write(`${JSON.stringify(value)}\n`),
    note: (text) => process.stderr.write(`${text}\n`),
    fail: (failure) => process.stderr.write(writeFailure(failure, paintNote)),
    width: isatty(1) ? process.stdout.columns : Number.POSITIVE_INFINITY,
    paint: painter(coloured(1)),
    paintNote,
  };
}
