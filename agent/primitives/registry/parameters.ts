/**
 * What the primitives of the registry share: which key is meant, which value, and how a value reads.
 */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { success } from '../../../protocol/outcome.ts';
import type { Outcome } from '../../../protocol/outcome.ts';
import { fullKey } from './key.ts';
import type { RawValue } from './reg-file.ts';
import type { Place } from './reg-tool.ts';
import { textOfData } from './value-types.ts';

/** No control characters: a name with them exists only to be hidden, and reg.exe cannot be told it. */
const oneLine = '^[^\\u0000-\\u001f]*$';

export const placeParameters = {
  key: Type.String({ title: 'Key', description: 'The hive, long or short, and the keys below it: HKLM\\Software\\Example. HKCU is the hive of the account of the agent, not of whoever sits there: those are below HKEY_USERS.', pattern: oneLine, minLength: 3, maxLength: 4096 }),
  view: Type.Optional(Type.Union([Type.Literal('64'), Type.Literal('32')], { title: 'View', description: 'Whether the key is looked for as programs of 64 bits see it, or those of 32 bits, for which Windows keeps some keys apart.', default: '64' })),
};

const place = Type.Object(placeParameters);

export function placeOf({ key, view = '64' }: Static<typeof place>): Outcome<Place> {
  const full = fullKey(key);
  return full.ok ? success({ key: full.value, view }) : full;
}

export const valueName = Type.Optional(Type.String({ title: 'Value', description: 'Name of the value. Left out or empty: the default value of the key.', default: '', pattern: oneLine, maxLength: 16_383 }));

export const Value = Type.Object(
  {
    name: Type.String({ title: 'Value', description: 'Name of the value; empty for the default value of the key.' }),
    type: Type.String({ title: 'Type', description: 'As the registry calls it: REG_SZ, REG_DWORD …; a number where it has no name for it.' }),
    data: Type.String({ title: 'Data', description: 'Text as it is, not expanded; several texts one a line; numbers decimal; all else as bytes in hexadecimal.' }),
  },
  { additionalProperties: false },
);
export type Value = Static<typeof Value>;

export function shown({ name, type, bytes }: RawValue): Value {
  return { name: name.toWellFormed(), type, data: textOfData(type, bytes) };
}
