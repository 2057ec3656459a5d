import { createContext, useContext, useSyncExternalStore } from 'react';
import type { ReactNode } from 'react';

/** IANA zone in which exact times are shown; undefined is the browser's own. */
export const ZoneContext = createContext<string | undefined>(undefined);

const tickMs = 1000;
const listeners = new Set<() => void>();
let nowMs = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    nowMs = Date.now();
    for (const each of listeners) each();
  }, tickMs);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** Calls `read` with the time of the present second; draws anew only when its answer changes. */
export function useNow<T extends string | number | boolean>(read: (nowMs: number) => T): T {
  return useSyncExternalStore(subscribe, () => {
    if (timer === undefined) nowMs = Date.now();
    return read(nowMs);
  });
}

/** `14:02` today, `Sat 14:02` within a week, else with the date. */
export function clockText(atMs: number, zone: string | undefined, relativeToMs = Date.now()): string {
  const distance = Math.abs(atMs - relativeToMs);
  const day = (ms: number): string => new Intl.DateTimeFormat('en-CA', { dateStyle: 'short', ...inZone(zone) }).format(ms);
  const time = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', ...inZone(zone) }).format(atMs);
  if (day(atMs) === day(relativeToMs)) return time;
  const date = new Intl.DateTimeFormat('en-GB', { ...(distance < 6 * 86_400_000 ? { weekday: 'short' } : { day: 'numeric', month: 'short', year: 'numeric' }), ...inZone(zone) }).format(atMs);
  return `${date} ${time}`;
}

/** Everything, for hover and copying. */
export function exactText(atMs: number, zone: string | undefined): string {
  return new Intl.DateTimeFormat('en-GB', { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit', timeZoneName: 'short', ...inZone(zone) }).format(atMs);
}

function inZone(zone: string | undefined): Intl.DateTimeFormatOptions {
  return zone === undefined ? {} : { timeZone: zone };
}

export type TimeProps = { readonly atMs: number; /** Words for a distance in time. */ readonly words: (atMs: number, nowMs: number) => string };

/** A relative time that stays right, exact on hover. */
export function RelativeTime({ atMs, words }: TimeProps): ReactNode {
  const zone = useContext(ZoneContext);
  const text = useNow((now) => words(atMs, now));
  return (
    <time dateTime={new Date(atMs).toISOString()} title={exactText(atMs, zone)} className="figures">
      {text}
    </time>
  );
}

/** A point in time by the clock. */
export function ClockTime({ atMs }: { readonly atMs: number }): ReactNode {
  const zone = useContext(ZoneContext);
  return (
    <time dateTime={new Date(atMs).toISOString()} title={exactText(atMs, zone)} className="figures">
      {clockText(atMs, zone)}
    </time>
  );
}
