/**
 * Timers of systemd (systemd.timer(5)), as `systemctl show` tells them in UTC.
 */
import type { ScheduleRow } from './timetable.ts';

export type Timer = Readonly<Record<string, string>>;

/** `bootedAtMs`: what spans since the start of the machine count from. */
export function timerRow(timer: Timer, bootedAtMs: number): ScheduleRow {
  const rules = [...`${timer['TimersCalendar'] ?? ''}\n${timer['TimersMonotonic'] ?? ''}`.matchAll(/\{ (\w+)=(.*?) ; next_elapse=/g)].map(([, rule = '', value = '']) => (rule === 'OnCalendar' ? value : `${words[rule] ?? rule} ${value}`));
  const span = spanMs(timer['NextElapseUSecMonotonic'] ?? '');
  const nextAtMs = dateMs(timer['NextElapseUSecRealtime'] ?? '') ?? (span === undefined ? undefined : Math.round(bootedAtMs + span));
  const lastAtMs = dateMs(timer['LastTriggerUSec'] ?? '');
  const active = timer['ActiveState'] === 'active';
  return {
    kind: 'systemd',
    name: timer['Id'] ?? '',
    when: rules.join('; ') || 'when asked',
    ...(nextAtMs === undefined || !active ? {} : { nextAtMs }),
    ...(lastAtMs === undefined ? {} : { lastAtMs }),
    active,
    command: timer['Unit'] ?? '',
  };
}

const words: Readonly<Record<string, string>> = { OnBootUSec: 'after the start of the machine', OnStartupUSec: 'after the start of systemd', OnUnitActiveUSec: 'after it was last started:', OnUnitInactiveUSec: 'after it last ended:', OnActiveUSec: 'after the timer was started' };

/** `Thu 2026-11-26 04:05:00 UTC`. */
function dateMs(text: string): number | undefined {
  const [, day, time] = /(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.\d+)? UTC/.exec(text) ?? [];
  return day === undefined ? undefined : Date.parse(`${day}T${time}Z`);
}

const unitMs: Readonly<Record<string, number>> = { y: 31_557_600_000, month: 2_629_800_000, w: 604_800_000, d: 86_400_000, h: 3_600_000, min: 60_000, s: 1000, ms: 1, us: 0.001 };

/** `5h 36min 3.639746s` (systemd.time(7)). */
export function spanMs(text: string): number | undefined {
  const parts = text.split(' ').map((part) => /^([\d.]+)(y|month|w|d|h|min|s|ms|us)$/.exec(part));
  if (text === '' || parts.includes(null)) return undefined;
  return parts.reduce((sum, part) => sum + Number(part?.[1]) * (unitMs[part?.[2] ?? ''] ?? 0), 0);
}
