/** What is wrong with a procedure, in words for the one who writes it. */
/** Where is a path in the procedure: `steps.back-up.when`. */
export type Fault = { readonly at: string; readonly message: string };

/** The primitives that whoever checks knows. */
export type PrimitiveLookup = (name: string) => { readonly params: object } | undefined;
