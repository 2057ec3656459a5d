/**
 * A program of the system whose work takes long and whose words the technician follows: what it says flows into the
 * output as it comes, and the last of it is kept for the failure's detail.
 */
import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { environmentOf } from '../execution/children.ts';
import { failure, success } from '../../protocol/outcome.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import type { PrimitiveContext } from '../../protocol/primitive.ts';
import { systemFailure } from './system-failure.ts';

/** How it ended; an exit code other than 0 is for the caller to judge. */
export type StreamedAnswer = { readonly exitCode: number; readonly lastWords: string };

/** Characters of what it said last. */
const lastWordsKept = 2000;

/** Runs `file` with its output in the run's own. Fails with `tool-missing`, `not-permitted`, `cancelled` or `killed-by-signal`. */
export async function streamTool(file: string, args: readonly string[], context: PrimitiveContext, environment: Readonly<Record<string, string>> = {}): Promise<Outcome<StreamedAnswer>> {
  const env = environmentOf({ file, args, environment: { LC_ALL: 'C.UTF-8', ...environment } }, context.directiveId);
  const child = spawn(file, [...args], { env, stdio: ['ignore', 'pipe', 'pipe'], signal: context.signal, windowsHide: true });
  const words = { last: '' };
  const ended = new Promise<Outcome<number>>((resolve) => {
    child.on('error', (error: NodeJS.ErrnoException) => resolve(startFailure(error, file)));
    child.on('close', (code, signal) => resolve(code === null ? failure('killed-by-signal', `${file}: ${signal ?? 'unknown'}`) : success(code)));
  });
  await Promise.all([passOn(child.stdout, 'stdout', context, words), passOn(child.stderr, 'stderr', context, words)]);
  const exit = await ended;
  return exit.ok ? success({ exitCode: exit.value, lastWords: words.last.trim() }) : exit;
}

async function passOn(stream: Readable, channel: 'stdout' | 'stderr', context: PrimitiveContext, words: { last: string }): Promise<void> {
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      words.last = (words.last + chunk.toString('utf8')).slice(-lastWordsKept);
      await context.output(channel, chunk);
    }
  } catch (error) {
    // a program that is ended from outside tears its pipes: how it ended is told by its exit
    if (!context.signal.aborted) throw error;
  }
}

function startFailure(error: NodeJS.ErrnoException, file: string): Outcome<never> {
  if (error.name === 'AbortError') return failure('cancelled', `${file} has been ended`);
  return error.code === 'ENOENT' ? failure('tool-missing', file) : systemFailure(error, file);
}
