/** Directives: what was asked, how it went, what it wrote; and giving and cancelling them. */
import { Type } from 'typebox';
import { limits } from '../../../protocol/limits.ts';
import { targetStates } from '../../../protocol/messages/live.ts';
import type { TargetState } from '../../../protocol/messages/live.ts';
import { isTarget } from '../../store/directives.ts';
import { readFirings } from '../../store/firings.ts';
import { readAllOutput } from '../../store/outputs.ts';
import type { RouteNeeds } from '../needs.ts';
import { refuse } from '../problem.ts';
import { DirectiveRecordJson, DirectiveTargetJson, EnvelopeJson, envelopeJson, exact, Id, readEnvelopeJson, recordJson, refusals, targetJson } from '../shapes.ts';
import { visitorOf } from '../typed.ts';
import type { Api } from '../typed.ts';

const tags = ['directives'];
const config = { rights: 'signed-in' } as const;
const params = exact({ id: Id });
const Query = exact({
  agent: Type.Optional(Id),
  person: Type.Optional(Id),
  before: Type.Optional(Type.String({ pattern: '^[0-9a-f]{32}$', description: 'only those given before the directive of this id' })),
  standing: Type.Optional(Type.Boolean({ description: 'only standing directives' })),
  limit: Type.Integer({ minimum: 1, maximum: limits.maxPage, default: 100 }),
});
const Targets = Type.Array(exact({ agentId: Id, nonce: Type.Optional(Id) }), { minItems: 1, maxItems: limits.maxSubmittedTargets });
const TargetQuery = exact({
  state: Type.Optional(Type.Enum(targetStates)),
  offset: Type.Integer({ minimum: 0, maximum: limits.maxTargets, default: 0, description: 'machines to pass over' }),
  limit: Type.Integer({ minimum: 1, maximum: limits.maxPage, default: 100 }),
});
const FiringQuery = exact({ agent: Type.Optional(Id), limit: Type.Integer({ minimum: 1, maximum: limits.maxPage, default: 100 }) });
const FiringJson = exact({ agentId: Id, at: Type.Integer({ description: 'its time by the schedule, seconds since 1970' }), state: Type.Enum(targetStates), receivedAtMs: Type.Integer(), report: EnvelopeJson });
const Given = exact({ directiveId: Id });

export function directiveRoutes(api: Api, { authorizer, directives, directiveViews, store }: RouteNeeds): void {
  api.get('/api/directives', { config, schema: { tags, querystring: Query, response: { 200: Type.Array(DirectiveRecordJson), ...refusals } } }, async (request) => {
    const { agent, person, before, standing, limit } = request.query;
    const filter = { limit, ...(agent && { agentId: agent }), ...(person && { personId: person }), ...(before && { beforeId: before }), ...(standing === true && { isStanding: true }) };
    return (await directiveViews.read(visitorOf(request), filter)).map(recordJson);
  });

  api.get('/api/directives/:id', { config, schema: { tags, params, response: { 200: DirectiveRecordJson, ...refusals } } }, async (request, reply) => {
    const [record] = await directiveViews.read(visitorOf(request), { id: request.params.id, limit: 1 });
    return record === undefined ? refuse(reply, { code: 'no-such-directive', detail: request.params.id }) : reply.send(recordJson(record));
  });

  api.get('/api/directives/:id/targets', { config, schema: { tags, params, querystring: TargetQuery, response: { 200: Type.Array(DirectiveTargetJson), ...refusals } } }, async (request) => {
    const { state, offset, limit } = request.query;
    const states = state === undefined ? undefined : statesOf(state);
    return (await directiveViews.targets(visitorOf(request), request.params.id, { states, offset, limit })).map(targetJson);
  });

  api.get('/api/directives/:id/firings', { config, schema: { tags, params, querystring: FiringQuery, response: { 200: Type.Array(FiringJson), ...refusals } } }, async (request) => {
    const { agent, limit } = request.query;
    const firings = await readFirings(store.read, request.params.id, { agentId: agent, limit });
    return firings.filter(({ agentId }) => authorizer.mayReach(visitorOf(request), agentId)).map((firing) => ({ ...firing, report: envelopeJson(firing.report) }));
  });

  const Output = exact({ id: Id, agentId: Id, channel: Type.Union([Type.Literal('stdout'), Type.Literal('stderr')]) });
  api.get('/api/directives/:id/output/:agentId/:channel', { config, schema: { tags, params: Output } }, async (request, reply) => {
    const { id: directiveId, agentId, channel } = request.params;
    const isKnown = authorizer.mayReach(visitorOf(request), agentId) && (await isTarget(store.read, directiveId, agentId));
    if (!isKnown) return refuse(reply, { code: 'no-such-directive', detail: directiveId });
    // Bytes of a stranger's program: never to be taken for a page.
    return reply.type('application/octet-stream').header('content-disposition', `attachment; filename="${directiveId}-${channel}"`).send(await readAllOutput(store.read, { directiveId, agentId }, channel));
  });

  api.post('/api/directives', { config, schema: { tags, body: exact({ envelope: EnvelopeJson, targets: Targets }), response: { 202: Given, ...refusals } } }, async (request, reply) => {
    const envelope = readEnvelopeJson(request.body.envelope);
    const taken = envelope.ok ? await directives.submit(visitorOf(request), { envelope: envelope.value, targets: request.body.targets }) : envelope;
    return taken.ok ? reply.code(202).send({ directiveId: taken.value.directiveId }) : refuse(reply, taken);
  });

  api.post('/api/directives/:id/cancel', { config, schema: { tags, params, body: exact({ envelope: EnvelopeJson }), response: { 202: Given, ...refusals } } }, async (request, reply) => {
    const envelope = readEnvelopeJson(request.body.envelope);
    const taken = envelope.ok ? await directives.cancel(visitorOf(request), envelope.value) : envelope;
    return taken.ok ? reply.code(202).send({ directiveId: taken.value }) : refuse(reply, taken);
  });
}

/** What the store calls `sent` may be running. */
function statesOf(state: TargetState): readonly TargetState[] {
  return state === 'running' ? ['sent'] : [state];
}
