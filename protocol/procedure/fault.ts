/** What is wrong with a procedure, in words for the one who writes it. */
import type { PrimitiveDescription } from '../primitive.ts';

/** Where is a path in the procedure: `steps.back-up.when`. */
export type Fault = { readonly at: string; readonly message: string };

/** The primitives that whoever checks knows. */
export type PrimitiveLookup = (name: string) => Pick<PrimitiveDescription, 'params'> | undefined;
