/**
 * Who may use a route. It runs before every handler, and a route that does not say for whom it is cannot be made: so
 * none is left open by mistake.
 */
import { timingSafeEqual } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { utf8 } from '../../protocol/bytes.ts';
import { failure } from '../../protocol/outcome.ts';
import type { Failure, Outcome } from '../../protocol/outcome.ts';
import type { Authorizer } from '../people/authorizer.ts';
import { bearerOf, cookieOf, isOwnOrigin } from '../people/credentials.ts';
import type { SignIns, Visitor } from '../people/sign-ins.ts';
import { refuse } from './problem.ts';
import type { Api, Rights } from './typed.ts';

export type RouteEntry = { readonly method: string; readonly url: string; readonly rights: Rights };

/**
 * Puts the guard before every route of `api` made from here on. Gives the list of those routes, which fills as they are made.
 * `openPaths` begin the addresses of public files, whose routes other packages make.
 */
export function guardRoutes(api: Api, needs: { readonly signIns: SignIns; readonly authorizer: Authorizer }, openPaths: readonly string[]): readonly RouteEntry[] {
  const routes: RouteEntry[] = [];
  api.decorateRequest('visitor', undefined);
  api.addHook('onRoute', (route) => {
    const rights = route.config?.rights ?? (openPaths.some((path) => route.url.startsWith(path)) ? 'anyone' : undefined);
    if (rights === undefined) throw new Error(`the route ${String(route.method)} ${route.url} does not say who may use it`);
    route.config = { ...route.config, rights };
    for (const method of [route.method].flat()) routes.push({ method, url: route.url, rights });
  });
  api.addHook('onRequest', async (request, reply) => {
    const refusal = await whyNot(request, needs);
    return refusal === undefined ? undefined : refuse(reply, refusal);
  });
  return routes;
}

async function whyNot(request: FastifyRequest, needs: { readonly signIns: SignIns; readonly authorizer: Authorizer }): Promise<Failure | undefined> {
  const isChange = request.method !== 'GET' && request.method !== 'HEAD';
  if (isChange && request.headers.origin !== undefined && !isOwnOrigin(request)) return failure('origin-refused', request.headers.origin);
  const { rights } = request.routeOptions.config;
  if (request.is404 || rights === 'anyone') return undefined;
  const visitor = await authenticate(request, needs.signIns, isChange);
  if (!visitor.ok) return visitor;
  request.visitor = visitor.value;
  const isEnough = rights === 'signed-in' || needs.authorizer.administers(visitor.value);
  return isEnough ? undefined : failure('forbidden', 'this is for administrators');
}

/** A token is sent on purpose; a cookie goes along by itself, so a change needs the csrf word beside it. */
async function authenticate(request: FastifyRequest, signIns: SignIns, isChange: boolean): Promise<Outcome<Visitor>> {
  const token = bearerOf(request.headers.authorization);
  if (token !== undefined) return signIns.find(token);
  const cookie = cookieOf(request.headers.cookie);
  if (cookie === undefined) return failure('not-signed-in', 'neither cookie nor token');
  const visitor = await signIns.find(cookie);
  if (!visitor.ok || !isChange || hasCsrf(request, visitor.value)) return visitor;
  return failure('origin-refused', 'the header x-behest-csrf is missing or wrong');
}

function hasCsrf(request: FastifyRequest, visitor: Visitor): boolean {
  const [given, expected] = [utf8(String(request.headers['x-behest-csrf'] ?? '')), utf8(visitor.csrf)];
  return given.byteLength === expected.byteLength && timingSafeEqual(given, expected);
}

/** The reply of a route that says only that it is done. */
export function done(reply: FastifyReply): FastifyReply {
  return reply.code(200).send({});
}
