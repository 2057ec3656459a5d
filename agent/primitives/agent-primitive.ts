/**
 * What a built-in primitive may say beyond the contract every primitive keeps: where it runs.
 */
import type { Static, TSchema } from 'typebox';
import type { Outcome } from '../../protocol/outcome.ts';
import type { Primitive, PrimitiveContext, RunOutcome } from '../../protocol/primitive.ts';
import type { Serve } from '../execution/live-process.ts';
import type { Program } from '../execution/program.ts';

export type AgentPrimitive<P extends TSchema = TSchema, R extends TSchema = TSchema> = Omit<Primitive<P, R>, 'run'> & {
  /** `main`: in the agent's own thread, for what touches the agent itself and takes no time. Otherwise a worker. */
  readonly place?: 'main';
  /** What is done, unless it is all in a program. */
  run?(params: Static<P>, context: PrimitiveContext): Promise<RunOutcome<Static<R>>>;
  /** The program that is all there is to do; a live stream is tied to its input and output. */
  program?(params: Static<P>): Outcome<Program>;
  /** What is done when the directive asks for a live stream and there is no program to it: a file, a connection. */
  serve?(params: Static<P>): Outcome<Serve>;
};

/** Gives a built-in primitive its types. */
export function defineAgentPrimitive<P extends TSchema, R extends TSchema>(primitive: AgentPrimitive<P, R>): AgentPrimitive<P, R> {
  return primitive;
}
