/**
 * Processes by `ps` as POSIX has it: for macOS, and for any system without /proc.
 */
import { success } from '../../../protocol/outcome.ts';
import type { Outcome } from '../../../protocol/outcome.ts';
import { cut } from '../rows.ts';
import { askToolToSucceed } from '../tool.ts';
import { limits } from '../../../protocol/limits.ts';
import { endBySignal } from './posix-end.ts';
import type { ProcessContext, ProcessRow, ProcessTable } from './process-table.ts';

/** A name may hold spaces, so it stands last, and the command line is asked for by itself. `ps` gives its own measure of the processor. */
const columns = ['pid', 'ppid', 'pcpu', 'rss', 'state', 'lstart', 'user', 'comm'];

export const psProcesses: ProcessTable = {
  async list(context) {
    const listed = await ask(['-A', '-ww', ...columns.flatMap((column) => ['-o', `${column}=`])], context);
    if (!listed.ok) return listed;
    const lines = await ask(['-A', '-ww', '-o', 'pid=', '-o', 'args='], context);
    if (!lines.ok) return lines;
    const rows = parseRows(listed.value, lines.value);
    return success({ rows: rows.slice(0, limits.maxProcessesRead), total: rows.length });
  },
  async stillRuns(row, context) {
    const listed = await ask(['-p', String(row.pid), ...columns.flatMap((column) => ['-o', `${column}=`])], context);
    const [now] = listed.ok ? parseRows(listed.value, '') : [];
    return now !== undefined && now.state !== 'ended' && now.startedAtMs === row.startedAtMs;
  },
  end: async ({ pid }, how) => endBySignal(pid, how),
};

async function ask(args: readonly string[], context: ProcessContext): Promise<Outcome<string>> {
  const said = await askToolToSucceed('ps', args, context);
  return said.ok ? success(said.value.stdout) : said;
}

/** Lines such as `  812     1   0.3  10240 S    Wed Nov 25 06:01:04 2026     root     /usr/sbin/cron`. */
export function parseRows(listed: string, commandLines: string): ProcessRow[] {
  const lines = new Map([...commandLines.matchAll(/^ *(\d+) (.*)$/gm)].map(([, pid, line = '']) => [Number(pid), line.trim()]));
  return listed.split('\n').flatMap((line) => {
    const found = /^ *(\d+) +(\d+) +([\d.]+) +(\d+) +(\S+) +(\w{3} +\w{3} +\d+ [\d:]{8} \d{4}) +(\S+) +(.*?) *$/.exec(line);
    if (found === null) return [];
    const [pid, parent, cpuPercent, kibibytes] = found.slice(1, 5).map(Number);
    const [state = '', started = '', user = '', command = ''] = found.slice(5);
    if (pid === undefined || parent === undefined || cpuPercent === undefined || kibibytes === undefined) return [];
    return [{
      pid, parent,
      name: command.slice(command.lastIndexOf('/') + 1),
      user, cpuPercent,
      memoryBytes: kibibytes * 1024,
      state: states[state.charAt(0)] ?? state,
      startedAtMs: Date.parse(started),
      commandLine: cut(lines.get(pid) || command, limits.maxCommandLineCharacters),
    }];
  });
}

const states: Readonly<Record<string, string>> = { R: 'running', S: 'sleeping', I: 'idle', D: 'waiting', U: 'waiting', T: 'stopped', t: 'stopped', Z: 'ended' };
