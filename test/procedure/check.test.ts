import test from 'ava';
import { readProcedure } from '../../protocol/procedure/check.ts';
import type { Procedure } from '../../protocol/procedure/procedure.ts';
import { digestOf, riskOf } from '../../protocol/procedure/risk.ts';
import type { Risk } from '../../protocol/primitive.ts';

const params = { type: 'object', properties: { command: { type: 'string' }, seconds: { type: 'integer' } }, required: ['command'], additionalProperties: false };
const primitives = (name: string) => (name === 'shell.execute' ? { params } : undefined);
const run = { primitive: 'shell.execute', params: { command: 'true' } };
const good: Procedure = {
  name: 'back-up',
  title: 'Back up, and only then delete',
  parameters: { folder: { type: 'text', title: 'Folder' }, password: { type: 'text', title: 'Password', secret: true } },
  variables: { host: { from: 'environment', of: 'HOSTNAME' } },
  steps: [
    { name: 'copy', run: { primitive: 'shell.execute', params: { command: 'tar c ${parameters.folder}', seconds: '${ variables.host }' } }, onError: { goTo: 'why' } },
    { name: 'remove', when: "steps.copy.state == 'succeeded'", run, forEach: { items: 'steps.copy.result.files', as: 'file', atMost: 10 } },
    { name: 'both', parallel: [{ name: 'left', run }, { name: 'right', run }] },
    { name: 'why', ask: { question: 'It failed on ${variables.host}. Again?', choices: ['yes', 'no'] } },
  ],
};
const a = { name: 'a', run };

test('a procedure that makes sense passes', (t) => t.deepEqual(readProcedure(good, primitives), { procedure: good }));

const wrong: readonly (readonly [string, object, string, string])[] = [
  ['two steps of one name', { steps: [a, a] }, 'steps.a', 'two steps have this name'],
  ['a go-to that leads nowhere', { steps: [{ name: 'a', run, goTo: 'b' }] }, 'steps.a.goTo', 'there is no step b to go to'],
  ['a go-to on error that leads nowhere', { steps: [{ name: 'a', run, onError: { goTo: 'b' } }] }, 'steps.a.onError.goTo', 'there is no step b to go to'],
  ['a condition that is none', { steps: [{ name: 'a', run, when: 'a ==' }] }, 'steps.a.when', 'the expression ends too early'],
  ['a step that is not there', { steps: [{ name: 'a', run, when: 'steps.b.ok' }] }, 'steps.a.when', 'there is no b among the steps'],
  ['a parameter that is not there', { steps: [{ name: 'a', run: { ...run, params: { command: '${parameters.x}' } } }] }, 'steps.a.run.params.command', 'there is no x among the parameters'],
  ['a name of another loop', { steps: [{ name: 'a', run: { ...run, params: { command: '${file}' } } }] }, 'steps.a.run.params.command', 'file is nothing that a procedure knows: parameters, variables, steps, or the name of the loop'],
  ['a primitive that is not there', { steps: [{ name: 'a', run: { primitive: 'no.such' } }] }, 'steps.a.run', 'there is no primitive no.such'],
  ['a parameter that the primitive lacks', { steps: [{ name: 'a', run: { ...run, params: { command: '${variables.host}', much: 1 } } }] }, 'steps.a.run.params.much', 'the primitive has no such parameter'],
  ['a parameter that the primitive needs', { steps: [{ name: 'a', run: { ...run, params: { seconds: '${variables.host}' } } }] }, 'steps.a.run.params', 'command is missing'],
  ['a fixed value of the wrong type beside one to be filled in', { steps: [{ name: 'a', run: { ...run, params: { command: '${variables.host}', seconds: 'x' } } }] }, 'steps.a.run.params.seconds', 'must be integer'],
  ['a default of another type', { parameters: { folder: { type: 'number', title: 'F', default: 'x' } }, steps: [{ name: 'a', run }] }, 'parameters.folder.default', 'is not of the type number'],
  ['a secret with a default', { parameters: { word: { type: 'text', title: 'W', secret: true, default: 'x' } }, steps: [{ name: 'a', run }] }, 'parameters.word', 'a secret is a text, and has no default that everybody could read'],
  ['a secret in a condition', { steps: [{ name: 'a', run, when: "parameters.password == 'x'" }] }, 'steps.a.when', 'the secret password would show here'],
  ['a secret in a question', { steps: [{ name: 'a', approve: { question: 'Is it ${parameters.password}?' } }] }, 'steps.a.approve.question', 'the secret password would show here'],
];

for (const [what, change, at, message] of wrong) {
  test(`says where and why: ${what}`, (t) => t.deepEqual(readProcedure({ ...good, ...change }, primitives), { faults: [{ at, message }] }));
}

test('data of another form is no procedure', (t) => {
  for (const value of [null, [], 'x', {}, { ...good, more: 1 }, { ...good, steps: [] }, { ...good, steps: [{ name: 'a', run, ask: { question: '', choices: ['x'] } }] }]) {
    t.true('faults' in readProcedure(value, primitives), JSON.stringify(value));
  }
});

test('its risk is that of the worst primitive it may call, and looking a variable up is one, but for a path', (t) => {
  const known: Readonly<Record<string, Risk>> = { 'shell.execute': 'change', 'variable.get': 'control' };
  t.is(riskOf({ ...good, variables: { target: { from: 'directory', of: 'temporary' } } }, (name) => known[name]), 'change');
  for (const from of ['command', 'file', 'environment', 'registry'] as const) t.is(riskOf({ ...good, variables: { now: { from, of: 'date' } } }, (name) => known[name]), 'control');
  t.is(riskOf(good, () => undefined), 'destroy');
});

test('its digest is the same however its fields were ordered, and another when a word is', async (t) => {
  const turned = JSON.parse(JSON.stringify(good), (_key, value: unknown) => (typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.fromEntries(Object.entries(value).toReversed()) : value)) as Procedure;
  t.not(JSON.stringify(turned), JSON.stringify(good));
  t.is(await digestOf(turned), await digestOf(good));
  t.not(await digestOf({ ...good, steps: good.steps.toReversed() }), await digestOf(good));
  t.not(await digestOf({ ...good, title: 'x' }), await digestOf(good));
});
