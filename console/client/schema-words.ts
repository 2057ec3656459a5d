/**
 * A schema in words, for the reference: one line a property, and the properties of what it holds below it.
 */
import type { Platform } from '../../protocol/primitive.ts';

type JsonSchema = Readonly<Record<string, unknown>>;

export const platformNames: Readonly<Record<Platform, string>> = { linux: 'Linux', win32: 'Windows', darwin: 'macOS' };

export type PropertyWords = { /** `volumes[].sizeBytes` */ readonly name: string; readonly type: string; readonly required: boolean; readonly help: string; readonly byDefault: unknown };

/** All properties, each before those of the object or list of objects that it is. */
export function schemaWords(schema: JsonSchema, within = ''): readonly PropertyWords[] {
  const required = Array.isArray(schema['required']) ? schema['required'] : [];
  return Object.entries(record(schema['properties'])).flatMap(([key, value]) => {
    const property = record(value);
    const name = `${within}${key}`;
    const words = { name, type: typeWords(property), required: required.includes(key), help: typeof property['description'] === 'string' ? property['description'] : '', byDefault: property['default'] };
    return [words, ...schemaWords(property, `${name}.`), ...schemaWords(record(property['items']), `${name}[].`)];
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
    case 'array': return `list of ${listed(record(schema['items']))}`;
    case 'object': return 'facts';
    case 'null': return 'nothing';
    default: return Array.isArray(schema['anyOf']) ? schema['anyOf'].map((option) => typeWords(record(option))).join(' or ') : 'anything';
  }
}

function listed(items: JsonSchema): string {
  if (items['type'] === 'object') return 'things';
  return items['type'] === 'string' ? 'texts' : typeWords(items);
}

function record(value: unknown): JsonSchema {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function bound(low: unknown, high: unknown, unit = ''): string {
  const least = typeof low === 'number' && low > 0 ? low : undefined;
  const most = typeof high === 'number' && high < Number.MAX_SAFE_INTEGER ? high : undefined;
  if (least !== undefined && most !== undefined) return `, ${least} to ${most}${unit}`;
  if (most !== undefined) return `, at most ${most}${unit}`;
  return least === undefined ? '' : `, at least ${least}${unit}`;
}
