/**
 * What a standing directive asks for at a moment: which firing is due, which ones were missed, when to look again. Pure: the
 * clock, the zone and what was decided before are handed in.
 */
import { nextMatch } from '../../protocol/cron.ts';
import type { Cron } from '../../protocol/cron.ts';
import { limits } from '../../protocol/limits.ts';

/** Times are milliseconds since 1970. */
export type Plan = {
  readonly cron: Cron;
  readonly zone: string;
  /** This machine's share of the spread: each firing is so much later here. */
  readonly offsetMs: number;
  /** How late it may still begin. */
  readonly windowMs: number;
  readonly catchUp: 'none' | 'once';
  /** No firing after this, nor is any caught up on. */
  readonly notAfterMs: number;
};

export type Look = {
  /** The firing that is to start now, by the time in its schedule. */
  readonly fireAtMs?: number;
  /** Others that never will. */
  readonly missed: number;
  /** Everything up to here is decided. */
  readonly throughMs: number;
  /** When the next one is due; undefined: never again. */
  readonly nextMs?: number;
};

const dayMs = 86_400_000;

/**
 * Of several that are due only the last one starts, within its window or, with `once`, after it. One that was decided before
 * is never looked at again, so a clock that is put back starts nothing twice.
 */
export function look(plan: Plan, throughMs: number, nowMs: number): Look {
  const { last, count, nextMs } = due(plan, throughMs, nowMs);
  const next = nextMs === undefined ? {} : { nextMs };
  if (last === undefined) return { missed: 0, throughMs, ...next };
  const isInTime = nowMs <= last + plan.offsetMs + plan.windowMs;
  const starts = isInTime || (plan.catchUp === 'once' && nowMs <= plan.notAfterMs);
  return { ...(starts ? { fireAtMs: last } : {}), missed: starts ? count - 1 : count, throughMs: last, ...next };
}

function due(plan: Plan, throughMs: number, nowMs: number): { last: number | undefined; count: number; nextMs?: number } {
  let last: number | undefined;
  let count = 0;
  for (let from = throughMs; ; ) {
    const at = nextMatch(plan.cron, plan.zone, from);
    if (at === undefined || at > plan.notAfterMs) return { last, count };
    if (at + plan.offsetMs > nowMs) return { last, count, nextMs: at + plan.offsetMs };
    [last, count] = [at, count + 1];
    // after weeks without power only the last day that has any is gone through; what lies before is counted so far
    from = count === limits.maxMissedCounted ? beforeTheLast(plan, at, nowMs) : at;
  }
}

/** A moment from which on the last one that is due is at most a day away; not before `atMs`, which is one. */
function beforeTheLast({ cron, zone, offsetMs, notAfterMs }: Plan, atMs: number, nowMs: number): number {
  const endMs = Math.min(nowMs - offsetMs, notAfterMs);
  for (let from = endMs - dayMs; from > atMs; from -= dayMs) {
    const next = nextMatch(cron, zone, from);
    if (next !== undefined && next <= endMs) return from;
  }
  return atMs;
}
