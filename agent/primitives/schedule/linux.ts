/**
 * What Linux will run by itself: tables of cron, folders that cron runs, timers of systemd, jobs of at.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { uptime } from 'node:os';
import { success } from '../../../protocol/outcome.ts';
import type { Outcome } from '../../../protocol/outcome.ts';
import { parseShow } from '../service/systemd.ts';
import { askTool, askToolToSucceed } from '../tool.ts';
import { parseCrontab } from './cron.ts';
import { timerRow } from './timers.ts';
import type { ScheduleContext, ScheduleRow, Timetable } from './timetable.ts';

const timerProperties = ['Id', 'Unit', 'ActiveState', 'NextElapseUSecRealtime', 'NextElapseUSecMonotonic', 'LastTriggerUSec', 'TimersCalendar', 'TimersMonotonic'];

export const linuxTimetable: Timetable = {
  async list(context) {
    const ofSystemd = await timers(context);
    return ofSystemd.ok ? success([...cronTables(), ...cronFolders(), ...ofSystemd.value, ...(await atJobs(context))]) : ofSystemd;
  },
};

/** Debian keeps the tables of users in crontabs/, others right in the folder. */
function cronTables(): ScheduleRow[] {
  const system = ['/etc/crontab', ...filesIn('/etc/cron.d')].flatMap((file) => parseCrontab(textIn(file), file));
  const folder = existsSync('/var/spool/cron/crontabs') ? '/var/spool/cron/crontabs' : '/var/spool/cron';
  return [...system, ...filesIn(folder, userName).flatMap((file) => parseCrontab(textIn(file), file, file.slice(folder.length + 1)))];
}

/** Scripts of run-parts(8), which takes only plain names. */
function cronFolders(): ScheduleRow[] {
  return ['hourly', 'daily', 'weekly', 'monthly'].flatMap((when) => filesIn(`/etc/cron.${when}`).map((file): ScheduleRow => ({ kind: 'cron', name: `/etc/cron.${when}`, when: `@${when}`, user: 'root', active: true, command: file })));
}

async function timers(context: ScheduleContext): Promise<Outcome<ScheduleRow[]>> {
  if (!existsSync('/run/systemd/system')) return success([]);
  const said = await askToolToSucceed('systemctl', ['show', '--all', '--no-pager', `--property=${timerProperties.join(',')}`, '--', '*.timer'], context, { environment: { TZ: 'UTC' } });
  const bootedAtMs = Date.now() - uptime() * 1000;
  return said.ok ? success(parseShow(said.value.stdout).map((timer) => timerRow(timer, bootedAtMs))) : said;
}

/** Where at is not installed, it runs nothing. */
async function atJobs(context: ScheduleContext): Promise<ScheduleRow[]> {
  const said = await askTool('atq', [], context);
  return said.ok ? parseAtq(said.value.stdout) : [];
}

/** Lines such as `1	Fri Nov 27 06:38:00 2026 a root`, in the time zone of the machine. */
export function parseAtq(text: string): ScheduleRow[] {
  return [...text.matchAll(/^(\d+)\t(\w{3} \w{3} +\d+ [\d:]{8} \d{4}) (\S) (\S+)$/gm)].map(([, number = '', when = '', , user = '']) => {
    const nextAtMs = Date.parse(when);
    return { kind: 'at', name: `job ${number}`, when: 'once', user, ...(Number.isNaN(nextAtMs) ? {} : { nextAtMs }), active: true, command: `at -c ${number} shows it` };
  });
}

/** Names that cron takes: no backups of editors and packages. */
const plainName = /^[A-Za-z0-9_-]+$/;
/** Accounts may have dots in theirs; `tmp.` is a table that is being edited. */
const userName = /^(?!\.|tmp\.)/;

function filesIn(folder: string, names = plainName): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile() && names.test(entry.name)).map(({ name }) => `${folder}/${name}`).sort();
  } catch {
    return [];
  }
}

function textIn(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
