/**
 * One line of a syslog file: as RFC 3164 has it (no year, no zone: those of the machine), or with a time as RFC 3339.
 */
import { cut } from '../rows.ts';
import { limits } from '../../../protocol/limits.ts';
import { levels } from './event-log.ts';
import type { EventRow } from './event-log.ts';

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const dayMs = 86_400_000;

const line3164 = /^(?:<(\d{1,3})>)?([A-Z][a-z]{2}) +(\d{1,2}) (\d\d):(\d\d):(\d\d) (\S+) (.*)$/s;
const line3339 = /^(?:<(\d{1,3})>)?(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?) (\S+) (.*)$/s;

/** `writtenMs`: when the file was last written, since which no line can be younger. A line of no known form is all message. */
export function parseSyslogLine(line: string, writtenMs: number): EventRow {
  const old = line3164.exec(line);
  if (old !== null) {
    const [, priority, month = '', ...rest] = old;
    const [day, hour, minute, second] = rest.slice(0, 4).map(Number);
    const atMs = momentWithoutYear([months.indexOf(month), day ?? 0, hour ?? 0, minute ?? 0, second ?? 0], writtenMs);
    return atMs === undefined ? unknown(line) : eventOf(atMs, priority, rest[5] ?? '');
  }
  const [, priority, time = '', , text] = line3339.exec(line) ?? [];
  const atMs = Date.parse(time.replace(' ', 'T'));
  return text === undefined || Number.isNaN(atMs) ? unknown(line) : eventOf(atMs, priority, text);
}

/** The last year in which it is not more than a day ahead of the file. */
function momentWithoutYear([month, day, hour, minute, second]: readonly [number, number, number, number, number], writtenMs: number): number | undefined {
  if (month < 0) return undefined;
  const year = new Date(writtenMs).getFullYear();
  const moment = (of: number): number => new Date(of, month, day, hour, minute, second).getTime();
  return moment(year) > writtenMs + dayMs ? moment(year - 1) : moment(year);
}

/** `sshd[812]: Accepted …`; the priority's last three bits are the level. */
function eventOf(atMs: number, priority: string | undefined, text: string): EventRow {
  const [, source, pid, message] = /^([^\s:[\]]+)(?:\[(\d+)\])?:(?: (.*))?$/s.exec(text) ?? [];
  const level = priority === undefined ? undefined : levels[Number(priority) % 8];
  return {
    atMs,
    ...(level === undefined ? {} : { level }),
    ...(source === undefined ? {} : { source: cut(source, 256) }),
    ...(pid === undefined || !Number.isSafeInteger(Number(pid)) ? {} : { pid: Number(pid) }),
    message: cut(source === undefined ? text : (message ?? ''), limits.maxMessageCharacters),
  };
}

function unknown(line: string): EventRow {
  return { message: cut(line, limits.maxMessageCharacters) };
}
