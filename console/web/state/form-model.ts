/**
 * From a primitive's JSON Schema to the fields of its form. Only what is in the schema decides; what a form cannot show
 * well is a JSON field, so that no parameter is out of reach.
 */
export type JsonSchema = Readonly<Record<string, unknown>>;

export type FieldKind = 'text' | 'lines' | 'secret' | 'number' | 'switch' | 'choice' | 'list' | 'pairs' | 'json';

export type Field = {
  readonly name: string;
  readonly label: string;
  readonly help: string;
  readonly kind: FieldKind;
  readonly required: boolean;
  readonly schema: JsonSchema;
  /** Short unit of a number: `ms`, `s`, `bytes`, `%`. */
  readonly unit?: string;
  /** Of a choice: the values as they go into the directive. */
  readonly choices?: readonly (string | number | boolean)[];
  readonly initial?: unknown;
};

export type FormModel = { /** Shown at once. */ readonly required: readonly Field[]; /** Folded. */ readonly optional: readonly Field[] };

/** Fields in the order of the schema, required ones first. */
export function formModel(schema: JsonSchema): FormModel {
  const required = new Set(Array.isArray(schema['required']) ? schema['required'] : []);
  const fields = Object.entries(record(schema['properties'])).map(([name, property]) => toField(name, record(property), required.has(name)));
  return { required: fields.filter((field) => field.required), optional: fields.filter((field) => !field.required) };
}

export function allFields(model: FormModel): readonly Field[] {
  return [...model.required, ...model.optional];
}

/** What the form holds before anything is typed. */
export function initialValues(model: FormModel): Record<string, unknown> {
  return Object.fromEntries(allFields(model).flatMap(({ name, initial }) => (initial === undefined ? [] : [[name, initial]])));
}

function toField(name: string, schema: JsonSchema, required: boolean): Field {
  const kind = kindOf(name, schema);
  const unit = kind === 'number' ? unitOf(name, schema) : undefined;
  const choices = kind === 'choice' ? choicesOf(schema) : undefined;
  return {
    name,
    label: typeof schema['title'] === 'string' ? schema['title'] : labelOf(name),
    help: typeof schema['description'] === 'string' ? schema['description'] : '',
    kind,
    required,
    schema,
    ...(unit === undefined ? {} : { unit }),
    ...(choices === undefined ? {} : { choices }),
    ...(schema['default'] === undefined ? {} : { initial: schema['default'] }),
  };
}

function kindOf(name: string, schema: JsonSchema): FieldKind {
  if (choicesOf(schema) !== undefined) return 'choice';
  switch (schema['type']) {
    case 'boolean': return 'switch';
    case 'number':
    case 'integer': return 'number';
    case 'string': return textKind(name, schema);
    case 'array': return record(schema['items'])['type'] === 'string' && choicesOf(record(schema['items'])) === undefined ? 'list' : 'json';
    case 'object': return isPairs(schema) ? 'pairs' : 'json';
    default: return 'json';
  }
}

function textKind(name: string, schema: JsonSchema): FieldKind {
  if (schema['format'] === 'password' || schema['writeOnly'] === true || /password|secret|token$/i.test(name)) return 'secret';
  const long = schema['format'] === 'multiline' || schema['contentMediaType'] === 'text/plain';
  return long || /^(command|script|text|content|input|stdin)$/i.test(name) ? 'lines' : 'text';
}

/** An object of strings under names of one's own choice, as typebox writes a record. */
function isPairs(schema: JsonSchema): boolean {
  if (schema['properties'] !== undefined) return false;
  const patterns = Object.values(record(schema['patternProperties'])).map(record);
  const extra = record(schema['additionalProperties']);
  return patterns.some((value) => value['type'] === 'string') || extra['type'] === 'string';
}

function choicesOf(schema: JsonSchema): readonly (string | number | boolean)[] | undefined {
  if (Array.isArray(schema['enum'])) return schema['enum'].filter(isPlain);
  const options = schema['anyOf'] ?? schema['oneOf'];
  if (!Array.isArray(options)) return undefined;
  const values = options.map((option) => record(option)['const']);
  return values.every(isPlain) ? values : undefined;
}

function unitOf(name: string, schema: JsonSchema): string | undefined {
  if (typeof schema['unit'] === 'string') return schema['unit'];
  const suffix = /(Ms|Seconds|Bytes|Percent)$/.exec(name)?.[1] ?? /^(percent|bytes|seconds)$/.exec(name)?.[1];
  return suffix === undefined ? undefined : { Ms: 'ms', Seconds: 's', Bytes: 'bytes', Percent: '%', percent: '%', bytes: 'bytes', seconds: 's' }[suffix];
}

/** `maxSizeBytes` reads “Max size”. */
function labelOf(name: string): string {
  const words = name.replace(/(Ms|Seconds|Bytes|Percent)$/, '').replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2').replaceAll(/[-_]/g, ' ').toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function isPlain(value: unknown): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

/** The value as an object, or an empty one: a schema from outside may hold anything. */
export function record(value: unknown): JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonSchema) : {};
}
