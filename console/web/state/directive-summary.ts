/**
 * What is going on with a directive, put together from its machines. States stand in the one order used everywhere.
 */
import { targetStates } from '../../../protocol/messages/live.ts';
import type { StateCounts, TargetState } from '../../../protocol/messages/live.ts';
import { countOf } from '../../client/fleet.ts';
import type { DirectiveView, TargetView } from './client-port.ts';

export type StateCount = StateCounts[number];

const finalStates: readonly TargetState[] = ['succeeded', 'failed', 'refused', 'cancelled', 'expired', 'interrupted'];

export function isFinal(state: TargetState): boolean {
  return finalStates.includes(state);
}

export function isFinished(directive: DirectiveView): boolean {
  return countsOf(directive).every(({ state }) => isFinal(state));
}

/** How many of its machines are in each state. */
export function countsOf({ counts, targets }: DirectiveView): readonly StateCount[] {
  return counts ?? countStates(targets);
}

export function machineCount(directive: DirectiveView): number {
  return countOf(countsOf(directive));
}

/** How many machines are in each state, in the order of states; states without machines are left out. */
export function countStates(targets: readonly TargetView[]): readonly StateCount[] {
  const counts = new Map<TargetState, number>();
  for (const { state } of targets) counts.set(state, (counts.get(state) ?? 0) + 1);
  return targetStates.flatMap((state) => (counts.has(state) ? [{ state, count: counts.get(state) ?? 0 }] : []));
}

/** The one state that a row shows: what is still open first, then the worst end. */
export function overallState(targets: readonly Pick<TargetView, 'state'>[]): TargetState {
  const urgency: readonly TargetState[] = ['running', 'sent', 'waiting', 'failed', 'interrupted', 'refused', 'expired', 'cancelled', 'succeeded'];
  return urgency.find((state) => targets.some((target) => target.state === state)) ?? 'waiting';
}

/** Mean progress of the machines, 0 to 100; finished ones count whole. Undefined when nobody says. */
export function overallPercent(targets: readonly TargetView[]): number | undefined {
  if (!targets.some(({ percent, state }) => percent !== undefined && !isFinal(state))) return undefined;
  const sum = targets.reduce((total, { state, percent }) => total + (isFinal(state) ? 100 : (percent ?? 0)), 0);
  return Math.round(sum / Math.max(1, targets.length));
}

/** One line that says what the directive does: its main parameter, shortened. */
export function paramsLine(params: Readonly<Record<string, unknown>>, maxLength = 120): string {
  const main = ['command', 'path', 'name', 'text', 'argv'].map((key) => params[key]).find((value) => value !== undefined);
  const text = main === undefined ? Object.entries(params).map(([key, value]) => `${key}=${plain(value)}`).join(' ') : plain(main);
  return text.length > maxLength ? `${text.slice(0, maxLength - 1)}…` : text;
}

function plain(value: unknown): string {
  if (typeof value === 'string') return value.replaceAll(/\s+/g, ' ').trim();
  if (Array.isArray(value)) return value.map(plain).join(' ');
  return JSON.stringify(value) ?? '';
}

/** Words for states as they are shown. */
export const stateWords: Readonly<Record<TargetState, string>> = {
  waiting: 'waiting',
  sent: 'sent',
  running: 'running',
  succeeded: 'done',
  failed: 'failed',
  refused: 'refused',
  cancelled: 'cancelled',
  expired: 'expired',
  interrupted: 'interrupted',
};
