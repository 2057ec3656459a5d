/**
 * The Windows Event Log by Get-WinEvent: it renders messages in the language of the system; all else is numbers. The cursor is the
 * number of a record, which grows in each log by itself.
 */
import { Type } from 'typebox';
import { limits } from '../../../protocol/limits.ts';
import { failure, success } from '../../../protocol/outcome.ts';
import type { Failure, Outcome } from '../../../protocol/outcome.ts';
import { askPowerShell, parseLines, quoted } from '../powershell.ts';
import { cut } from '../rows.ts';
import { levels } from './event-log.ts';
import type { EventEntry, EventLog, EventQuery, Level } from './event-log.ts';

const Told = Type.Tuple([Type.Integer(), Type.Integer(), Type.Integer(), Type.String(), Type.Integer(), Type.Integer(), Type.String()]);
const Refused = Type.Object({ refused: Type.String() });

export function windowsEvents(log = 'System'): EventLog {
  return {
    async read(query, context) {
      const filter = filterOf(query);
      if (!filter.ok) return filter;
      const said = await askPowerShell(scriptFor(log, filter.value, query), context);
      if (!said.ok) return said;
      const [refused] = parseLines(said.value, Refused);
      return refused === undefined ? success(pageOf(said.value, query)) : refusal(log, refused.refused);
    },
    follow: () => failure('not-on-this-platform', 'on Windows the log is read with a cursor, again and again'),
  };
}

/** XPath as the Event Log understands it (learn.microsoft.com, "Consuming Events"). Fails with `params-invalid`. */
export function filterOf({ source, level, sinceMs, untilMs, cursor }: EventQuery): Outcome<string> {
  if (cursor !== undefined && !/^\d{1,19}$/.test(cursor)) return failure('params-invalid', 'the cursor is not one of this log');
  // it has no way to write a text with both kinds of quotation marks
  if (source?.includes("'") === true && source.includes('"')) return failure('params-invalid', 'no source has both kinds of quotation marks in its name');
  const mark = source?.includes("'") === true ? '"' : "'";
  const parts = [
    ...(source === undefined ? [] : [`Provider[@Name=${mark}${source}${mark}]`]),
    ...(level === undefined ? [] : [`(${numbersUpTo(level).map((number) => `Level=${number}`).join(' or ')})`]),
    ...(sinceMs === undefined ? [] : [`TimeCreated[@SystemTime>='${new Date(sinceMs).toISOString()}']`]),
    ...(untilMs === undefined ? [] : [`TimeCreated[@SystemTime<='${new Date(untilMs).toISOString()}']`]),
    ...(cursor === undefined ? [] : [`EventRecordID>${cursor}`]),
  ];
  return success(parts.length === 0 ? '*' : `*[System[${parts.join(' and ')}]]`);
}

/** By the numbers of Windows; 0, which says nothing of how grave it is, is what audits and older programs use. */
const levelOf: readonly Level[] = ['information', 'critical', 'error', 'warning', 'information', 'debug'];

function numbersUpTo(level: Level): number[] {
  return levelOf.flatMap((name, number) => (levels.indexOf(name) <= levels.indexOf(level) ? [number] : []));
}

function scriptFor(log: string, filter: string, { contains, cursor, most }: EventQuery): string {
  const matching = contains === undefined || contains === '' ? '' : `| Where-Object { "$($_.Message) $($_.ProviderName)".IndexOf(${quoted(contains)}, [StringComparison]::OrdinalIgnoreCase) -ge 0 } `;
  return `try {
  Get-WinEvent -LogName ${quoted(log)} -FilterXPath ${quoted(filter)} ${cursor === undefined ? '' : '-Oldest '}-ErrorAction Stop ${matching}| Select-Object -First ${most + 1} | ForEach-Object {
    ConvertTo-Json -Compress @([int64]$_.RecordId, ([DateTimeOffset]$_.TimeCreated).ToUnixTimeMilliseconds(), [int]$_.Level, "$($_.ProviderName)", [int]$_.Id, [int]$_.ProcessId, "$($_.Message)")
  }
} catch { ConvertTo-Json -Compress @{ refused = "$($_.FullyQualifiedErrorId)" } }`;
}

/** Newest first without a cursor, oldest first with one; one more than wanted shows that there are more. */
export function pageOf(said: string, { cursor, most }: EventQuery): { entries: EventEntry[]; cursor?: string; truncated: boolean } {
  const told = parseLines(said, Told);
  const wanted = told.slice(0, most).map(([record, atMs, level, source, eventId, pid, message]): EventEntry => ({
    cursor: String(record),
    event: { atMs, level: levelOf[level] ?? 'information', source, eventId: String(eventId), ...(pid === 0 ? {} : { pid }), message: cut(message, limits.maxMessageCharacters) },
  }));
  const entries = cursor === undefined ? wanted.toReversed() : wanted;
  const last = entries.at(-1)?.cursor ?? cursor;
  return { entries, ...(last === undefined ? {} : { cursor: last }), truncated: told.length > most };
}

/** That nothing fits is no failure for whoever asks. */
function refusal(log: string, id: string): Failure | { ok: true; value: { entries: EventEntry[]; truncated: boolean } } {
  if (id.startsWith('NoMatchingEventsFound')) return success({ entries: [], truncated: false });
  if (id.startsWith('NoMatchingLogsFound') || /NotFound/.test(id)) return failure('not-found', `there is no log ${log}`);
  if (/Unauthorized/.test(id)) return failure('not-permitted', log);
  return failure('tool-failed', `Get-WinEvent: ${id}`);
}
