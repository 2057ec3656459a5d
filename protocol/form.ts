/**
 * The form that data from outside must have, checked by code made from its schema. Made at the first check and not before:
 * a program knows many forms, and an idle one uses few.
 */
import type { Static, TSchema } from 'typebox';
import { Compile } from 'typebox/schema';

export type Form<T> = {
  check(value: unknown): value is T;
  /** The first thing that is wrong with a value that did not pass: where, and what. */
  fault(value: unknown): string;
};

export function formOf<S extends TSchema>(schema: S): Form<Static<S>> {
  let made: ReturnType<typeof Compile<S>> | undefined;
  const validator = () => (made ??= Compile(schema));
  return {
    check: (value): value is Static<S> => validator().Check(value),
    fault(value) {
      const [, [first]] = validator().Errors(value);
      return `${first?.instancePath ?? ''} ${first?.message ?? 'does not fit'}`.trim();
    },
  };
}
