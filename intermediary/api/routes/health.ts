/** For those who watch over the service: whether it works, and its figures in Prometheus' form. */
import { Type } from 'typebox';
import { bearerOf } from '../../people/credentials.ts';
import type { RouteNeeds } from '../needs.ts';
import { refuse } from '../problem.ts';
import { exact, refusals } from '../shapes.ts';
import type { Api } from '../typed.ts';

const tags = ['health'];
const config = { rights: 'anyone' } as const;
const Health = exact({ status: Type.String(), store: Type.String(), sessions: Type.Integer() });
const loopback = new Set(['127.0.0.1', '::1', '::ffff:127.0.0.1']);

export function healthRoutes(api: Api, { store, presence, metrics, signIns }: RouteNeeds): void {
  api.get('/healthz', { config, schema: { tags, response: { 200: Health, 503: Health, ...refusals } } }, async (_request, reply) => {
    const checked = await store.check();
    const state = checked.ok ? 'ok' : checked.code;
    return reply.code(checked.ok ? 200 : 503).send({ status: state, store: state, sessions: presence.size });
  });

  /** From this machine by anybody, from elsewhere with a token. */
  api.get('/metrics', { config, schema: { tags } }, async (request, reply) => {
    const isHere = loopback.has(request.ip);
    const visitor = isHere ? undefined : await signIns.find(bearerOf(request.headers.authorization) ?? '');
    if (visitor?.ok === false) return refuse(reply, visitor);
    return reply.type(metrics.contentType).send(await metrics.text());
  });
}
