/**
 * Command lines of Windows. A program there gets one line and takes it apart by itself; Node writes that line as most
 * programs read it, but cmd.exe has rules of its own, and PowerShell takes a whole script safely only in base64.
 */
import { failure, success } from '../../protocol/outcome.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import type { Program } from '../execution/program.ts';

type Started = Pick<Program, 'file' | 'args' | 'argsAreVerbatim'>;

/** Characters of a line (learn.microsoft.com, "Command prompt line string limitation"; CreateProcess for the other). */
const cmdLine = 8191;
const processLine = 32_767;

const powerShellFlags = ['-NoLogo', '-NoProfile', '-NonInteractive', '-OutputFormat', 'Text'];

/** One line for cmd.exe, with its pipes and variables. Fails with `params-invalid` where it would be run in part only. */
export function cmdProgram(file: string, line: string): Outcome<Started> {
  if (/[\r\n]/.test(line.trimEnd())) return failure('params-invalid', 'cmd.exe takes one line; for a script of several, choose powershell.exe as the shell');
  // as Node itself does it for `shell: true`: with /s the outer quotes go, and all between them stays as it is
  const args = ['/d', '/s', '/c', `"${line.trimEnd()}"`];
  return line.length > cmdLine ? failure('params-invalid', `cmd.exe takes ${cmdLine} characters`) : success({ file, args, argsAreVerbatim: true });
}

/** A script of any number of lines for PowerShell. */
export function powerShellProgram(file: string, script: string): Outcome<Started> {
  const args = [...powerShellFlags, '-EncodedCommand', Buffer.from(script, 'utf16le').toString('base64')];
  return args.join(' ').length + file.length > processLine ? failure('params-invalid', `Windows takes ${processLine} characters, of which PowerShell needs nearly three for each of the script: bring it as a file`) : success({ file, args });
}

/** A file with its arguments, by the program that runs files of its kind. */
export function windowsFile(path: string, args: readonly string[]): Outcome<Started> {
  if (/\.ps1$/i.test(path)) return success({ file: 'powershell.exe', args: [...powerShellFlags, '-ExecutionPolicy', 'Bypass', '-File', path, ...args] });
  if (!/\.(cmd|bat)$/i.test(path)) return success({ file: path, args });
  const words = [path, ...args];
  const unsafe = words.find((word) => /["%!\r\n]/.test(word));
  if (unsafe !== undefined) return failure('params-invalid', `cmd.exe gives no argument with a quotation mark, %, ! or a new line on as it is: ${unsafe}`);
  return cmdProgram('cmd.exe', words.map((word) => `"${word}"`).join(' '));
}
