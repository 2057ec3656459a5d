/**
 * The steps of a procedure, looked at by name. Without its schema: an agent that only waits asks this much and no more.
 */
import type { Deed, Procedure } from './procedure.ts';

/** The primitive that runs a procedure. */
export const runPrimitive = 'procedure.run';

/** A deed and where it stands, those side by side included. */
export type NamedDeed = { readonly step: string; readonly run: Deed };

export function deedsOf({ steps }: Procedure): readonly NamedDeed[] {
  return steps.flatMap((step) => {
    if ('run' in step) return [{ step: step.name, run: step.run }];
    return 'parallel' in step ? step.parallel.map((branch) => ({ step: branch.name, run: branch.run })) : [];
  });
}

/** Every primitive that a run may call: those of the steps, and the one that looks variables up, unless each is a mere path of a directory. */
export function primitivesOf(procedure: Procedure): readonly string[] {
  const looksUp = Object.values(procedure.variables ?? {}).some(({ from }) => from !== 'directory');
  return [...new Set([...deedsOf(procedure).map(({ run }) => run.primitive), ...(looksUp ? ['variable.get'] : [])])];
}

/** The names of all steps, those side by side included. */
export function namesOf({ steps }: Procedure): readonly string[] {
  return steps.flatMap((step) => ('parallel' in step ? [step.name, ...step.parallel.map(({ name: branch }) => branch)] : [step.name]));
}
