/**
 * Cron expressions in a machine's own time zone: five fields (minute, hour, day of the month, month, day of the week), lists,
 * ranges, steps, English names, and the usual rule that with both kinds of day either fits. Where a zone changes its
 * offset: a fixed hour that is left out happens as much later as the clock was put forward, one that comes twice happens
 * the first time; with `*` as the hour each minute that the clock shows counts.
 */
import { failure, success } from './outcome.ts';
import type { Outcome } from './outcome.ts';

export type Cron = {
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly daysOfMonth: readonly number[];
  readonly months: readonly number[];
  readonly daysOfWeek: readonly number[];
  readonly isEveryHour: boolean;
  /** Both kinds of day are restricted: one of them is enough. */
  readonly isEitherDay: boolean;
};

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
/** The longest wait between two matches: 29 February across a year without a leap day. */
const maxDays = 366 * 8 + 2;
const [minuteMs, dayMs] = [60_000, 86_400_000];

/** Fails with `schedule-invalid` and the field that does not fit. */
export function parseCron(text: string): Outcome<Cron> {
  const [minute = '', hour = '', day = '', month = '', weekday = '', ...more] = text.trim().split(/\s+/);
  if (weekday === '' || more.length > 0) return failure('schedule-invalid', 'five fields: minute hour day-of-month month day-of-week');
  const fields = {
    minutes: parseField(minute, [0, 59]),
    hours: parseField(hour, [0, 23]),
    daysOfMonth: parseField(day, [1, 31]),
    months: parseField(month, [1, 12], months),
    daysOfWeek: parseField(weekday, [0, 7], weekdays)?.map((number) => number % 7),
  };
  const { minutes, hours, daysOfMonth, months: ofYear, daysOfWeek } = fields;
  const wrong = Object.entries(fields).find(([, values]) => values === undefined);
  if (minutes === undefined || hours === undefined || daysOfMonth === undefined || ofYear === undefined || daysOfWeek === undefined) return failure('schedule-invalid', `${wrong?.[0] ?? ''} of ${text}`);
  return success({ minutes, hours, daysOfMonth, months: ofYear, daysOfWeek, isEveryHour: hour === '*', isEitherDay: !day.startsWith('*') && !weekday.startsWith('*') });
}

/** Sorted and without doubles; undefined for what is no field. */
function parseField(text: string, [lowest, highest]: readonly [number, number], names: readonly string[] = []): number[] | undefined {
  const values = new Set<number>();
  for (const part of text.toLowerCase().split(',')) {
    const [, from = '', to, step] = /^(\*|[a-z]{3}|\d{1,2})(?:-([a-z]{3}|\d{1,2}))?(?:\/(\d{1,2}))?$/.exec(part) ?? [];
    const first = from === '*' ? lowest : numberOf(from, names, lowest);
    const last = from === '*' || (to === undefined && step !== undefined) ? highest : numberOf(to ?? from, names, lowest);
    const by = Number(step ?? 1);
    if ((from === '*' && to !== undefined) || !(first >= lowest && last <= highest && first <= last && by >= 1)) return undefined;
    for (let value = first; value <= last; value += by) values.add(value);
  }
  return [...values].sort((left, right) => left - right);
}

function numberOf(text: string, names: readonly string[], firstName: number): number {
  const named = names.indexOf(text);
  return named >= 0 ? named + firstName : /^\d+$/.test(text) ? Number(text) : Number.NaN;
}

/** The first match after this moment, milliseconds since 1970; undefined where there is none (31 February). */
export function nextMatch(cron: Cron, zone: string, afterMs: number): number | undefined {
  const local = afterMs + offsetAt(zone, afterMs);
  const firstDay = Math.floor(local / dayMs) * dayMs;
  // a day earlier: what the clock left out in the evening may happen on the next day
  for (let day = -1; day < maxDays; day += 1) {
    const at = matchOnDay(cron, zone, firstDay + day * dayMs, afterMs);
    if (at !== undefined) return at;
  }
  return undefined;
}

function matchOnDay(cron: Cron, zone: string, day: number, afterMs: number): number | undefined {
  if (!isDay(cron, new Date(day))) return undefined;
  const steady = steadyOffset(zone, day);
  let first: number | undefined;
  for (const hour of cron.hours) {
    for (const minute of cron.minutes) {
      const local = day + (hour * 60 + minute) * minuteMs;
      const moments = steady === undefined ? momentsOf(local, zone, cron.isEveryHour) : [local - steady];
      for (const at of moments) if (at > afterMs && (first === undefined || at < first)) first = at;
      if (first !== undefined && steady !== undefined) return first;
    }
  }
  return first;
}

/** The offset of the whole of a day on which, and on whose neighbours, it does not change. Asking for it costs most of all. */
function steadyOffset(zone: string, day: number): number | undefined {
  const [before, after] = [offsetAt(zone, day - dayMs), offsetAt(zone, day + 2 * dayMs)];
  return before === after ? before : undefined;
}

function isDay({ months: inYear, daysOfMonth, daysOfWeek, isEitherDay }: Cron, date: Date): boolean {
  if (!inYear.includes(date.getUTCMonth() + 1)) return false;
  const [ofMonth, ofWeek] = [daysOfMonth.includes(date.getUTCDate()), daysOfWeek.includes(date.getUTCDay())];
  return isEitherDay ? ofMonth || ofWeek : ofMonth && ofWeek;
}

/** When the clock of this zone shows `local` (as if it were UTC): never, once or twice. */
function momentsOf(local: number, zone: string, each: boolean): number[] {
  const [before, after] = [offsetAt(zone, local - dayMs), offsetAt(zone, local + dayMs)];
  const shown = [...new Set([local - before, local - after])].filter((at) => at + offsetAt(zone, at) === local).sort((left, right) => left - right);
  if (each) return shown;
  return [shown[0] ?? local - before];
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** What the zone's clock shows beyond UTC at this moment, milliseconds. */
function offsetAt(zone: string, atMs: number): number {
  const format = formats.get(zone) ?? new Intl.DateTimeFormat('en-US', { timeZone: zone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' });
  formats.set(zone, format);
  const part: Record<string, number> = {};
  for (const { type, value } of format.formatToParts(atMs)) part[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(atMs / 1000) * 1000;
}
