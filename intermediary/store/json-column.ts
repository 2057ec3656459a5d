/** JSON text of a column, as the type it was written from. */
import type { Static, TSchema } from 'typebox';
import { Compile } from 'typebox/schema';

/** A reader that holds `schema` against what the column gives; a row that does not fit is a bug or damage, so it throws. */
export function readJson<S extends TSchema>(schema: S): (text: string) => Static<S> {
  const validator = Compile(schema);
  return (text) => {
    const value: unknown = JSON.parse(text);
    if (validator.Check(value)) return value;
    throw new Error(`a stored value does not fit its schema: ${validator.Errors(value)[1][0]?.message ?? 'unknown'}`);
  };
}
