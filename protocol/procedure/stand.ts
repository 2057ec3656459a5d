/**
 * Where a run of a procedure stands. Plain JSON, so that it can be written down before each deed and taken up after a restart.
 */
import type { ErrorCode } from '../errors.ts';
import type { Failure } from '../outcome.ts';
import type { Procedure } from './procedure.ts';

export type StepRecord = {
  readonly state: 'running' | 'succeeded' | 'failed' | 'left-out';
  readonly code?: ErrorCode;
  readonly detail?: string;
  readonly result?: unknown;
  /** The result was larger than `limits.maxVariableBytes` and is not kept. */
  readonly resultLeftOut?: true;
  /** Of a loop: those that were begun. Everything else is of the last. */
  readonly rounds?: number;
  readonly startedAtMs?: number;
  readonly endedAtMs?: number;
};

export type WalkEnd = { readonly ok: true } | (Failure & { readonly step: string });

export type Walk = {
  /** The step in hand; of steps side by side, the one around them. */
  readonly at: string;
  /** Deeds that were begun and have not ended. */
  readonly running: readonly string[];
  /** Of the step in hand, if it is one. */
  readonly loop?: { readonly items: readonly unknown[]; readonly round: number };
  readonly jumps: number;
  readonly deeds: number;
  readonly steps: Readonly<Record<string, StepRecord>>;
  readonly end?: WalkEnd;
};

/** The step under way that must not be begun anew, if there is one. */
export function notRepeatable(procedure: Procedure, walk: Walk): string | undefined {
  return walk.running.find((name) => !procedure.steps.some((step) => step.name === name && 'run' in step && step.repeatable === true));
}

/** Own properties only: a step may be called as something that every object has. */
export function recordOf({ steps }: Pick<Walk, 'steps'>, name: string): StepRecord | undefined {
  return Object.hasOwn(steps, name) ? steps[name] : undefined;
}
