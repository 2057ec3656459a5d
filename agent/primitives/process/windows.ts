/**
 * Processes of Windows by Win32_Process: from PowerShell, and where that says nothing (Wine) from wmic, which knows less.
 */
import { Type } from 'typebox';
import { success } from '../../../protocol/outcome.ts';
import type { Outcome } from '../../../protocol/outcome.ts';
import { limits } from '../../../protocol/limits.ts';
import { askPowerShell, parseLines } from '../powershell.ts';
import { cut } from '../rows.ts';
import { askTool } from '../tool.ts';
import { endBySignal } from './posix-end.ts';
import type { ProcessContext, ProcessRow, ProcessTable } from './process-table.ts';

/** One line of JSON a process; times in milliseconds. Whose a process is, only administrators are told. */
const script = `
$users = @{}
Get-Process -IncludeUserName -ErrorAction SilentlyContinue | ForEach-Object { $users[$_.Id] = $_.UserName }
Get-CimInstance Win32_Process | ForEach-Object {
  $started = if ($_.CreationDate) { ([DateTimeOffset]$_.CreationDate).ToUnixTimeMilliseconds() } else { 0 }
  ConvertTo-Json -Compress @([int64]$_.ProcessId, [int64]$_.ParentProcessId, $_.Name, "$($users[[int]$_.ProcessId])", [int64](($_.KernelModeTime + $_.UserModeTime) / 10000), [int64]$_.WorkingSetSize, $started, "$($_.CommandLine)")
}`;

export const windowsProcesses: ProcessTable = {
  /** The share of the processor is that since the start, however long one would measure: asking takes a second by itself. */
  async list(context) {
    const told = await askPowerShell(script, context);
    const rows = told.ok ? parseRows(told.value, Date.now()) : [];
    return rows.length > 0 ? success({ rows: rows.slice(0, limits.maxProcessesRead), total: rows.length }) : listByWmic(context);
  },
  // by its number alone: to be told when it was started takes a second, and is asked about many times in one
  stillRuns: async ({ pid }) => exists(pid),
  async end({ pid }, how) {
    if (how === 'by force') return endBySignal(pid, how);
    // asks its windows to close; one that has none does not hear of it
    await askTool('taskkill.exe', ['/PID', String(pid)], { signal: AbortSignal.timeout(askMs), directiveId: '' });
    return success(undefined);
  },
};

const askMs = 10_000;

const Told = Type.Tuple([Type.Integer(), Type.Integer(), Type.String(), Type.String(), Type.Number(), Type.Number(), Type.Number(), Type.String()]);

export function parseRows(said: string, nowMs: number): ProcessRow[] {
  return parseLines(said, Told).map(([pid, parent, name, user, cpuMs, memoryBytes, startedAtMs, commandLine]) => {
    const livedMs = startedAtMs === 0 ? 0 : nowMs - startedAtMs;
    return { pid, parent, name, user, memoryBytes, startedAtMs, cpuPercent: livedMs <= 0 ? 0 : Math.round((cpuMs / livedMs) * 1000) / 10, state: 'running', commandLine: cut(commandLine || name, limits.maxCommandLineCharacters) };
  });
}

async function listByWmic(context: ProcessContext): Promise<Outcome<{ rows: ProcessRow[]; total: number }>> {
  const told = await askTool('wmic.exe', ['process', 'get', 'Name,ParentProcessId,ProcessId'], context);
  if (!told.ok) return told;
  const rows = parseWmic(told.value.stdout);
  return success({ rows: rows.slice(0, limits.maxProcessesRead), total: rows.length });
}

/** A table of the three, in UTF-16 or in one byte a character. */
export function parseWmic(said: string): ProcessRow[] {
  return [...said.replaceAll('\0', '').matchAll(/^(\S.*?)[ \t]+(\d+)[ \t]+(\d+)[ \t\r]*$/gm)].map(([, name = '', parent, pid]) => (
    { pid: Number(pid), parent: Number(parent), name, user: '', cpuPercent: 0, memoryBytes: 0, state: 'running', startedAtMs: 0, commandLine: name }));
}

function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
