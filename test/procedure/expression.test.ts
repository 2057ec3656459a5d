import test from 'ava';
import * as fc from 'fast-check';
import { limits } from '../../protocol/limits.ts';
import { evaluate } from '../../protocol/procedure/evaluate.ts';
import { comparisons, parseExpression } from '../../protocol/procedure/expression.ts';
import type { Expression } from '../../protocol/procedure/expression.ts';
import { fill, parseTemplate } from '../../protocol/procedure/template.ts';

const seed = Number(process.env['BEHEST_SEED'] ?? Date.now());
const scope = {
  parameters: { name: 'nginx', list: ['a', 'b'], on: true },
  steps: { 'back-up': { state: 'succeeded', result: { exitCode: 0, bytes: 12.5, none: null } } },
};

const values: readonly (readonly [string, unknown])[] = [
  ["parameters.name == 'nginx'", true],
  ["parameters.name != 'nginx' or parameters.on", true],
  ["parameters.on and not parameters.name == 'apache'", true],
  ['not not parameters.on', true],
  ['steps.back-up.result.exitCode == 0', true],
  ['steps.back-up.result.bytes > 12', true],
  ['steps.back-up.result.bytes <= -3', false],
  ["parameters.list contains 'b'", true],
  ["parameters.name contains 'gin'", true],
  ['length(parameters.list) == 2', true],
  ['length(parameters.on)', 0],
  ['parameters.list.1', 'b'],
  ['steps.back-up.result.none', null],
  ['steps.nowhere.result.exitCode == null', true],
  ['parameters.name.length', null],
  ['parameters.constructor', null],
  ["parameters.name < 3", false],
  ["'it\\'s' == 'it\\'s'", true],
  ["true or false and false", true],
  ["(true or false) and false", false],
  ["'yes' and true", false],
];

for (const [text, value] of values) {
  test(`${text} is ${JSON.stringify(value)}`, (t) => {
    const read = parseExpression(text);
    t.is(read.ok ? evaluate(read.value, scope) : read.detail, value);
  });
}

const refused = ['', '==', 'a ==', '(a', 'a)', 'a b', "'open", 'f(a)', 'length a', 'a..b', 'a.', '1.2.3', '1e9', 'a == b == c', 'a; b', '`a`', 'a[0]', '${a}', `${'('.repeat(40)}a${')'.repeat(40)}`, `${'not '.repeat(40)}a`, 'x'.repeat(limits.maxExpressionLetters + 1)];

for (const text of refused) {
  test(`refuses the expression ${text.slice(0, 24)}`, (t) => t.like(parseExpression(text), { ok: false, code: 'procedure-invalid' }));
}

const written: fc.Arbitrary<Expression> = fc.letrec<{ expression: Expression }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 4 },
    fc.record({ kind: fc.constant('literal' as const), value: fc.oneof(fc.boolean(), fc.constant(null), fc.integer(), fc.string({ maxLength: 8 })) }),
    fc.record({ kind: fc.constant('path' as const), path: fc.array(fc.stringMatching(/^[a-z][a-z0-9-]{0,5}x$/), { minLength: 1, maxLength: 3 }) }),
    fc.record({ kind: fc.constantFrom('or' as const, 'and' as const), parts: fc.array(tie('expression'), { minLength: 2, maxLength: 3 }) }),
    fc.record({ kind: fc.constantFrom('not' as const, 'length' as const), of: tie('expression') }),
    fc.record({ kind: fc.constant('compare' as const), by: fc.constantFrom(...comparisons), left: tie('expression'), right: tie('expression') }),
  ),
})).expression;

/** As a person could write it, with a bracket around every part. */
function write(expression: Expression): string {
  if (expression.kind === 'literal') return typeof expression.value === 'string' ? `'${expression.value.replaceAll(/['\\]/g, '\\$&')}'` : String(expression.value);
  if (expression.kind === 'path') return expression.path.join('.');
  if ('of' in expression) return `${expression.kind}(${write(expression.of)})`;
  if (expression.kind === 'compare') return `(${write(expression.left)}) ${expression.by} (${write(expression.right)})`;
  return expression.parts.map((part) => `(${write(part)})`).join(` ${expression.kind} `);
}

test('an expression that is written down is read as the same', (t) => {
  fc.assert(
    fc.property(written, (expression) => {
      const text = write(expression);
      fc.pre(text.length <= limits.maxExpressionLetters);
      t.deepEqual(parseExpression(text), { ok: true, value: expression });
    }),
    { seed, numRuns: 500 },
  );
});

test('no text and no value makes the language throw', (t) => {
  const parts = fc.constantFrom('(', ')', 'and', 'or', 'not', "'a'", '${', '}', '$${', '1', 'a.b', '==', 'length', '\\', "'", ' ', '$', 'contains');
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.array(parts, { maxLength: 60 }).map((some) => some.join(' '))), fc.object(), (text, value) => {
      const read = parseExpression(text);
      if (read.ok) evaluate(read.value, value);
      fill({ text, list: [text, `\${${text}}`] }, value);
    }),
    { seed, numRuns: 2000 },
  );
  t.pass(`seed ${seed}`);
});

const filled: readonly (readonly [string, unknown])[] = [
  ['plain', 'plain'],
  ['${ parameters.list }', ['a', 'b']],
  ['${steps.back-up.result.exitCode}', 0],
  ['systemctl restart ${parameters.name}.service', 'systemctl restart nginx.service'],
  ['$${HOME} of ${parameters.name}', '${HOME} of nginx'],
  ["${'a } in quotes'}!", 'a } in quotes!'],
  ['costs 3 $', 'costs 3 $'],
];

for (const [text, value] of filled) test(`${text} is filled in`, (t) => t.deepEqual(fill(text, scope), { ok: true, value }));

test('a list, and nothing at all, cannot stand inside of a text', (t) => {
  t.like(fill('x ${parameters.list}', scope), { ok: false, code: 'procedure-invalid' });
  t.like(fill('rm -r /srv/${parameters.missing}', scope), { ok: false, code: 'procedure-invalid' });
});

test('refuses an opening without its end', (t) => {
  t.false(parseTemplate('a ${ b').ok);
  t.false(parseTemplate("${ 'b }").ok);
  t.false(parseTemplate('${ ${ a } }').ok);
});

test('a text that grows too long when it is filled in is refused', (t) => {
  t.like(fill('${long} ${long}', { long: 'x'.repeat(limits.maxFilledLetters - 10) }), { ok: false, code: 'procedure-invalid' });
});
