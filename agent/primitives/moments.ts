/**
 * Moments as technicians write them: in the machine's own time zone, unless they name one.
 */
const units: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** `30m`, `2h`, `7d` before now, or a date with or without a time. */
export function pastMoment(text: string, nowMs: number): number | undefined {
  const [, number, unit = ''] = /^(\d{1,6})\s*([smhdw])$/.exec(text.trim()) ?? [];
  return number === undefined ? dateOf(text) : nowMs - Number(number) * (units[unit] ?? 0);
}

/** `22:30`, the next time that the clock shows it, or a date with or without a time. */
export function comingMoment(text: string, nowMs: number): number | undefined {
  const [, hour, minute] = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(text.trim()) ?? [];
  if (hour === undefined) return dateOf(text);
  const moment = new Date(nowMs);
  moment.setHours(Number(hour), Number(minute), 0, 0);
  if (moment.getTime() <= nowMs) moment.setDate(moment.getDate() + 1);
  return moment.getTime();
}

function dateOf(text: string): number | undefined {
  const [, day, time = '00:00', zone = ''] = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?))?\s*(Z|[+-]\d\d:\d\d)?$/.exec(text.trim()) ?? [];
  const moment = day === undefined ? Number.NaN : Date.parse(`${day}T${time}${zone}`);
  return Number.isNaN(moment) ? undefined : moment;
}
