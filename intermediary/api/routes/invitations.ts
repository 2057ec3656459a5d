/** One-time sign-in links. */
import { Type } from 'typebox';
import { Seconds } from '../../../protocol/statements/root.ts';
import { done } from '../guard.ts';
import type { RouteNeeds } from '../needs.ts';
import { refuse } from '../problem.ts';
import { Bytes32, exact, Id, Name, refusals } from '../shapes.ts';
import { visitorOf } from '../typed.ts';
import type { Api } from '../typed.ts';

const tags = ['invitations'];
const New = exact({ id: Id, accessDigest: Type.String({ pattern: '^[0-9a-f]{64}$', description: 'SHA-256 of the access bytes, hex' }), notAfter: Seconds });
const Acceptance = exact({ id: Id, access: Bytes32, name: Name, password: Type.String({ maxLength: 1000 }), publicKey: Bytes32, proof: Bytes32 });

export function invitationRoutes(api: Api, { invitations }: RouteNeeds): void {
  api.post('/api/invitations', { config: { rights: 'administers' }, schema: { tags, body: New, response: { 200: exact({}), ...refusals } } }, async (request, reply) => {
    const registered = await invitations.register(request.body, visitorOf(request));
    return registered.ok ? done(reply) : refuse(reply, registered);
  });

  const Accepted = exact({ requestId: Id, personId: Id });
  const config = { rights: 'anyone' } as const;
  api.post('/api/invitations/accept', { config, schema: { tags, body: Acceptance, response: { 200: Accepted, ...refusals } } }, async ({ body, ip }, reply) => {
    const accepted = await invitations.accept(body, ip);
    return accepted.ok ? reply.send(accepted.value) : refuse(reply, accepted);
  });

  const State = exact({ state: Type.Union([Type.Literal('waiting'), Type.Literal('signed')]) });
  api.get('/api/invitations/requests/:id', { config, schema: { tags, params: exact({ id: Id }), response: { 200: State, ...refusals } } }, async ({ params }, reply) => {
    const state = await invitations.state(params.id);
    return state === undefined ? refuse(reply, { code: 'no-such-page', detail: 'no such request' }) : reply.send({ state });
  });
}
