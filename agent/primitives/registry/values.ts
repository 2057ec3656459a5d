/**
 * Values of the registry: one or all of a key, set, and taken away.
 */
import { Type } from 'typebox';
import { limits } from '../../../protocol/limits.ts';
import { failure, success } from '../../../protocol/outcome.ts';
import type { Outcome } from '../../../protocol/outcome.ts';
import { defineAgentPrimitive } from '../agent-primitive.ts';
import type { AgentPrimitive } from '../agent-primitive.ts';
import { boundedRows, cut, mostRows, truncatedField } from '../rows.ts';
import { sameKey } from './key.ts';
import { placeOf, placeParameters, shown, Value, valueName } from './parameters.ts';
import { setValues } from './reg-file.ts';
import type { RawValue } from './reg-file.ts';
import { importFile, readValues } from './reg-tool.ts';
import type { Place, RegistryContext } from './reg-tool.ts';
import { bytesOfData, typeNames } from './value-types.ts';

const about: Pick<AgentPrimitive, 'streams' | 'platforms'> = { streams: 'none', platforms: ['win32'] };

/** Of one value. Fails with `not-found`. */
export async function readValue(place: Place, name: string, context: RegistryContext): Promise<Outcome<Value>> {
  const found = await findValue(place, name, context);
  if (!found.ok) return found;
  const value = shown(found.value);
  return Buffer.byteLength(JSON.stringify(value)) > limits.maxResultBytes ? failure('not-supported', `the value has ${found.value.bytes.length} bytes, which do not fit into a report`) : success(value);
}

async function findValue(place: Place, name: string, context: RegistryContext): Promise<Outcome<RawValue>> {
  const values = await readValues(place, context);
  if (!values.ok) return values;
  const found = values.value.find((value) => sameKey(value.name, name));
  return found === undefined ? failure('not-found', `${place.key} has no ${name === '' ? 'default value' : `value ${name}`}`) : success(found);
}

export const getValue = defineAgentPrimitive({
  name: 'registry.get-value',
  title: 'Value of the registry',
  description: 'Reads one value of a key of the Windows registry, with its type.',
  risk: 'read',
  ...about,
  params: Type.Object({ ...placeParameters, name: valueName }, { additionalProperties: false }),
  result: Value,
  run: async ({ name = '', ...given }, context) => {
    const place = placeOf(given);
    return place.ok ? readValue(place.value, name, context) : place;
  },
});

export const listValues = defineAgentPrimitive({
  name: 'registry.list-values',
  title: 'Values of a key of the registry',
  description: 'Lists the values of a key of the Windows registry with their types. Long data is cut; a value that is asked for by itself comes whole.',
  risk: 'read',
  ...about,
  params: Type.Object({ ...placeParameters, most: mostRows(1000) }, { additionalProperties: false }),
  result: Type.Object({ values: Type.Array(Value, { title: 'Values', description: 'In the order of their names.' }), truncated: truncatedField }, { additionalProperties: false }),
  run: async ({ most = 1000, ...given }, context) => {
    const place = placeOf(given);
    if (!place.ok) return place;
    const values = await readValues(place.value, context);
    if (!values.ok) return values;
    const rows = values.value.map(shown).map((value) => ({ ...value, data: cut(value.data, limits.maxRegistryShownCharacters) }));
    const { rows: kept, truncated } = boundedRows(rows.toSorted((left, right) => (left.name < right.name ? -1 : 1)), most);
    return success({ values: kept, truncated });
  },
});

export const setValue = defineAgentPrimitive({
  name: 'registry.set-value',
  title: 'Set a value of the registry',
  description: 'Sets a value of a key of the Windows registry; what is not there yet, the key too, is made. Returns the value as it is kept now.',
  risk: 'control',
  ...about,
  params: Type.Object(
    {
      ...placeParameters,
      name: valueName,
      type: Type.Union(typeNames.map((type) => Type.Literal(type)), { title: 'Type', description: 'What the data is: REG_SZ text, REG_EXPAND_SZ text with %VARIABLES%, REG_MULTI_SZ several texts, REG_DWORD and REG_QWORD numbers of 32 and 64 bits, the others bytes.' }),
      data: Type.String({ title: 'Data', description: 'Text as it is; several texts one a line; numbers decimal or with 0x before them; bytes in hexadecimal.', format: 'multiline', maxLength: 131_072 }),
    },
    { additionalProperties: false },
  ),
  result: Value,
  run: async ({ name = '', type, data, ...given }, context) => {
    const place = placeOf(given);
    if (!place.ok) return place;
    const bytes = bytesOfData(type, data);
    if (!bytes.ok) return bytes;
    const set = await importFile(setValues(place.value.key, [{ name, type, bytes: bytes.value }]), place.value, context);
    if (!set.ok) return set;
    const kept = await findValue(place.value, name, context);
    if (!kept.ok) return failure('not-permitted', `${place.value.key} has not taken the value`);
    return kept.value.type === type && Buffer.from(bytes.value).equals(kept.value.bytes) ? success(shown(kept.value)) : failure('not-permitted', `${place.value.key} still has another value`);
  },
});

export const deleteValue = defineAgentPrimitive({
  name: 'registry.delete-value',
  title: 'Delete a value of the registry',
  description: 'Takes a value out of a key of the Windows registry. Returns what it was.',
  risk: 'control',
  ...about,
  params: Type.Object({ ...placeParameters, name: valueName }, { additionalProperties: false }),
  result: Value,
  run: async ({ name = '', ...given }, context) => {
    const place = placeOf(given);
    if (!place.ok) return place;
    const before = await findValue(place.value, name, context);
    if (!before.ok) return before;
    const done = await importFile(setValues(place.value.key, [{ name: before.value.name, bytes: null }]), place.value, context);
    if (!done.ok) return done;
    const after = await findValue(place.value, name, context);
    return after.ok ? failure('not-permitted', `${place.value.key} still has the value`) : success(shown(before.value));
  },
});
