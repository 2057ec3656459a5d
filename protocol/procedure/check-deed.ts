/** Whether the parameters that a step gives can fit its primitive: all that is fixed is checked, what is filled in later by its name alone. */
import { formOf } from '../form.ts';
import { checkTemplates } from './check-names.ts';
import type { Names } from './check-names.ts';
import type { Fault, PrimitiveLookup } from './fault.ts';
import type { Deed } from './procedure.ts';
import { isFixed } from './template.ts';

/** The part of a JSON Schema of an object that is looked at. */
type ObjectSchema = { readonly properties?: Readonly<Record<string, object>>; readonly required?: readonly string[]; readonly additionalProperties?: unknown };

export function checkDeed(at: string, { primitive, params = {} }: Deed, known: { primitives: PrimitiveLookup; names: Names }): Fault[] {
  const schema = known.primitives(primitive)?.params;
  if (schema === undefined) return [{ at: `${at}.run`, message: `there is no primitive ${primitive}` }];
  const faults = checkTemplates(`${at}.run.params`, params, known.names);
  return [...faults, ...(isFixed(params) ? wholeFits(at, schema, params) : partsFit(at, schema, params))];
}

function wholeFits(at: string, schema: ObjectSchema, params: Deed['params']): Fault[] {
  const form = formOf(schema);
  return form.check(params) ? [] : [{ at: `${at}.run.params`, message: form.fault(params) }];
}

function partsFit(at: string, { properties = {}, required = [], additionalProperties }: ObjectSchema, params: Readonly<Record<string, unknown>>): Fault[] {
  const missing = required.filter((name) => !Object.hasOwn(params, name)).map((name) => ({ at: `${at}.run.params`, message: `${name} is missing` }));
  return [...missing, ...Object.entries(params).flatMap(([name, value]) => partFits(`${at}.run.params.${name}`, Object.hasOwn(properties, name) ? properties[name] : additionalProperties, value))];
}

function partFits(at: string, schema: unknown, value: unknown): Fault[] {
  if (schema === false) return [{ at, message: 'the primitive has no such parameter' }];
  if (typeof schema !== 'object' || schema === null || !isFixed(value)) return [];
  const form = formOf(schema);
  return form.check(value) ? [] : [{ at, message: form.fault(value) }];
}
