/** Fastify with typebox schemas: each request is checked at the edge, once, and typed from there on. */
import type { FastifyBaseLogger, FastifyInstance, FastifyReply, FastifyRequest, FastifySchemaCompiler, FastifyTypeProvider, RawServerDefault } from 'fastify';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Static, TSchema } from 'typebox';
import { Compile } from 'typebox/schema';
import { Value } from 'typebox/value';
import type { Visitor } from '../people/sign-ins.ts';

interface TypeBoxProvider extends FastifyTypeProvider {
  validator: this['schema'] extends TSchema ? Static<this['schema']> : unknown;
  serializer: this['schema'] extends TSchema ? Static<this['schema']> : unknown;
}

export type Api = FastifyInstance<RawServerDefault, IncomingMessage, ServerResponse, FastifyBaseLogger, TypeBoxProvider>;

/** Who may use a route. `administers` includes being signed in. */
export type Rights = 'anyone' | 'signed-in' | 'administers';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Every route must name them; one that does not is not served. */
    rights?: Rights;
  }
  interface FastifyRequest {
    visitor: Visitor | undefined;
  }
}

/** Compiles the schemas of bodies, paths and queries. Numbers in a query come as text, and may be left out. */
export const compileSchema: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  const validator = Compile(schema);
  return (input: unknown) => {
    const value = httpPart === 'querystring' ? Value.Convert(schema, Value.Default(schema, input)) : input;
    if (validator.Check(value)) return { value };
    const [, [first]] = validator.Errors(value);
    return { error: new Error(`${httpPart ?? 'request'}${first?.instancePath ?? ''} ${first?.message ?? 'does not fit'}`) };
  };
};

/** The person behind a request to a route that is not for anyone. */
export function visitorOf(request: Pick<FastifyRequest, 'visitor'>): Visitor {
  if (request.visitor === undefined) throw new Error('the route is for anyone, so nobody is known');
  return request.visitor;
}

export type { FastifyReply, FastifyRequest };
