/** Machines that the person may reach. */
import { Type } from 'typebox';
import { Machine, MachinePrimitives } from '../../../protocol/messages/live.ts';
import type { RouteNeeds } from '../needs.ts';
import { refuse } from '../problem.ts';
import { exact, Id, refusals } from '../shapes.ts';
import { visitorOf } from '../typed.ts';
import type { Api } from '../typed.ts';

const tags = ['machines'];
const config = { rights: 'signed-in' } as const;
const params = exact({ id: Id });

const Copies = Type.Array(
  exact({
    copy: Type.String({ description: 'its id, as behest-agent status shows it there' }),
    shown: Type.Enum(['retired', 'unknown'], { description: 'the key it called with' }),
    remoteAddress: Type.String(),
    firstAtMs: Type.Integer(),
    lastAtMs: Type.Integer(),
  }),
  { description: 'Copies of the machine that were refused, newest first.' },
);

export function machineRoutes(api: Api, { machineViews, resyncs }: RouteNeeds): void {
  api.get('/api/machines', { config, schema: { tags, response: { 200: Type.Array(Machine), ...refusals } } }, async (request) => machineViews.list(visitorOf(request)));

  api.get('/api/machines/:id', { config, schema: { tags, params, response: { 200: Machine, ...refusals } } }, async (request, reply) => {
    const machine = await machineViews.find(visitorOf(request), request.params.id);
    return machine === undefined ? refuse(reply, { code: 'no-such-machine', detail: request.params.id }) : reply.send(machine);
  });

  api.get('/api/machines/:id/primitives', { config, schema: { tags, params, response: { 200: MachinePrimitives, ...refusals } } }, async (request, reply) => {
    const primitives = await machineViews.primitives(visitorOf(request), request.params.id);
    return primitives === undefined ? refuse(reply, { code: 'no-such-machine', detail: request.params.id }) : reply.send([...primitives]);
  });

  api.get('/api/machines/:id/copies', { config: { rights: 'administers' }, schema: { tags, params, response: { 200: Copies, ...refusals } } }, async ({ params: { id } }) => {
    const copies = await resyncs.copiesOf(id);
    return copies.map(({ copy, shown, remote_address, first_at_ms, last_at_ms }) => ({ copy, shown, remoteAddress: remote_address, firstAtMs: first_at_ms, lastAtMs: last_at_ms }));
  });
}
