import test from 'ava';
import * as fc from 'fast-check';
import { Type } from 'typebox';
import { formOf } from '../../protocol/form.ts';
import { textOf, utf8 } from '../../protocol/bytes.ts';
import { limits } from '../../protocol/limits.ts';
import { readStatement, readStrictJson } from '../../protocol/statements/strict-json.ts';

const anything = { floats: 'refused' } as const;
const seed = Number(process.env['BEHEST_SEED'] ?? Date.now());

const refused: readonly (readonly [string, string])[] = [
  ['a space', '{ "a":1}'],
  ['a line feed at the end', '{"a":1}\n'],
  ['a key that stands twice', '{"a":1,"a":2}'],
  ['a key that stands twice, once escaped', '{"a":1,"\\u0061":2}'],
  ['an escape that was not needed', '{"a":"\\u0062"}'],
  ['an escaped slash', '{"a":"\\/"}'],
  ['a float', '{"a":0.5}'],
  ['an exponent', '{"a":1e3}'],
  ['a whole number written as a float', '{"a":1.0}'],
  ['minus nought', '{"a":-0}'],
  ['a number that loses digits', '{"a":9007199254740993}'],
  ['a number beyond the exact ones', '{"a":9007199254740992}'],
  ['a number beyond all', '{"a":1e999}'],
  ['a byte-order mark', '\uFEFF{"a":1}'],
  ['a key called __proto__', '{"__proto__":1}'],
  ['number-like keys out of order', '{"b":1,"1":2}'],
  ['two values', '{"a":1}{"a":1}'],
  ['a comment', '{"a":1}//'],
  ['nothing', ''],
  ['half of it', '{"a":'],
  ['a comma too many', '{"a":1,}'],
  ['single quotes', "{'a':1}"],
  ['not a number', '{"a":NaN}'],
];

for (const [what, text] of refused) {
  test(`refuses ${what}`, (t) => t.like(readStrictJson(utf8(text), anything), { ok: false, code: 'statement-malformed' }));
}

test('refuses bytes that are not UTF-8', (t) => {
  for (const bytes of [[0x22, 0xff, 0x22], [0x22, 0xc0, 0x80, 0x22], [0x22, 0xed, 0xa0, 0x80, 0x22]]) {
    t.like(readStrictJson(Uint8Array.from(bytes), anything), { ok: false, code: 'statement-malformed' });
  }
});

test('refuses depth beyond the bound, however deep, without harm', (t) => {
  const nested = (depth: number): Uint8Array => utf8('['.repeat(depth) + ']'.repeat(depth));
  t.true(readStrictJson(nested(limits.maxStatementDepth), anything).ok);
  t.false(readStrictJson(nested(limits.maxStatementDepth + 1), anything).ok);
  t.false(readStrictJson(nested(120_000), anything).ok);
});

test('takes floats only where they are allowed', (t) => {
  t.true(readStrictJson(utf8('{"a":0.5}'), { floats: 'allowed' }).ok);
  t.false(readStrictJson(utf8('{"a":0.50}'), { floats: 'allowed' }).ok);
});

test('the schema refuses what is unknown or missing, and size comes first', (t) => {
  const form = formOf(Type.Object({ a: Type.Integer() }, { additionalProperties: false }));
  t.deepEqual(readStatement(form, utf8('{"a":1}'), anything), { ok: true, value: { a: 1 } });
  t.like(readStatement(form, utf8('{"a":1,"b":1}'), anything), { code: 'statement-malformed' });
  t.like(readStatement(form, utf8('{}'), anything), { code: 'statement-malformed' });
  t.like(readStatement(form, new Uint8Array(limits.maxStatementBytes + 1), anything), { code: 'statement-too-large' });
});

test('whatever is accepted writes back to the same bytes and means what JSON says', (t) => {
  const punctuation = fc.constantFrom('{', '}', '[', ']', ',', ':', '"', '\\', 'a', '1', '0', '.', '-', 'e', ' ', 'true', 'null', '"a"', '"b":', '\\u0061', 'ü');
  const texts = fc.oneof(fc.json(), fc.string(), fc.array(punctuation, { maxLength: 24 }).map((parts) => parts.join('')), fc.jsonValue().map((value) => JSON.stringify(value)));
  let accepted = 0;
  fc.assert(
    fc.property(texts, fc.constantFrom('refused' as const, 'allowed' as const), (text, floats) => {
      const read = readStrictJson(utf8(text), { floats });
      if (!read.ok) return;
      accepted += 1;
      if (JSON.stringify(read.value) !== text || textOf(utf8(text)) !== text) throw new Error('other bytes');
      t.deepEqual(read.value, JSON.parse(text));
    }),
    { seed, numRuns: 5000 },
  );
  t.log(`seed ${seed}, ${accepted} accepted`);
  t.true(accepted > 100);
});
