/** Signing in and out, and who one is. */
import type { FastifyReply } from 'fastify';
import { Type } from 'typebox';
import { limits } from '../../../protocol/limits.ts';
import { PolicyKey } from '../../../protocol/statements/policy.ts';
import { bearerOf, cookieName } from '../../people/credentials.ts';
import { refuse } from '../problem.ts';
import { Bytes32, exact, Id, refusals } from '../shapes.ts';
import { visitorOf } from '../typed.ts';
import type { Api } from '../typed.ts';
import type { RouteNeeds } from '../needs.ts';

const tags = ['sign-in'];
const Credentials = exact({ name: Type.String({ maxLength: 200 }), password: Type.String({ maxLength: 1000 }) });
const KeyProof = exact({ keyId: Id, challenge: Bytes32, signature: Type.String({ pattern: '^[A-Za-z0-9_-]{86}$', description: 'Ed25519 over "behest/1 sign-in" and the challenge, base64url' }) });
const SignedIn = exact({ personId: Id, name: Type.String(), csrf: Type.String({ description: 'goes into the header x-behest-csrf of every change' }) });
const Me = exact({ personId: Id, name: Type.String(), keys: Type.Array(PolicyKey), policyVersion: Type.Integer(), csrf: Type.Optional(Type.String()) });

/** Never readable by scripts, never sent from other sites. */
const cookieFlags = { path: '/', httpOnly: true, secure: true, sameSite: 'strict', maxAge: limits.signInMaxMs / 1000 } as const;

export function signInRoutes(api: Api, { doors, signIns, statements }: RouteNeeds): void {
  const anyone = { rights: 'anyone' } as const;
  api.post('/api/sign-in', { config: anyone, schema: { tags, body: Credentials, response: { 200: SignedIn, ...refusals } } }, async ({ body, ip }, reply) => {
    const opened = await doors.byPassword(body.name, body.password, ip);
    if (!opened.ok) return refuse(reply, opened);
    const { personId, name, csrf } = opened.value.visitor;
    return reply.setCookie(cookieName, opened.value.token, cookieFlags).send({ personId, name, csrf });
  });

  const Challenge = exact({ challenge: Bytes32 });
  api.post('/api/sign-in/challenge', { config: anyone, schema: { tags, body: exact({ keyId: Id }), response: { 200: Challenge, ...refusals } } }, async (_request, reply) => {
    const challenge = doors.challenge();
    return challenge.ok ? reply.send({ challenge: challenge.value }) : refuse(reply, challenge);
  });

  const Token = exact({ token: Type.String() });
  api.post('/api/sign-in/key', { config: anyone, schema: { tags, body: KeyProof, response: { 200: Token, ...refusals } } }, async ({ body, ip }, reply) => {
    const opened = await doors.byKey(body, ip);
    return opened.ok ? reply.send({ token: opened.value.token }) : refuse(reply, opened);
  });

  const signedIn = { rights: 'signed-in' } as const;
  api.post('/api/sign-out', { config: signedIn, schema: { tags, response: { 200: exact({}), ...refusals } } }, async (request, reply): Promise<FastifyReply> => {
    const ended = await signIns.end(visitorOf(request));
    return ended.ok ? reply.clearCookie(cookieName, cookieFlags).send({}) : refuse(reply, ended);
  });

  api.get('/api/me', { config: signedIn, schema: { tags, response: { 200: Me, ...refusals } } }, async (request) => {
    const { personId, name, csrf } = visitorOf(request);
    const person = statements.policy.people.find(({ id }) => id === personId);
    const isPage = bearerOf(request.headers.authorization) === undefined;
    return { personId, name, keys: person?.keys ?? [], policyVersion: statements.policy.version, ...(isPage ? { csrf } : {}) };
  });
}
