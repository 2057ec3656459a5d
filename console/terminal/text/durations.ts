/**
 * How the terminal writes and reads: durations, tables, colours, failures. Pure text, no I/O.
 *
 * This file: durations and times as people write them.
 */
import { failure, success } from '../../../protocol/outcome.ts';
import type { Outcome } from '../../../protocol/outcome.ts';

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `500ms`, `30s`, `5m`, `1h30m`, `7d` in milliseconds. Anything else is `usage`. */
export function parseDuration(text: string): Outcome<number> {
  const parts = [...text.matchAll(/(\d+)(ms|s|m|h|d)/g)];
  const whole = parts.map(([part]) => part).join('') === text && parts.length > 0;
  const sum = parts.reduce((total, [, number, unit]) => total + Number(number) * (unitMs[unit ?? ''] ?? 0), 0);
  return whole && sum > 0 ? success(sum) : failure('usage', `${text} is not a duration; write 30s, 5m, 1h30m or 7d`);
}

/** The two largest units that say something: `1 h 30 m`, `12 s`, `340 ms`. */
export function writeDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const units = [['d', 86_400_000], ['h', 3_600_000], ['m', 60_000], ['s', 1000]] as const;
  const largest = units.findIndex(([, size]) => ms >= size);
  return units
    .slice(largest, largest + 2)
    .map(([unit, size], index) => [Math.floor((index === 0 ? ms : ms % (units[largest]?.[1] ?? 1)) / size), unit] as const)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(' ');
}

/** `12 s ago`, `2 h ago`, `just now`: one unit, since nobody reads more in a list. */
export function ago(thenMs: number, nowMs: number): string {
  const passed = nowMs - thenMs;
  if (passed < 1000) return 'just now';
  return `${writeDuration(passed).split(' ').slice(0, 2).join(' ')} ago`;
}

/** A moment in the zone of this machine: `2026-11-21 14:02:11`. */
export function writeMoment(ms: number): string {
  const local = new Date(ms - new Date(ms).getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 19).replace('T', ' ');
}
