/**
 * What a directive that runs a procedure says, and what its report holds.
 */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { limits } from '../limits.ts';
import { failure, success } from '../outcome.ts';
import type { Outcome } from '../outcome.ts';
import { fits } from './check.ts';
import { Procedure } from './procedure.ts';
import type { ProcedureParameter } from './procedure.ts';

const strict = { additionalProperties: false } as const;
const moment = (title: string, description: string) => Type.Optional(Type.Integer({ title, description, format: 'moment' }));

export const ProcedureRun = Type.Object(
  {
    procedure: Type.Unsafe<Procedure>({ ...Procedure, title: 'Procedure', description: 'The procedure itself, as docs/procedures.md describes it: it travels whole, so that what was signed is what runs.' }),
    values: Type.Optional(Type.Record(Type.String({ maxLength: 40 }), Type.Unknown(), { title: 'Values', description: 'A value for each of the procedure’s parameters that has no default.', maxProperties: limits.maxProcedureParameters })),
  },
  strict,
);
export type ProcedureRun = Static<typeof ProcedureRun>;

export const ReportedStep = Type.Object(
  {
    name: Type.String({ title: 'Step', description: 'Name of the step.' }),
    state: Type.Enum(['succeeded', 'failed', 'left-out', 'running', 'not-reached'], { title: 'State', description: 'How far it came: left-out where its condition was not met, running where it was ended with the procedure.' }),
    code: Type.Optional(Type.String({ title: 'Code', description: 'Why it failed, as a code of the catalogue.' })),
    detail: Type.Optional(Type.String({ title: 'Detail', description: 'Why it failed, in words.' })),
    rounds: Type.Optional(Type.Integer({ title: 'Rounds', description: 'Of a loop: how many were begun.' })),
    startedAtMs: moment('Started', 'When it began, milliseconds since 1970.'),
    endedAtMs: moment('Ended', 'When it ended, milliseconds since 1970.'),
    result: Type.Optional(Type.Unknown({ title: 'Result', description: 'What its primitive gave.' })),
    resultLeftOut: Type.Optional(Type.Boolean({ title: 'Result left out', description: 'The result was too large for the report.' })),
  },
  strict,
);
export type ReportedStep = Static<typeof ReportedStep>;

export const ProcedureResult = Type.Object({ steps: Type.Array(ReportedStep, { title: 'Steps', description: 'Every step, in the order they are written.' }) }, strict);
export type ProcedureResult = Static<typeof ProcedureResult>;

/** A value for each parameter. Fails with `params-invalid`, naming the parameter. */
export function valuesOf({ parameters = {} }: Procedure, given: Readonly<Record<string, unknown>>): Outcome<Readonly<Record<string, unknown>>> {
  const stranger = Object.keys(given).find((name) => !Object.hasOwn(parameters, name));
  if (stranger !== undefined) return failure('params-invalid', `the procedure has no parameter ${stranger}`);
  const values: [string, unknown][] = [];
  for (const [name, parameter] of Object.entries(parameters)) {
    const value = valueOf(name, parameter, given);
    if (!value.ok) return value;
    values.push([name, value.value]);
  }
  return success(Object.fromEntries(values));
}

function valueOf(name: string, parameter: ProcedureParameter, given: Readonly<Record<string, unknown>>): Outcome<unknown> {
  const value = Object.hasOwn(given, name) ? given[name] : parameter.default;
  if (value === undefined) return failure('params-invalid', `the parameter ${name} is missing`);
  return fits(parameter, value) ? success(value) : failure('params-invalid', `the parameter ${name} is not of the type ${parameter.type}`);
}

/** What is well formed and cannot be run yet, in words. */
export function notYet({ parameters = {}, steps }: Procedure): string | undefined {
  const secret = Object.keys(parameters).find((name) => parameters[name]?.secret === true);
  if (secret !== undefined) return `the parameter ${secret} is a secret, and the relay could read it: secrets cannot be sent yet`;
  const question = steps.find((step) => 'ask' in step || 'approve' in step || step.onError === 'ask');
  return question === undefined ? undefined : `the step ${question.name} asks a technician, and questions cannot be put yet`;
}
