/**
 * What crosses between the agent and its spawner, over the pipe that Node opens between a parent and its fork. `id` is
 * the agent's number for one child.
 */
import type { OutputChannel } from '../output.ts';

export type ToSpawner =
  | { readonly kind: 'start'; readonly id: number; readonly file: string; readonly args: readonly string[]; readonly argsAreVerbatim: boolean; readonly workingDirectory: string | undefined; /** Added to the spawner's own, which is the agent's. */ readonly environment: Readonly<Record<string, string>>; readonly hasInput: boolean }
  | { readonly kind: 'input'; readonly id: number; readonly bytes: Uint8Array }
  | { readonly kind: 'end-input'; readonly id: number }
  /** So many bytes of its output have been dealt with: room for as many again. */
  | { readonly kind: 'taken'; readonly id: number; readonly channel: OutputChannel; readonly bytes: number }
  /** Its output is wanted no more. */
  | { readonly kind: 'drop'; readonly id: number };

export type FromSpawner =
  | { readonly kind: 'started'; readonly id: number; readonly pid: number }
  /** The last word on this id. */
  | { readonly kind: 'failed'; readonly id: number; readonly code: string | undefined; readonly message: string }
  /** The last piece of input has been written, or never will be: room for the next. */
  | { readonly kind: 'input-taken'; readonly id: number }
  | { readonly kind: 'output'; readonly id: number; readonly channel: OutputChannel; readonly bytes: Uint8Array }
  /** It has ended, but somebody still holds its pipes. */
  | { readonly kind: 'exited'; readonly id: number; readonly exitCode: number | null; readonly signal: string | null }
  /** Ended, and all its output has been sent. The last word on this id. */
  | { readonly kind: 'closed'; readonly id: number; readonly exitCode: number | null; readonly signal: string | null };
