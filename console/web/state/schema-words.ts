/**
 * A schema in words, for the reference: one line a property.
 */
import { record } from './form-model.ts';
import type { JsonSchema } from './form-model.ts';

export type PropertyWords = { readonly name: string; readonly type: string; readonly required: boolean; readonly help: string };

export function schemaWords(schema: JsonSchema): readonly PropertyWords[] {
  const required = Array.isArray(schema['required']) ? schema['required'] : [];
  return Object.entries(record(schema['properties'])).map(([name, value]) => {
    const property = record(value);
    return { name, type: typeWords(property), required: required.includes(name), help: typeof property['description'] === 'string' ? property['description'] : '' };
  });
}

/** `text, at most 200 characters`, `whole number, 1 to 10`, `one of: a, b`. */
export function typeWords(schema: JsonSchema): string {
  const options = schema['enum'] ?? (Array.isArray(schema['anyOf']) ? schema['anyOf'].map((option) => record(option)['const']) : undefined);
  if (Array.isArray(options) && options.every((option) => option !== undefined)) return `one of: ${options.join(', ')}`;
  switch (schema['type']) {
    case 'string': return `text${bound(schema['minLength'], schema['maxLength'], ' characters')}`;
    case 'integer': return `whole number${bound(schema['minimum'], schema['maximum'])}`;
    case 'number': return `number${bound(schema['minimum'], schema['maximum'])}`;
    case 'boolean': return 'yes or no';
    case 'array': return `list of ${typeWords(record(schema['items']))}`;
    case 'object': return 'object';
    case 'null': return 'nothing';
    default: return Array.isArray(schema['anyOf']) ? schema['anyOf'].map((option) => typeWords(record(option))).join(' or ') : 'anything';
  }
}

function bound(low: unknown, high: unknown, unit = ''): string {
  const least = typeof low === 'number' && low > 0 ? low : undefined;
  const most = typeof high === 'number' && high < Number.MAX_SAFE_INTEGER ? high : undefined;
  if (least !== undefined && most !== undefined) return `, ${least} to ${most}${unit}`;
  if (most !== undefined) return `, at most ${most}${unit}`;
  return least === undefined ? '' : `, at least ${least}${unit}`;
}
