/**
 * A directive on its way through the checks: what came, what the agent holds it against, and what the checks that have
 * passed established.
 */
import type { Envelope } from '../../protocol/envelope.ts';
import type { Platform, Primitive } from '../../protocol/primitive.ts';
import type { Directive } from '../../protocol/statements/directive.ts';
import type { Proof } from '../../protocol/statements/merkle.ts';
import type { KeyHolder } from '../../protocol/statements/policy-rules.ts';
import type { Policy } from '../../protocol/statements/policy.ts';
import type { Ledger } from './ledger.ts';
import type { Now } from './marks.ts';

/** Finds a primitive by name; later, when it has to be loaded first. */
export type Registry = (name: string) => JudgedPrimitive | undefined | Promise<JudgedPrimitive | undefined>;

/** What the checks ask of a primitive. */
export type JudgedPrimitive = Pick<Primitive, 'name' | 'risk' | 'streams' | 'platforms' | 'params'>;

/** What stands fixed while one directive is checked: one policy, one moment. */
export type Situation = {
  readonly agentId: string;
  readonly site: string;
  readonly platform: Platform;
  readonly policy: Policy | undefined;
  readonly now: Now;
  /** Session nonces that are good at this moment. */
  readonly nonces: readonly string[];
  readonly registry: Registry;
  /** How many standing directives are kept. */
  readonly standing: number;
  readonly ledger: Pick<Ledger, 'room' | 'knowsOther'>;
};

export type Candidate = {
  readonly envelope: Envelope;
  /** SHA-256 of the payload. */
  readonly digest: Uint8Array;
  readonly proof: Proof;
  readonly situation: Situation;
  /** Holders of the keys named in the envelope that the policy knows, in its order; later without those past their time. */
  signers: readonly KeyHolder[];
  /** The first whose signature holds. */
  author?: KeyHolder;
  directive?: Directive;
  /** With the risk of the whole, where it runs a procedure. */
  primitive?: JudgedPrimitive;
  /** What the steps of its procedure call. */
  steps?: readonly JudgedPrimitive[];
};

/** What an earlier check established. That it did is a matter of the table's order, so its absence is a bug. */
export function established<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('a check ran before the one that it builds on');
  return value;
}
