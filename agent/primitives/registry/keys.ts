/**
 * Keys of the registry: those in a key, made, and taken away.
 */
import { Type } from 'typebox';
import { failure, success } from '../../../protocol/outcome.ts';
import { defineAgentPrimitive } from '../agent-primitive.ts';
import type { AgentPrimitive } from '../agent-primitive.ts';
import { boundedRows, mostRows, truncatedField } from '../rows.ts';
import { parentOf } from './key.ts';
import { placeOf, placeParameters } from './parameters.ts';
import { removeKey, setValues } from './reg-file.ts';
import { importFile, readSubkeys } from './reg-tool.ts';

const about: Pick<AgentPrimitive, 'streams' | 'platforms'> = { streams: 'none', platforms: ['win32'] };
const Changed = Type.Object({ key: Type.String({ title: 'Key', description: 'With the long name of its hive.' }) }, { additionalProperties: false });

export const listKeys = defineAgentPrimitive({
  name: 'registry.list-keys',
  title: 'Keys in a key of the registry',
  description: 'Lists the names of the keys directly below a key of the Windows registry.',
  risk: 'read',
  ...about,
  params: Type.Object({ ...placeParameters, most: mostRows(1000) }, { additionalProperties: false }),
  result: Type.Object({ keys: Type.Array(Type.String(), { title: 'Keys', description: 'Names, without that of the key above.' }), truncated: truncatedField }, { additionalProperties: false }),
  run: async ({ most = 1000, ...given }, context) => {
    const place = placeOf(given);
    if (!place.ok) return place;
    const keys = await readSubkeys(place.value, context);
    if (!keys.ok) return keys;
    const { rows, truncated } = boundedRows(keys.value.map((name) => name.toWellFormed()), most);
    return success({ keys: rows, truncated });
  },
});

export const createKey = defineAgentPrimitive({
  name: 'registry.create-key',
  title: 'Make a key of the registry',
  description: 'Makes a key of the Windows registry, with those above it that are not there yet. One that is there is left as it is.',
  risk: 'change',
  ...about,
  params: Type.Object(placeParameters, { additionalProperties: false }),
  result: Changed,
  run: async (given, context) => {
    const place = placeOf(given);
    if (!place.ok) return place;
    const done = await importFile(setValues(place.value.key, []), place.value, context);
    if (!done.ok) return done;
    const there = await readSubkeys(place.value, context);
    return there.ok ? success({ key: place.value.key }) : failure('not-permitted', place.value.key);
  },
});

export const deleteKey = defineAgentPrimitive({
  name: 'registry.delete-key',
  title: 'Delete a key of the registry',
  description: 'Takes a key of the Windows registry away, with all its values and all keys below it. It cannot be brought back.',
  risk: 'destroy',
  ...about,
  params: Type.Object(placeParameters, { additionalProperties: false }),
  result: Changed,
  run: async (given, context) => {
    const place = placeOf(given);
    if (!place.ok) return place;
    const { key } = place.value;
    if (parentOf(key) === undefined) return failure('not-permitted', 'a hive is not deleted');
    const before = await readSubkeys(place.value, context);
    if (!before.ok) return before;
    const done = await importFile(removeKey(key), place.value, context);
    if (!done.ok) return done;
    const after = await readSubkeys(place.value, context);
    return after.ok ? failure('not-permitted', `${key} is still there`) : success({ key });
  },
});
