/**
 * Parameters of a primitive from the command line: one JSON object, or flags that the primitive's schema gives types to.
 */
import type { Machine } from '../../protocol/messages/live.ts';
import { failure, success } from '../../protocol/outcome.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import { whyMissing } from '../../protocol/primitive.ts';
import type { PrimitiveDescription } from '../../protocol/primitive.ts';
import { nearest } from '../client/did-you-mean.ts';
import type { Api } from '../client/http.ts';
import { primitivesOf } from '../client/machines.ts';

export type Params = Record<string, unknown>;

/** What of a JSON Schema property the command line needs. */
export type Property = {
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
  readonly description: string;
  readonly byDefault: unknown;
};

/** JSON first, then flags over it. */
export async function paramsFrom(api: Api, machine: Machine, primitive: string, given: { json: string | undefined; flags: readonly string[] }): Promise<Outcome<Params>> {
  const base = given.json === undefined ? success({}) : parseObject(given.json);
  if (!base.ok || given.flags.length === 0) return base;
  const known = await primitivesOf(api, machine.id);
  if (!known.ok) return known;
  const description = primitiveNamed(known.value, primitive);
  if (!description.ok) return description;
  const flags = paramsOfFlags(propertiesOf(description.value), given.flags);
  return flags.ok ? success({ ...base.value, ...flags.value }) : flags;
}

/** The primitive of this name, or why there is none, with the one that was probably meant. */
export function primitiveNamed(known: readonly PrimitiveDescription[], name: string): Outcome<PrimitiveDescription> {
  const found = known.find((each) => each.name === name);
  if (found !== undefined) return success(found);
  const names = known.map((each) => each.name);
  const near = nearest(name, names);
  return whyMissing(name, names, `${name} is not known on this machine${near === undefined ? '' : ` (did you mean ${near}?)`}`);
}

/** The parameters of a primitive, required ones first. */
export function propertiesOf(description: PrimitiveDescription): Property[] {
  const { properties, required } = description.params;
  const needed = Array.isArray(required) ? required : [];
  return Object.entries(isObject(properties) ? properties : {})
    .map(([name, schema]) => ({
      name,
      type: isObject(schema) ? typeOf(schema) : 'value',
      required: needed.includes(name),
      description: isObject(schema) && typeof schema['description'] === 'string' ? schema['description'] : '',
      byDefault: isObject(schema) ? schema['default'] : undefined,
    }))
    .sort((left, right) => Number(right.required) - Number(left.required));
}

function typeOf(schema: Params): string {
  if (schema['type'] === 'array') return `list of ${isObject(schema['items']) ? typeOf(schema['items']) : 'value'}`;
  if (Array.isArray(schema['enum'])) return schema['enum'].join(' | ');
  const choices = schema['anyOf'] ?? schema['oneOf'];
  if (Array.isArray(choices)) return choices.map((choice: unknown) => (isObject(choice) ? String(choice['const'] ?? choice['type'] ?? 'value') : 'value')).join(' | ');
  return typeof schema['type'] === 'string' ? schema['type'] : 'value';
}

/** `--name value`, `--name=value`, `--switch`, `--list one --list two`; camelCase names may be written with hyphens. */
export function paramsOfFlags(properties: readonly Property[], flags: readonly string[]): Outcome<Params> {
  const params: Params = {};
  const rest = [...flags];
  for (let flag = rest.shift(); flag !== undefined; flag = rest.shift()) {
    const [, written = '', , attached] = /^--([^=]+)(=(.*))?$/s.exec(flag) ?? [];
    const property = properties.find(({ name }) => name === written || hyphenated(name) === written);
    if (property === undefined) return failure('usage', unknownFlag(flag, properties));
    const text = attached ?? (property.type === 'boolean' ? 'true' : rest.shift());
    if (text === undefined) return failure('usage', `--${written} needs a value`);
    const value = valueOf(property, text);
    if (!value.ok) return value;
    params[property.name] = property.type.startsWith('list of') ? [...listAt(params, property.name), value.value] : value.value;
  }
  return success(params);
}

function valueOf({ name, type }: Property, text: string): Outcome<unknown> {
  const single = type.replace(/^list of /, '');
  if (single === 'string' || (!['number', 'integer', 'boolean', 'object'].includes(single) && !isJson(text))) return success(text);
  return isJson(text) ? success(JSON.parse(text)) : failure('params-invalid', `${name} must be ${type}, not ${text}`);
}

function parseObject(json: string): Outcome<Params> {
  const value: unknown = isJson(json) ? JSON.parse(json) : undefined;
  return isObject(value) ? success(value) : failure('params-invalid', '--params is not a JSON object');
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function isObject(value: unknown): value is Params {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function listAt(params: Params, name: string): unknown[] {
  const list = params[name];
  return Array.isArray(list) ? list : [];
}

/** `workingDirectory` as `working-directory`. */
export function hyphenated(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function unknownFlag(flag: string, properties: readonly Property[]): string {
  const near = nearest(flag, properties.map(({ name }) => `--${hyphenated(name)}`));
  return `${flag} is no parameter of this primitive${near === undefined ? '' : ` (did you mean ${near}?)`}`;
}
