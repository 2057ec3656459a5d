/**
 * A program whose output goes into files: under Wine a Node whose own output is a pipe does not start.
 */
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { failure, success } from '../../protocol/outcome.ts';
import type { Failure } from '../../protocol/outcome.ts';
import type { RunningProgram } from '../../console/terminal/quick-start/programs.ts';
import { eventually } from './behest.ts';

export type ProgramOnFiles = RunningProgram & { readonly exit: Promise<number | null>; said(which: 'stdout' | 'stderr'): string };

export type OnFiles = {
  /** Where the files come to be. */
  readonly folder: string;
  readonly environment: NodeJS.ProcessEnv;
  /** What ends it. */
  readonly endedBy: 'SIGTERM' | 'SIGKILL';
};

const readyWithinMs = 120_000;
let started = 0;

/** Starts it with nothing on its input; it is `ready` with its first line. */
export function startOnFiles([program = '', ...args]: readonly string[], { folder, environment, endedBy }: OnFiles): ProgramOnFiles {
  started += 1;
  const paths = { stdout: join(folder, `stdout.${started}`), stderr: join(folder, `stderr.${started}`) };
  const files = [openSync(paths.stdout, 'w'), openSync(paths.stderr, 'w')] as const;
  const child = spawn(program, args, { env: environment, stdio: ['ignore', ...files] });
  files.forEach(closeSync);
  const said = (which: 'stdout' | 'stderr'): string => readFileSync(paths[which], 'utf8');
  const exit = new Promise<number | null>((resolve, reject) => child.once('exit', resolve).once('error', reject));
  const ended = exit.then((code): Failure => ({ ok: false, code: 'internal', detail: `ended with ${String(code)}: ${said('stderr').slice(-1000)}` }));
  const spoke = eventually(() => child.exitCode !== null || said('stdout').includes('\n'), readyWithinMs).then(() => success({}), (late: Error) => failure('internal', late.message));
  const stop = async (): Promise<void> => {
    child.kill(endedBy);
    await exit;
  };
  return { name: 'agent', pid: child.pid, ready: Promise.race([spoke, ended]), ended, stop, exit, said };
}
