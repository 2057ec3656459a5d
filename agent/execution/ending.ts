/**
 * How one run ended: the part of its report that execution knows.
 */
import type { ErrorCode } from '../../protocol/errors.ts';
import type { RunOutcome } from '../../protocol/primitive.ts';
import type { Ending } from '../trust/trust.ts';
import type { OutputSummaries } from './output.ts';
import type { AbortReason } from './run-port.ts';

export type { Ending } from '../trust/trust.ts';

type RunFacts = {
  readonly outcome: RunOutcome<unknown>;
  readonly output: OutputSummaries | undefined;
  readonly endedAtMs: number;
  /** Why it was ended from outside, if it was. */
  readonly aborted: AbortReason | undefined;
};

/** The ending of a run that was started. What still succeeded although its end was asked for has succeeded. */
export function endingOf(facts: RunFacts): Ending {
  const { outcome, output, endedAtMs } = facts;
  const rest = { endedAtMs, ...(output === undefined ? {} : { output }) };
  if (outcome.ok) return { status: 'succeeded', result: outcome.value, ...rest };
  const result = 'result' in outcome ? { result: outcome.result } : {};
  const by = facts.aborted === undefined ? { status: 'failed' as const, code: outcome.code } : abortEndings[facts.aborted];
  return { ...by, detail: outcome.detail, ...result, ...rest };
}

/** The ending of a run that never began. */
export function neverStarted(status: 'failed' | 'cancelled' | 'interrupted', code: ErrorCode, detail: string, endedAtMs: number): Ending {
  return { status, code, detail, endedAtMs };
}

const abortEndings = {
  'cancelled': { status: 'cancelled', code: 'cancelled' },
  'time-limit': { status: 'failed', code: 'time-limit' },
  'stopping': { status: 'interrupted', code: 'interrupted' },
} as const satisfies Record<AbortReason, { status: Ending['status']; code: ErrorCode }>;
