/** The owners' root, policy and resyncs. Who offers the next ones does not count, only who has signed them. */
import { Type } from 'typebox';
import { limits } from '../../../protocol/limits.ts';
import type { RouteNeeds } from '../needs.ts';
import { refuse } from '../problem.ts';
import { envelopeJson, EnvelopeJson, exact, Id, readEnvelopeJson, refusals } from '../shapes.ts';
import type { Api } from '../typed.ts';

const tags = ['what owners sign'];

export function statementRoutes(api: Api, { statements, resyncs }: RouteNeeds): void {
  const signedIn = { rights: 'signed-in' } as const;
  const show = { tags, response: { 200: EnvelopeJson, ...refusals } };
  api.get('/api/policy', { config: signedIn, schema: show }, async () => envelopeJson(statements.policyEnvelope));
  const Which = exact({ version: Type.Optional(Type.Integer({ minimum: 1, description: 'the one in force when left out' })) });
  api.get('/api/root', { config: signedIn, schema: { ...show, querystring: Which } }, async ({ query }, reply) => {
    const root = statements.rootEnvelopes.at((query.version ?? 0) - 1);
    return root === undefined ? refuse(reply, { code: 'no-such-page', detail: `root ${query.version}` }) : reply.send(envelopeJson(root));
  });

  const config = { rights: 'anyone', rateLimit: { max: limits.statementsPerMinute, timeWindow: 60_000 } } as const;
  const take = { tags, body: EnvelopeJson, response: { 200: exact({ version: Type.Integer() }), ...refusals } };
  api.put('/api/policy', { config, schema: take }, async ({ body }, reply) => {
    const envelope = readEnvelopeJson(body);
    const taken = envelope.ok ? await statements.offerPolicy(envelope.value) : envelope;
    return taken.ok ? reply.send(taken.value) : refuse(reply, taken);
  });
  api.put('/api/root', { config, schema: take }, async ({ body }, reply) => {
    const envelope = readEnvelopeJson(body);
    const taken = envelope.ok ? await statements.offerRoot(envelope.value) : envelope;
    return taken.ok ? reply.send(taken.value) : refuse(reply, taken);
  });
  const takeResync = { tags, body: EnvelopeJson, response: { 200: exact({ id: Id }), ...refusals } };
  api.put('/api/resync', { config, schema: takeResync }, async ({ body }, reply) => {
    const envelope = readEnvelopeJson(body);
    const taken = envelope.ok ? await resyncs.take(envelope.value) : envelope;
    return taken.ok ? reply.send({ id: taken.value.id }) : refuse(reply, taken);
  });
}
