/**
 * What a primitive asks to have started: one program with its arguments, never a shell line.
 */
import { constants } from 'node:os';
import { Type } from 'typebox';
import type { Static } from 'typebox';

export type Program = {
  readonly file: string;
  readonly args: readonly string[];
  /** On Windows: the arguments are the command line as it stands, for a program that takes it apart in a way of its own (cmd.exe). */
  readonly argsAreVerbatim?: boolean | undefined;
  readonly workingDirectory?: string | undefined;
  /** Added to the agent's own environment. */
  readonly environment?: Readonly<Record<string, string>> | undefined;
  /** Text for standard input, which ends after it. Without it standard input is empty. */
  readonly stdin?: string | undefined;
  /** Present: on a pseudo-terminal of this size. */
  readonly terminal?: TerminalSize | undefined;
};

export type TerminalSize = { readonly columns: number; readonly rows: number };

/** The end of a program: one of the two is not null, unless nobody saw how it ended. */
export const ProgramExit = Type.Object(
  {
    exitCode: Type.Union([Type.Integer(), Type.Null()], { title: 'Exit code', description: 'Exit code of the program; null when a signal ended it.' }),
    signal: Type.Union([Type.String(), Type.Null()], { title: 'Signal', description: 'Name of the signal that ended the program, such as SIGKILL; otherwise null.' }),
  },
  { additionalProperties: false },
);
export type ProgramExit = Static<typeof ProgramExit>;

export const unknownExit: ProgramExit = { exitCode: null, signal: null };

/** Whether the operating system knows a signal of this name. */
export function isSignal(name: string): name is NodeJS.Signals {
  return Object.hasOwn(constants.signals, name);
}

/** Name of a signal by its number, or null for 0 and unknown ones. */
export function signalName(number: number | undefined): string | null {
  return Object.entries(constants.signals).find(([, value]) => value === number)?.[0] ?? null;
}
