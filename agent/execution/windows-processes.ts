/**
 * Which processes run on Windows and who started them: by wmic, which is quick, and by PowerShell where wmic is no longer
 * installed (from Windows 11 24H2 on). Both ask the same class, Win32_Process.
 */
import { execFile } from 'node:child_process';

export type WindowsProcess = { readonly pid: number; readonly parent: number };

const askMs = 15_000;
const maxBytes = 4 * 1024 * 1024;

const ways: readonly (readonly [string, readonly string[]])[] = [
  ['wmic.exe', ['process', 'get', 'ParentProcessId,ProcessId']],
  ['powershell.exe', ['-NoProfile', '-NonInteractive', '-Command', "'ParentProcessId ProcessId'; Get-CimInstance Win32_Process | ForEach-Object { \"$($_.ParentProcessId) $($_.ProcessId)\" }"]],
];

/** Empty when neither tells. */
export async function windowsProcesses(): Promise<readonly WindowsProcess[]> {
  for (const [program, args] of ways) {
    const found = parsePairs(await ask(program, args));
    if (found.length > 0) return found;
  }
  return [];
}

/** Lines of two numbers, parent and process, in whichever of UTF-16 and one byte a character the program writes to a pipe. */
export function parsePairs(said: Uint8Array): readonly WindowsProcess[] {
  const text = Buffer.from(said).toString('latin1').replaceAll('\0', '');
  return [...text.matchAll(/^[ \t]*(\d+)[ \t]+(\d+)[ \t\r]*$/gm)].map(([, parent, pid]) => ({ pid: Number(pid), parent: Number(parent) }));
}

function ask(program: string, args: readonly string[]): Promise<Uint8Array> {
  return new Promise((resolve) => {
    const child = execFile(program, [...args], { encoding: 'buffer', timeout: askMs, maxBuffer: maxBytes, windowsHide: true }, (error, said) => resolve(error === null ? said : new Uint8Array()));
    // wmic waits for the end of its input
    child.stdin?.end();
  });
}
