/**
 * What the report of a procedure says of its steps.
 */
import { limits } from '../limits.ts';
import type { Procedure } from './procedure.ts';
import type { ProcedureResult, ReportedStep } from './run.ts';
import { recordOf } from './stand.ts';
import type { StepRecord, Walk } from './stand.ts';
import { namesOf } from './steps.ts';

/** The steps put together: results as long as there is room for them, in the order of the steps. */
export function resultOf(procedure: Procedure, walk: Walk | undefined): ProcedureResult {
  let room: number = limits.maxResultBytes - bytesOf(namesOf(procedure));
  const steps = namesOf(procedure).map((name): ReportedStep => {
    const step = reported(name, walk === undefined ? undefined : recordOf(walk, name));
    const { result: _, ...bare } = step;
    const bytes = bytesOf(step);
    const kept: ReportedStep = bytes <= room ? step : { ...bare, resultLeftOut: true };
    room -= bytesOf(kept);
    return kept;
  });
  return { steps };
}

/** Letters of a detail in the list; the report's own has it whole. */
const detailLetters = 500;

function reported(name: string, record: StepRecord | undefined): ReportedStep {
  if (record === undefined) return { name, state: 'not-reached' };
  const { detail, ...rest } = record;
  return { name, ...rest, ...(detail === undefined ? {} : { detail: detail.slice(0, detailLetters) }) };
}

function bytesOf(value: unknown): number {
  return new TextEncoder().encode(JSON.stringify(value)).byteLength;
}
