import test from 'ava';
import { Type } from 'typebox';
import { checkForm, paramsOf } from '../../console/web/state/form-check.ts';
import { allFields, formModel, initialValues } from '../../console/web/state/form-model.ts';

const schema = Type.Object({
  command: Type.String({ description: 'What runs.', format: 'multiline', minLength: 1, maxLength: 10 }),
  args: Type.Optional(Type.Array(Type.String({ maxLength: 3 }), { maxItems: 2 })),
  shell: Type.Optional(Type.Union([Type.Literal('sh'), Type.Literal('bash')])),
  environment: Type.Optional(Type.Record(Type.String(), Type.String())),
  delaySeconds: Type.Optional(Type.Integer({ minimum: 0, maximum: 60, default: 5 })),
  force: Type.Optional(Type.Boolean({ default: false })),
  adminPassword: Type.Optional(Type.String({ minLength: 8 })),
  path: Type.Optional(Type.String({ title: 'Where', pattern: '^/' })),
  deep: Type.Optional(Type.Object({ a: Type.Integer() })),
});
const model = formModel({ ...schema });
const kinds = Object.fromEntries(allFields(model).map(({ name, kind }) => [name, kind]));

test('a form takes its kinds of fields from the schema', (t) => {
  t.deepEqual(kinds, { command: 'lines', args: 'list', shell: 'choice', environment: 'pairs', delaySeconds: 'number', force: 'switch', adminPassword: 'secret', path: 'text', deep: 'json' });
});

test('required fields come first, the rest is folded', (t) => {
  t.deepEqual(model.required.map(({ name }) => name), ['command']);
  t.is(model.optional.length, 8);
});

test('labels, units, help and defaults come from the schema', (t) => {
  const delay = model.optional.find(({ name }) => name === 'delaySeconds');
  t.like(delay, { label: 'Delay', unit: 's', initial: 5 });
  t.is(model.required[0]?.help, 'What runs.');
  t.is(model.optional.find(({ name }) => name === 'path')?.label, 'Where');
  t.deepEqual(initialValues(model), { delaySeconds: 5, force: false });
});

test('an empty optional field is left out, a required one is asked for', (t) => {
  t.deepEqual(checkForm(model, {}), { command: 'Needed.' });
  t.deepEqual(paramsOf(model, { command: 'ls', args: [], shell: undefined, path: '' }), { command: 'ls' });
});

test('faults are said in plain words', (t) => {
  t.deepEqual(checkForm(model, { command: 'x'.repeat(11), args: ['ok', 'long!'], delaySeconds: 61, adminPassword: 'short', path: 'tmp', deep: '{' }), {
    command: 'At most 10 characters; these are 11.',
    args: 'Line 2: At most 3 characters; these are 5.',
    delaySeconds: 'At most 60 s.',
    adminPassword: 'At least 8 characters.',
    path: 'This does not have the form that is asked for.',
    deep: 'This is not JSON yet.',
  });
  t.is(checkForm(model, { command: 'a', delaySeconds: 1.5 })['delaySeconds'], 'Write a whole number.');
});

test('JSON fields are read, others go as they are', (t) => {
  t.deepEqual(paramsOf(model, { command: 'a', deep: '{"a":1}', environment: { A: '1' }, force: true }), { command: 'a', deep: { a: 1 }, environment: { A: '1' }, force: true });
});

test('a schema that is none makes an empty form, never an exception', (t) => {
  for (const odd of [{}, { properties: 5 }, { properties: { a: null } }, { properties: { a: { type: ['string'] } }, required: 'a' }]) t.notThrows(() => checkForm(formModel(odd), { a: '1' }));
});
