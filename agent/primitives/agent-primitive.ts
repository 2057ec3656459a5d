/**
 * What a built-in primitive may say beyond the contract every primitive keeps: where it runs.
 */
import type { Static, TSchema } from 'typebox';
import type { Outcome } from '../../protocol/outcome.ts';
import type { Primitive } from '../../protocol/primitive.ts';
import type { Program } from '../execution/program.ts';

export type AgentPrimitive<P extends TSchema = TSchema, R extends TSchema = TSchema> = Primitive<P, R> & {
  /** `main`: in the agent's own thread, for what touches the agent itself and takes no time. Otherwise a worker. */
  readonly place?: 'main';
  /** Of a `live` primitive: the program whose input and output a live stream is tied to. */
  program?(params: Static<P>): Outcome<Program>;
};

/** Gives a built-in primitive its types. */
export function defineAgentPrimitive<P extends TSchema, R extends TSchema>(primitive: AgentPrimitive<P, R>): AgentPrimitive<P, R> {
  return primitive;
}
