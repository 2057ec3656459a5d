/**
 * Why the operating system would not start a program, in words of the catalogue. The system's own answer is vague (a
 * missing working directory reads like a missing program), so the files are looked at: only after a failure.
 */
import { accessSync, constants, statSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { delimiter, join } from 'node:path';
import { failure } from '../../protocol/outcome.ts';
import type { Failure } from '../../protocol/outcome.ts';
import type { Program } from './program.ts';

/** As Node puts it. */
type SystemError = { readonly code?: string | undefined; readonly message: string };

export function spawnFailure(program: Program, error: SystemError): Failure {
  return visibleFailure(program) ?? bySystemCode(program.file, error);
}

/** What is wrong with a program before it is started, for where the system's answer is not to be had (a terminal). */
export function programFailure(program: Program, searchPath: string): Failure | undefined {
  const failed = visibleFailure(program);
  if (failed !== undefined || isPath(program.file)) return failed;
  const found = searchPath.split(delimiter).some((directory) => runnableFailure(join(directory, program.file)) === undefined);
  return found ? undefined : failure('not-found', program.file);
}

function visibleFailure(program: Program): Failure | undefined {
  const directory = program.workingDirectory;
  if (directory !== undefined) {
    const found = stat(directory);
    if (found === undefined) return failure('not-found', `working directory ${directory}`);
    if (!found.isDirectory()) return failure('not-found', `working directory ${directory} is not a directory`);
    if (!allows(directory, constants.X_OK)) return failure('not-permitted', `working directory ${directory}`);
  }
  return isPath(program.file) ? runnableFailure(program.file) : undefined;
}

/** Whether it says where it is; otherwise it is looked up in the PATH. */
function isPath(file: string): boolean {
  return (process.platform === 'win32' ? /[\\/:]/ : /\//).test(file);
}

/** Whether `path` is an ordinary file that may be run; otherwise what is wrong with it. */
export function runnableFailure(path: string): Failure | undefined {
  const found = stat(path);
  if (found === undefined) return failure('not-found', path);
  if (!found.isFile()) return failure('not-a-file', path);
  return allows(path, constants.X_OK) ? undefined : failure('not-permitted', `${path} is not marked as runnable for the agent`);
}

function bySystemCode(file: string, { code, message }: SystemError): Failure {
  if (code === 'ENOENT' || code === 'ENOTDIR') return failure('not-found', file);
  if (code === 'EACCES' || code === 'EPERM') return failure('not-permitted', file);
  // UNKNOWN is what Node says on Windows of a file that is no program, EINVAL of a script of cmd.exe, which it does not start
  if (code === 'ENOEXEC' || code === 'UNKNOWN' || code === 'EFTYPE' || code === 'EINVAL') return failure('not-a-file', `${file} is not a program this system can run`);
  if (code === 'EAGAIN' || code === 'EMFILE' || code === 'ENFILE' || code === 'ENOMEM') return failure('overloaded', `the system starts no more programs: ${code}`);
  return failure('params-invalid', message);
}

function stat(path: string): Stats | undefined {
  return statSync(path, { throwIfNoEntry: false });
}

function allows(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}
