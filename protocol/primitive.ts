/**
 * What a primitive is: one simple operation that an agent can do. Built-in ones and those of plugins are the same thing.
 * From the schema come, by themselves: checking on both ends, the form in the browser, the help of the command line,
 * the reference page and the permission class.
 */
import { Type } from 'typebox';
import type { Static, TSchema } from 'typebox';
import { failure } from './outcome.ts';
import type { Failure, Outcome } from './outcome.ts';

/**
 * How much harm a primitive can do, least first. `change` is bounded (restart a service), `disrupt` is felt by
 * people (reboot), `control` is arbitrary (shell, terminal, write a file), `destroy` cannot be undone (wipe).
 */
export const risks = ['read', 'change', 'disrupt', 'control', 'destroy'] as const;
export type Risk = (typeof risks)[number];

/** Whether `risk` is no worse than `highest`. */
export function riskWithin(risk: Risk, highest: Risk): boolean {
  return risks.indexOf(risk) <= risks.indexOf(highest);
}

/**
 * What a run may carry besides parameters and result: `none`; `output` (text or bytes that flow while it runs);
 * `live` (as `output`, and when the directive asks for a stream, a sealed duplex stream to the person who signed).
 */
export type PrimitiveStreams = 'none' | 'output' | 'live';

export const platforms = ['linux', 'win32', 'darwin'] as const;
export type Platform = (typeof platforms)[number];

/** What everybody may know of a primitive: it crosses to the console as it stands. */
export const PrimitiveDescription = Type.Object(
  {
    /** `family.verb`, lower case. */
    name: Type.String({ pattern: '^[a-z][a-z0-9-]*\\.[a-z][a-z0-9-]*$', maxLength: 64 }),
    title: Type.String({ maxLength: 80 }),
    description: Type.String({ maxLength: 1000 }),
    risk: Type.Enum(risks),
    streams: Type.Union([Type.Literal('none'), Type.Literal('output'), Type.Literal('live')]),
    platforms: Type.Array(Type.Enum(platforms)),
    /** JSON Schema of the parameters: an object, with a description for each property. */
    params: Type.Record(Type.String(), Type.Unknown()),
    /** JSON Schema of the result. */
    result: Type.Record(Type.String(), Type.Unknown()),
  },
  { additionalProperties: false },
);
export type PrimitiveDescription = Static<typeof PrimitiveDescription>;

/** What a running primitive is given. */
export type PrimitiveContext = {
  /** Aborted by time limit, cancel or the end of the agent; everything started must end with it. */
  readonly signal: AbortSignal;
  /** The directive this run belongs to. Children carry it in their environment so that none is left behind. */
  readonly directiveId: string;
  /** Where it may keep a file with what it knows from run to run, under its own name; absent where nothing is to be kept. */
  readonly stateFolder?: string | undefined;
  /** Sends one piece of output. Resolves when there is room for the next: that is the back-pressure. */
  output(channel: 'stdout' | 'stderr', chunk: Uint8Array): Promise<void>;
  /** Done so far, 0 to 100. */
  progress(percent: number, note?: string): void;
};

/** One module of a primitive: the description's schemas as typebox types, and the deed. */
export type Primitive<P extends TSchema = TSchema, R extends TSchema = TSchema> = Omit<PrimitiveDescription, 'params' | 'result'> & {
  readonly params: P;
  readonly result: R;
  /** Does it. `params` are checked already. An expected failure is a value; its `result` part may come along. */
  run(params: Static<P>, context: PrimitiveContext): Promise<RunOutcome<Static<R>>>;
};

/** A failure may carry a result too: a command that exits with 3 has failed, and its exit code is the result. */
export type RunOutcome<R> = Outcome<R> | { readonly ok: false; readonly code: Extract<Outcome<never>, { ok: false }>['code']; readonly detail: string; readonly result: R };

/** Gives a primitive its types. */
export function definePrimitive<P extends TSchema, R extends TSchema>(primitive: Primitive<P, R>): Primitive<P, R> {
  return primitive;
}

/** Families of which only one operating system can have anything. A machine tells of what it has, and so of none of these on another. */
export const familiesOfOneSystem: readonly string[] = ['registry'];

/** Why a machine that has told of `known` does not have `name`. */
export function whyMissing(name: string, known: Iterable<string>, detail: string): Failure {
  const family = name.slice(0, name.indexOf('.') + 1);
  const isElsewhere = familiesOfOneSystem.includes(family.slice(0, -1)) && ![...known].some((each) => each.startsWith(family));
  return failure(isElsewhere ? 'not-on-this-platform' : 'primitive-unknown', detail);
}
