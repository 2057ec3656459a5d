/**
 * Checks a form as it is typed, in plain words, and puts the parameters together. The agent checks again by the same
 * schema: this is help, not defence.
 */
import { allFields, record } from './form-model.ts';
import type { Field, FormModel, JsonSchema } from './form-model.ts';

export type FormValues = Readonly<Record<string, unknown>>;
/** Text by field name, only for fields that are wrong. */
export type FormErrors = Readonly<Record<string, string>>;

/** What is wrong, field by field. */
export function checkForm(model: FormModel, values: FormValues): FormErrors {
  return Object.fromEntries(
    allFields(model).flatMap((field) => {
      const error = checkField(field, values[field.name]);
      return error === undefined ? [] : [[field.name, error]];
    }),
  );
}

/** The parameters as they go into the directive: empty optional fields are left out, JSON fields are read. */
export function paramsOf(model: FormModel, values: FormValues): Record<string, unknown> {
  return Object.fromEntries(
    allFields(model).flatMap((field) => {
      const value = values[field.name];
      if (isEmpty(value) && !(field.required && (value === '' || Array.isArray(value)))) return [];
      return [[field.name, field.kind === 'json' && typeof value === 'string' ? readJson(value) : value]];
    }),
  );
}

/** One field's fault, or undefined. */
export function checkField(field: Field, value: unknown): string | undefined {
  if (isEmpty(value)) return field.required && !emptyAllowed(field) ? 'Needed.' : undefined;
  switch (field.kind) {
    case 'number': return checkNumber(field, value);
    case 'list': return checkList(field.schema, value);
    case 'json': return typeof value === 'string' && readJson(value) === undefined ? 'This is not JSON yet.' : undefined;
    case 'choice': return field.choices?.some((choice) => choice === value) === true ? undefined : 'Choose one of the list.';
    case 'pairs':
    case 'switch': return undefined;
    default: return checkText(field.schema, String(value));
  }
}

function checkNumber(field: Field, value: unknown): string | undefined {
  const { schema } = field;
  const unit = field.unit === undefined ? '' : ` ${field.unit}`;
  if (typeof value !== 'number' || !Number.isFinite(value)) return 'Write a number.';
  if (schema['type'] === 'integer' && !Number.isInteger(value)) return 'Write a whole number.';
  if (typeof schema['minimum'] === 'number' && value < schema['minimum']) return `At least ${schema['minimum']}${unit}.`;
  if (typeof schema['maximum'] === 'number' && value > schema['maximum']) return `At most ${schema['maximum']}${unit}.`;
  return undefined;
}

function checkText(schema: JsonSchema, value: string): string | undefined {
  if (typeof schema['minLength'] === 'number' && value.length < schema['minLength']) return `At least ${schema['minLength']} characters.`;
  if (typeof schema['maxLength'] === 'number' && value.length > schema['maxLength']) return `At most ${schema['maxLength']} characters; these are ${value.length}.`;
  if (typeof schema['pattern'] === 'string' && !matches(schema['pattern'], value)) return 'This does not have the form that is asked for.';
  return undefined;
}

function checkList(schema: JsonSchema, value: unknown): string | undefined {
  const entries = Array.isArray(value) ? value.map(String) : [];
  if (typeof schema['minItems'] === 'number' && entries.length < schema['minItems']) return `At least ${schema['minItems']}.`;
  if (typeof schema['maxItems'] === 'number' && entries.length > schema['maxItems']) return `At most ${schema['maxItems']}.`;
  const wrong = entries.map((entry) => checkText(record(schema['items']), entry)).findIndex((error) => error !== undefined);
  return wrong < 0 ? undefined : `Line ${wrong + 1}: ${checkText(record(schema['items']), entries[wrong] ?? '') ?? ''}`;
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === '' || (Array.isArray(value) && value.length === 0) || (typeof value === 'object' && value !== null && Object.keys(value).length === 0);
}

/** A required field whose empty value the schema takes: the person need not touch it. */
function emptyAllowed({ kind, schema }: Field): boolean {
  if (kind === 'list') return !(Number(schema['minItems'] ?? 0) > 0);
  return (kind === 'text' || kind === 'lines' || kind === 'secret') && schema['minLength'] === 0;
}

function matches(pattern: string, value: string): boolean {
  try {
    return new RegExp(pattern, 'u').test(value);
  } catch {
    return true;
  }
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
