/**
 * What a procedure would do, as far as it is known before anything runs: what depends on the machine stands there as written.
 */
import { pathsOf } from './evaluate.ts';
import type { Scope } from './evaluate.ts';
import type { Deed, Procedure, Step } from './procedure.ts';
import { fill, parseTemplate } from './template.ts';

export type PlannedStep = {
  readonly name: string;
  /** The step around it, of those side by side. */
  readonly within?: string;
  readonly when?: string;
  /** Once for each of these. */
  readonly forEach?: string;
  readonly primitive?: string;
  readonly params?: unknown;
  readonly question?: string;
  readonly onError?: string;
  readonly goTo?: string;
};

/** Every step in the order they are written, with the values of the parameters filled in. */
export function planOf({ steps }: Procedure, parameters: Scope): readonly PlannedStep[] {
  return steps.flatMap((step) => [planned(step, parameters), ...('parallel' in step ? step.parallel.map((branch) => ({ name: branch.name, within: step.name, ...whenOf(branch), ...deedOf(branch.run, parameters) })) : [])]);
}

function planned(step: Step, parameters: Scope): PlannedStep {
  const { name, onError, goTo } = step;
  return {
    name,
    ...whenOf(step),
    ...('run' in step ? deedOf(step.run, parameters) : {}),
    ...('run' in step && step.forEach !== undefined ? { forEach: step.forEach.items } : {}),
    ...('ask' in step ? { question: step.ask.question } : {}),
    ...('approve' in step ? { question: step.approve.question } : {}),
    ...(onError === undefined ? {} : { onError: typeof onError === 'string' ? onError : `go to ${onError.goTo}` }),
    ...(goTo === undefined ? {} : { goTo }),
  };
}

function whenOf({ when }: { readonly when?: string }): { readonly when?: string } {
  return when === undefined ? {} : { when };
}

function deedOf({ primitive, params = {} }: Deed, parameters: Scope): { readonly primitive: string; readonly params: unknown } {
  return { primitive, params: filledWhereKnown(params, { parameters }) };
}

function filledWhereKnown(value: unknown, scope: Scope): unknown {
  if (typeof value === 'string') return textWhereKnown(value, scope);
  if (Array.isArray(value)) return value.map((part) => filledWhereKnown(part, scope));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, filledWhereKnown(part, scope)]));
}

function textWhereKnown(text: string, scope: Scope): unknown {
  const template = parseTemplate(text);
  const isKnown = template.ok && template.value.every((part) => typeof part === 'string' || pathsOf(part).every(([root]) => root === 'parameters'));
  const filled = isKnown ? fill(text, scope) : undefined;
  return filled?.ok === true ? filled.value : text;
}
