/**
 * The lines of a program of the system as they come, in a worker: for one that says more than is wanted, which is ended
 * when enough has been read.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { environmentOf } from '../execution/children.ts';
import { failure, success } from '../../protocol/outcome.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import type { PrimitiveContext } from '../../protocol/primitive.ts';
import { linesOf } from './lines.ts';

const maxErrorCharacters = 1000;

/** Gives each line to `take` until that says `stop`. Fails as `askTool` does; an exit code other than 0 is `tool-failed`, unless it was stopped. */
export async function readToolLines(file: string, args: readonly string[], context: Pick<PrimitiveContext, 'signal' | 'directiveId'>, take: (line: string) => 'go on' | 'stop'): Promise<Outcome<void>> {
  const program = { file, args, environment: { LC_ALL: 'C.UTF-8' } };
  const child = spawn(file, [...args], { env: environmentOf(program, context.directiveId), stdio: ['ignore', 'pipe', 'pipe'], signal: context.signal, killSignal: 'SIGKILL', windowsHide: true });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-maxErrorCharacters)));
  const ended = once(child, 'close').then(([exitCode]) => success(Number(exitCode)), (error: unknown) => startFailure(file, error));
  let isEnough = false;
  for await (const { text } of linesOf(child.stdout)) {
    isEnough = take(text) === 'stop';
    if (isEnough) break;
  }
  // only now: as long as what it has said waits to be read, its end is not told
  if (isEnough) child.kill('SIGKILL');
  const end = await ended;
  if (isEnough) return success(undefined);
  if (!end.ok) return end;
  return end.value === 0 ? success(undefined) : failure('tool-failed', `${file} ended with ${end.value}: ${said.trim()}`);
}

function startFailure(file: string, error: unknown): ReturnType<typeof failure> {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return failure('tool-missing', file);
  if (code === 'EACCES') return failure('not-permitted', file);
  return code === 'ABORT_ERR' ? failure('cancelled', `${file} has been ended`) : failure('tool-failed', `${file}: ${String(error)}`);
}
