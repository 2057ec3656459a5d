import { array, assert, configureGlobal, constantFrom, integer, property, record, string, uint8Array } from 'fast-check';
import type { Arbitrary } from 'fast-check';
import test from 'ava';
import { fullKey } from '../../agent/primitives/registry/key.ts';
import { parseRegFile, setValues } from '../../agent/primitives/registry/reg-file.ts';
import type { RawValue } from '../../agent/primitives/registry/reg-file.ts';
import { bytesOfData, textOfData, typeName, typeNames, typeNumber } from '../../agent/primitives/registry/value-types.ts';

const seed = Number(process.env['BEHEST_SEED'] ?? Date.now() % 1_000_000);
configureGlobal({ seed });

const anyName = string({ unit: 'grapheme', maxLength: 40 }).map((name) => name.replaceAll(/\p{Cc}/gu, ' '));
const anyKey = array(anyName.filter((name) => name !== '').map((name) => name.replaceAll('\\', '/')), { minLength: 1, maxLength: 4 }).map((names) => `HKEY_LOCAL_MACHINE\\${names.join('\\')}`);
const anyValue: Arbitrary<RawValue> = record({ name: anyName, type: integer({ min: 0, max: 0x20_000 }).map(typeName), bytes: uint8Array({ maxLength: 200 }) });

function textOf(file: Uint8Array): string {
  return Buffer.from(file).toString('utf16le').slice(1);
}

test(`what is written for the registry reads back as it was, whatever the names and bytes (BEHEST_SEED=${seed})`, (t) => {
  assert(property(anyKey, array(anyValue, { maxLength: 5 }), (key, values) => {
    const [section] = parseRegFile(textOf(setValues(key, values)));
    t.deepEqual(section, { key, values: values.map((value) => ({ ...value, bytes: Buffer.from(value.bytes) })) });
  }));
});

test(`no text makes the reader fail or go on for ever (BEHEST_SEED=${seed})`, (t) => {
  const pieces = constantFrom('[', ']', '"', '\\', '@=', '=', 'hex:', 'hex(7):', '00,', '\\\r\n  ', '\r\n', 'dword:', '12', '[HKEY_X\\a]', '"a"=', 'ü', '\0');
  assert(property(array(pieces, { maxLength: 60 }).map((list) => list.join('')), (text) => t.true(Array.isArray(parseRegFile(text)))));
});

test('an export as Windows and Wine write it is read: all types, new lines in text either way, brackets and quotes in names', (t) => {
  const exported = [
    'Windows Registry Editor Version 5.00', '',
    '[HKEY_CURRENT_USER\\Software\\A [b]]', '@="default"', '"back\\\\slash \\"q\\""="C:\\\\x"', '"two lines"="a\r\n[HKEY_X]\r\n\\"b"', '"in wine"="a\\r\\nb"',
    '"number"=dword:0000002a', '"long"=hex(b):f0,de,bc,9a,78,56,34,12', '"bytes"=hex:00,ff,\\', '  10', '"none"=hex(0):', '"list"=hex(7):61,00,00,00,62,00,00,00,00,00', '"own"=hex(10001):01',
    '', '[HKEY_CURRENT_USER\\Software\\A [b]\\below]', '"x"="y"', '',
  ].join('\r\n');
  const [first, second] = parseRegFile(exported);
  t.deepEqual(first?.values.map(({ name, type, bytes }) => [name, type, textOfData(type, bytes)]), [
    ['', 'REG_SZ', 'default'], ['back\\slash "q"', 'REG_SZ', 'C:\\x'], ['two lines', 'REG_SZ', 'a\r\n[HKEY_X]\r\n"b'], ['in wine', 'REG_SZ', 'a\r\nb'],
    ['number', 'REG_DWORD', '42'], ['long', 'REG_QWORD', '1311768467463790320'], ['bytes', 'REG_BINARY', '00ff10'], ['none', 'REG_NONE', ''], ['list', 'REG_MULTI_SZ', 'a\nb'], ['own', '0x10001', '01'],
  ]);
  t.deepEqual([first?.key, second?.key], ['HKEY_CURRENT_USER\\Software\\A [b]', 'HKEY_CURRENT_USER\\Software\\A [b]\\below']);
});

test('data that a person writes comes back as written, and what does not fit its type is refused', (t) => {
  for (const [type, data] of [['REG_SZ', 'ü "x" \\ \u{1f600}'], ['REG_EXPAND_SZ', '%OS%\\x'], ['REG_MULTI_SZ', 'a\nb c'], ['REG_DWORD', '4294967295'], ['REG_DWORD_BIG_ENDIAN', '1'], ['REG_QWORD', '18446744073709551615'], ['REG_BINARY', '00ff'], ['REG_NONE', '']] as const) {
    const bytes = bytesOfData(type, data);
    t.is(bytes.ok && textOfData(type, bytes.value), data, type);
  }
  for (const [type, data] of [['REG_DWORD', '4294967296'], ['REG_DWORD', '-1'], ['REG_DWORD', 'x'], ['REG_QWORD', '0x10000000000000000'], ['REG_BINARY', '0'], ['REG_BINARY', 'zz']] as const) t.false(bytesOfData(type, data).ok, data);
  t.is(textOfData('REG_DWORD', new Uint8Array([1])), '01');
  for (const type of typeNames) t.is(typeName(typeNumber(type)), type);
});

test('hives have a short and a long name, in any case; what is no key is refused', (t) => {
  t.deepEqual(['hklm\\Software\\', 'HKEY_Users\\a', 'HKCR'].map((key) => fullKey(key)), ['HKEY_LOCAL_MACHINE\\Software', 'HKEY_USERS\\a', 'HKEY_CLASSES_ROOT'].map((value) => ({ ok: true, value })));
  for (const key of ['Software', 'HKLM\\\\x', 'HKXX\\a', '']) t.false(fullKey(key).ok, key);
});
