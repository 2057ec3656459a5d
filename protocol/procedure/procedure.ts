/**
 * What a procedure is: named steps, one after the other, that call primitives. It travels whole inside of a signed directive, so that what was
 * signed is what runs. The same schema serves YAML and JSON.
 */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { limits } from '../limits.ts';
import { VariableReference } from '../variable.ts';

const strict = { additionalProperties: false } as const;
/** Names can stand in expressions: `steps.back-up.result.exitCode`. */
const name = '^[a-z][a-z0-9-]{0,39}$';
const Name = Type.String({ pattern: name });
const Text = Type.String({ maxLength: limits.maxFilledLetters });
const Condition = Type.String({ maxLength: limits.maxExpressionLetters });
const Seconds = Type.Integer({ minimum: 1, maximum: limits.maxTimeoutMs / 1000 });

export const parameterTypes = ['text', 'number', 'yes-no', 'choice', 'list'] as const;

export const ProcedureParameter = Type.Object(
  {
    type: Type.Enum(parameterTypes, { description: 'What is asked for: a text, a whole number, yes or no, one of the choices, or a list of texts.' }),
    title: Type.String({ maxLength: 80 }),
    description: Type.Optional(Type.String({ maxLength: 1000 })),
    choices: Type.Optional(Type.Array(Type.String({ maxLength: 200 }), { minItems: 1, maxItems: 50 })),
    /** Left out: it must be given. */
    default: Type.Optional(Type.Union([Type.String({ maxLength: 4096 }), Type.Integer(), Type.Boolean(), Type.Array(Type.String({ maxLength: 4096 }), { maxItems: limits.maxLoopRounds })])),
    /** Never shown, logged or reported; text only. */
    secret: Type.Optional(Type.Boolean()),
  },
  strict,
);
export type ProcedureParameter = Static<typeof ProcedureParameter>;

const Deed = Type.Object({ primitive: Type.String({ maxLength: 64 }), params: Type.Optional(Type.Record(Type.String({ maxLength: 64 }), Type.Unknown())) }, strict);
export type Deed = Static<typeof Deed>;

const OnError = Type.Union([Type.Literal('stop'), Type.Literal('continue'), Type.Literal('ask'), Type.Object({ goTo: Name }, strict)]);

const common = {
  name: Name,
  title: Type.Optional(Type.String({ maxLength: 80 })),
  /** Left out by the run where this is not true. */
  when: Type.Optional(Condition),
  /** `stop` unless said. `ask` waits for a technician: again, go on, or stop. */
  onError: Type.Optional(OnError),
  timeLimitSeconds: Type.Optional(Seconds),
  /** Where it goes on after success; the next step unless said. */
  goTo: Type.Optional(Name),
};

export const DeedStep = Type.Object(
  {
    ...common,
    run: Deed,
    /** Once for each element of a list, under a name of its own. */
    forEach: Type.Optional(Type.Object({ items: Condition, as: Name, atMost: Type.Integer({ minimum: 1, maximum: limits.maxLoopRounds }) }, strict)),
    /** It may be begun anew when the agent was restarted in the middle of it. */
    repeatable: Type.Optional(Type.Boolean()),
  },
  strict,
);
export type DeedStep = Static<typeof DeedStep>;

const BranchStep = Type.Object({ name: Name, title: Type.Optional(Type.String({ maxLength: 80 })), when: Type.Optional(Condition), timeLimitSeconds: Type.Optional(Seconds), run: Deed }, strict);

/** Side by side; it has failed when one of them has. */
export const ParallelStep = Type.Object({ ...common, parallel: Type.Array(BranchStep, { minItems: 2, maxItems: limits.maxParallelSteps }) }, strict);

export type ParallelStep = Static<typeof ParallelStep>;

/** Waits for a technician's answer; `approve` for one who may not be the author, and goes on only after a yes. */
export const QuestionStep = Type.Object({ ...common, ask: Type.Object({ question: Text, choices: Type.Array(Type.String({ minLength: 1, maxLength: 80 }), { minItems: 1, maxItems: 8 }) }, strict) }, strict);
export const ApprovalStep = Type.Object({ ...common, approve: Type.Object({ question: Text }, strict) }, strict);

export const Step = Type.Union([DeedStep, ParallelStep, QuestionStep, ApprovalStep]);
export type Step = Static<typeof Step>;

export const Procedure = Type.Object(
  {
    name: Name,
    title: Type.String({ maxLength: 80 }),
    description: Type.Optional(Type.String({ maxLength: 2000 })),
    parameters: Type.Optional(Type.Record(Type.String({ pattern: name }), ProcedureParameter, { maxProperties: limits.maxProcedureParameters })),
    variables: Type.Optional(Type.Record(Type.String({ pattern: name }), VariableReference, { maxProperties: limits.maxProcedureParameters })),
    timeLimitSeconds: Type.Optional(Seconds),
    steps: Type.Array(Step, { minItems: 1, maxItems: limits.maxProcedureSteps }),
  },
  strict,
);
export type Procedure = Static<typeof Procedure>;
