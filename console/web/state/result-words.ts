/**
 * How the parts of a result are called and written, from the result's schema: titles, units, times.
 */
import { record } from './form-model.ts';
import type { JsonSchema } from './form-model.ts';
import { byteSize, duration } from './words.ts';

export type PartWords = { readonly label: string; readonly help: string; readonly format?: (value: unknown) => string | undefined };

/** Words for the part of a result at `path` (names of properties; entries of arrays are passed over). */
export function resultWords(schema: JsonSchema, path: readonly string[]): PartWords {
  const part = path.reduce<JsonSchema>((whole, name) => record(record(entriesOf(whole)['properties'])[name]), schema);
  const name = path.at(-1) ?? '';
  const title = typeof part['title'] === 'string' ? part['title'] : plainName(name);
  return { label: title, help: typeof part['description'] === 'string' ? part['description'] : '', format: (value) => formatted(name, value) };
}

function entriesOf(schema: JsonSchema): JsonSchema {
  return schema['type'] === 'array' ? record(schema['items']) : schema;
}

/** Numbers whose name says what they are. */
function formatted(name: string, value: unknown): string | undefined {
  if (typeof value !== 'number') return undefined;
  if (/(At|at)Ms$/.test(name)) return new Date(value).toLocaleString();
  if (name.endsWith('Ms')) return duration(value);
  if (name.endsWith('Seconds')) return duration(value * 1000);
  if (/([Bb]ytes)$/.test(name)) return byteSize(value);
  if (/[Pp]ercent$/.test(name)) return `${value}%`;
  return undefined;
}

function plainName(name: string): string {
  const words = name.replace(/(AtMs|Ms|Seconds|Bytes|Percent)$/, (suffix) => (suffix === 'AtMs' ? ' at' : '')).replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2').replaceAll(/[-_]/g, ' ').toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
