/**
 * What a directive that runs a procedure may do: every primitive that its steps call is known before anything starts, and each
 * is judged as if it were asked for by itself.
 */
import { formOf } from '../../protocol/form.ts';
import { failure, success } from '../../protocol/outcome.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import type { Risk } from '../../protocol/primitive.ts';
import { checkProcedure } from '../../protocol/procedure/check.ts';
import { primitivesOf } from '../../protocol/procedure/steps.ts';
import { riskOf } from '../../protocol/procedure/risk.ts';
import { notYet, ProcedureRun, valuesOf } from '../../protocol/procedure/run.ts';
import { runPrimitive } from '../../protocol/procedure/steps.ts';
import type { JudgedPrimitive, Registry } from './candidate.ts';

/** `risk` is that of the whole. */
export type Steps = { readonly risk: Risk; readonly primitives: readonly JudgedPrimitive[] };

const form = formOf(ProcedureRun);

/** Fails with `params-invalid`, `procedure-invalid` or `not-supported`. */
export async function stepsOf(params: unknown, registry: Registry): Promise<Outcome<Steps>> {
  if (!form.check(params)) return failure('params-invalid', form.fault(params));
  const { procedure, values = {} } = params;
  const known = new Map<string, JudgedPrimitive>();
  for (const name of primitivesOf(procedure)) {
    const primitive = await registry(name);
    if (primitive !== undefined) known.set(name, primitive);
  }
  const [fault] = checkProcedure(procedure, (name) => known.get(name));
  if (fault !== undefined) return failure('procedure-invalid', `${fault.at}: ${fault.message}`);
  if (known.has(runPrimitive)) return failure('procedure-invalid', 'a procedure cannot run another');
  const lacking = notYet(procedure);
  if (lacking !== undefined) return failure('not-supported', lacking);
  const given = valuesOf(procedure, values);
  return given.ok ? success({ risk: riskOf(procedure, (name) => known.get(name)?.risk), primitives: [...known.values()] }) : given;
}
