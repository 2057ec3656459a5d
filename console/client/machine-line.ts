/**
 * Whether a machine can be reached: on line, between two calls of its own, or away; the same in browser and terminal.
 */
import type { Machine } from '../../protocol/messages/live.ts';

/** `polling`: not connected at this moment, and due to call soon. */
export type MachineLine = 'on line' | 'polling' | 'off line';

/** A machine that polls and has not called for so many of its intervals is away. */
const missedIntervals = 2;

export function lineOf({ online, sinceMs, pollSeconds }: Pick<Machine, 'online' | 'sinceMs' | 'pollSeconds'>, nowMs: number): MachineLine {
  if (online) return 'on line';
  return pollSeconds !== undefined && nowMs - sinceMs < missedIntervals * pollSeconds * 1000 ? 'polling' : 'off line';
}
