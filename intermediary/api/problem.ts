/** Refusals as HTTP: a status and `{ code, detail }` with the catalogue's code. */
import type { FastifyReply } from 'fastify';
import { Type } from 'typebox';
import type { ErrorCode } from '../../protocol/errors.ts';
import type { Failure } from '../../protocol/outcome.ts';

export const Problem = Type.Object({ code: Type.String(), detail: Type.String() }, { description: 'What was refused, by its code in the catalogue of errors.' });

const statuses: Partial<Record<ErrorCode, number>> = {
  'not-signed-in': 401,
  'sign-in-refused': 401,
  'forbidden': 403,
  'origin-refused': 403,
  'no-such-page': 404,
  'no-such-machine': 404,
  'no-such-directive': 404,
  'invitation-invalid': 410,
  'name-taken': 409,
  'conflict': 409,
  'replayed': 409,
  'policy-outdated': 409,
  'rate-limited': 429,
  'overloaded': 503,
  'store-unavailable': 503,
  'disk-full': 503,
  'stopping': 503,
  'internal': 500,
};

/** Answers with a refusal. What is not in the table is the request's own fault: 400. */
export function refuse(reply: FastifyReply, { code, detail }: Pick<Failure, 'code' | 'detail'>): FastifyReply {
  const status = statuses[code] ?? 400;
  if (status === 429 && !reply.hasHeader('retry-after')) void reply.header('retry-after', '60');
  return reply.code(status).send({ code, detail });
}
