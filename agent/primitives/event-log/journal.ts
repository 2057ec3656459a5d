/**
 * The journal of systemd, by journalctl, which gives entries as JSON and a cursor with each (systemd.journal-fields(7)).
 */
import { failure, success } from '../../../protocol/outcome.ts';
import { cut } from '../rows.ts';
import { limits } from '../../../protocol/limits.ts';
import { readToolLines } from '../tool-lines.ts';
import { levels } from './event-log.ts';
import type { EventEntry, EventLog, EventQuery, EventRow } from './event-log.ts';

const fields = ['MESSAGE', 'PRIORITY', '_SYSTEMD_UNIT', 'SYSLOG_IDENTIFIER', '_COMM', '_PID', 'MESSAGE_ID'];

/** `where`: the options of journalctl that name the journal; without them that of the machine. */
export function journal(where: readonly string[] = []): EventLog {
  return {
    async read(query, context) {
      const entries: EventEntry[] = [];
      const goesOn = query.cursor !== undefined;
      let [cursor, isMore, bytes] = [query.cursor, false, 0];
      const args = [...where, '--no-pager', '--quiet', '--output=json', `--output-fields=${fields.join(',')}`, ...(query.cursor === undefined ? ['--reverse'] : [`--after-cursor=${query.cursor}`]), ...filters(query)];
      const read = await readToolLines('journalctl', args, context, (line) => {
        const entry = entryOf(line);
        const isWanted = entry !== undefined && contains(entry.event, query.contains);
        isMore = bytes > limits.maxLogBytesRead || (isWanted && entries.length === query.most);
        if (isMore) return 'stop';
        bytes += line.length;
        if (isWanted) entries.push(entry);
        // the furthest on of all that was looked at, wanted or not
        if (goesOn || cursor === undefined) cursor = entry?.cursor ?? cursor;
        return 'go on';
      });
      if (!read.ok) return goesOn && /cursor/.test(read.detail) ? failure('params-invalid', `this is no cursor of the journal: ${query.cursor}`) : read;
      if (!goesOn) entries.reverse();
      return success({ entries, cursor, truncated: isMore });
    },
    follow(query) {
      const grep = query.contains === undefined ? [] : [`--grep=${literally(query.contains)}`, '--case-sensitive=false'];
      return success({ file: 'journalctl', args: [...where, '--no-pager', '--quiet', '--follow', '--output=short-iso', `--lines=${query.most}`, ...grep, ...filters(query)] });
    },
  };
}

/** A source is the name of a service, or what a program calls itself. */
function filters({ source, level, sinceMs, untilMs }: Pick<EventQuery, 'source' | 'level' | 'sinceMs' | 'untilMs'>): string[] {
  return [
    ...(level === undefined ? [] : [`--priority=${levels.indexOf(level)}`]),
    ...(sinceMs === undefined ? [] : [`--since=@${(sinceMs / 1000).toFixed(3)}`]),
    ...(untilMs === undefined ? [] : [`--until=@${(untilMs / 1000).toFixed(3)}`]),
    ...(source === undefined ? [] : ['--', `_SYSTEMD_UNIT=${source}`, '+', `_SYSTEMD_UNIT=${source}.service`, '+', `SYSLOG_IDENTIFIER=${source}`, '+', `_COMM=${source}`]),
  ];
}

/** Undefined for a line that is no entry. */
export function entryOf(line: string): EventEntry | undefined {
  const entry = parsed(line);
  const cursor = entry?.['__CURSOR'];
  if (entry === undefined || typeof cursor !== 'string') return undefined;
  const level = levels[Number(entry['PRIORITY'] ?? Number.NaN)];
  const source = [entry['SYSLOG_IDENTIFIER'], entry['_SYSTEMD_UNIT'], entry['_COMM']].map(textOf).find((text) => text !== '');
  const pid = Number(entry['_PID']);
  const eventId = textOf(entry['MESSAGE_ID']);
  const event: EventRow = {
    atMs: Math.floor(Number(entry['__REALTIME_TIMESTAMP']) / 1000) || 0,
    ...(level === undefined ? {} : { level }),
    ...(source === undefined ? {} : { source: cut(source, 256) }),
    ...(eventId === '' ? {} : { eventId: cut(eventId, 256) }),
    ...(Number.isSafeInteger(pid) ? { pid } : {}),
    message: cut(textOf(entry['MESSAGE']), limits.maxMessageCharacters),
  };
  return { event, cursor };
}

function parsed(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

/** A field that is not plain text comes as a list of its bytes, one that is there several times as a list of texts, one that is too long as null. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (!Array.isArray(value)) return value === null ? '(too long)' : '';
  const isBytes = value.every((each) => Number.isInteger(each));
  return isBytes ? Buffer.from(value).toString('utf8') : value.map(textOf).join('\n');
}

function contains({ message, source = '' }: EventRow, wanted = ''): boolean {
  return wanted === '' || `${source}\n${message}`.toLowerCase().includes(wanted.toLowerCase());
}

/** As a pattern that fits just this text. */
function literally(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
