/**
 * What can be known of a procedure before it runs: names that lead nowhere, expressions that are none, parameters of primitives that cannot fit.
 * The console shows all of it at once; the agent refuses a directive for the first.
 */
import { formOf } from '../form.ts';
import { checkDeed } from './check-deed.ts';
import { checkExpression, checkTemplates } from './check-names.ts';
import type { Names } from './check-names.ts';
import type { Fault, PrimitiveLookup } from './fault.ts';
import { Procedure } from './procedure.ts';
import { namesOf } from './steps.ts';
import type { ProcedureParameter, Step } from './procedure.ts';

const form = formOf(Procedure);

/** The procedure in data from outside, or what is wrong with it. */
export function readProcedure(value: unknown, primitives: PrimitiveLookup): { readonly procedure: Procedure } | { readonly faults: readonly Fault[] } {
  if (!form.check(value)) return { faults: [{ at: 'procedure', message: form.fault(value) }] };
  const faults = checkProcedure(value, primitives);
  return faults.length === 0 ? { procedure: value } : { faults };
}

export function checkProcedure(procedure: Procedure, primitives: PrimitiveLookup): readonly Fault[] {
  const { parameters = {}, variables = {}, steps } = procedure;
  const all = namesOf(procedure);
  const secrets = Object.keys(parameters).filter((name) => parameters[name]?.secret === true);
  const names: Names = { parameters: Object.keys(parameters), variables: Object.keys(variables), steps: all, secrets, loops: [] };
  return [
    ...all.filter((name, index) => all.indexOf(name) !== index).map((name) => ({ at: `steps.${name}`, message: 'two steps have this name' })),
    ...Object.entries(parameters).flatMap(([name, parameter]) => checkParameter(`parameters.${name}`, parameter)),
    ...steps.flatMap((step) => checkStep(step, names, { primitives, targets: steps.map(({ name }) => name) })),
  ];
}

const defaults: Readonly<Record<ProcedureParameter['type'], (value: unknown, choices: readonly string[]) => boolean>> = {
  'text': (value) => typeof value === 'string',
  'number': (value) => Number.isSafeInteger(value),
  'yes-no': (value) => typeof value === 'boolean',
  'choice': (value, choices) => typeof value === 'string' && choices.includes(value),
  'list': (value) => Array.isArray(value) && value.every((one) => typeof one === 'string'),
};

/** Whether a value given for a parameter, or its default, is of the parameter's type. */
export function fits({ type, choices }: ProcedureParameter, value: unknown): boolean {
  return defaults[type](value, choices ?? []);
}

function checkParameter(at: string, parameter: ProcedureParameter): Fault[] {
  const { type, choices, secret, default: preset } = parameter;
  const faults: Fault[] = [];
  if ((type === 'choice') !== (choices !== undefined)) faults.push({ at, message: type === 'choice' ? 'a choice needs its choices' : `a parameter of type ${type} has no choices` });
  if (secret === true && (type !== 'text' || preset !== undefined)) faults.push({ at, message: 'a secret is a text, and has no default that everybody could read' });
  if (preset !== undefined && !fits(parameter, preset)) faults.push({ at: `${at}.default`, message: `is not of the type ${type}` });
  return faults;
}

function checkStep(step: Step, names: Names, known: { primitives: PrimitiveLookup; targets: readonly string[] }): Fault[] {
  const at = `steps.${step.name}`;
  const faults: Fault[] = [];
  for (const [field, target] of [['goTo', step.goTo], ['onError.goTo', typeof step.onError === 'object' ? step.onError.goTo : undefined]] as const) {
    if (target !== undefined && !known.targets.includes(target)) faults.push({ at: `${at}.${field}`, message: `there is no step ${target} to go to` });
  }
  if (step.when !== undefined) faults.push(...checkExpression(`${at}.when`, step.when, names));
  return [...faults, ...checkContent(at, step, { names, primitives: known.primitives })];
}

function checkContent(at: string, step: Step, { names, primitives }: { names: Names; primitives: PrimitiveLookup }): Fault[] {
  if ('ask' in step) return checkTemplates(`${at}.ask`, step.ask, { ...names, shown: true });
  if ('approve' in step) return checkTemplates(`${at}.approve`, step.approve, { ...names, shown: true });
  if ('run' in step) {
    const { forEach } = step;
    const list = forEach === undefined ? [] : checkExpression(`${at}.forEach.items`, forEach.items, names);
    return [...list, ...checkDeed(at, step.run, { primitives, names: forEach === undefined ? names : { ...names, loops: [forEach.as] } })];
  }
  return step.parallel.flatMap((branch) => {
    const here = `steps.${branch.name}`;
    const condition = branch.when === undefined ? [] : checkExpression(`${here}.when`, branch.when, names);
    return [...condition, ...checkDeed(here, branch.run, { primitives, names })];
  });
}
