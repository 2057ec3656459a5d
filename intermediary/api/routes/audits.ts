/** The history of a machine's audits. Each names the directive whose signed report it comes from. */
import { Type } from 'typebox';
import { AuditRow, auditSections } from '../../../protocol/audit.ts';
import { limits } from '../../../protocol/limits.ts';
import { readAudits, readSection } from '../../store/audits.ts';
import type { RouteNeeds } from '../needs.ts';
import { refuse } from '../problem.ts';
import { Bytes32, exact, Id, refusals } from '../shapes.ts';
import { visitorOf } from '../typed.ts';
import type { Api } from '../typed.ts';

const tags = ['machines'];
const config = { rights: 'signed-in' } as const;
const params = exact({ id: Id });

const Audit = exact({
  directiveId: Id,
  firingAt: Type.Optional(Type.Integer({ description: 'of that firing of a standing directive, by its time in the schedule, seconds since 1970' })),
  atMs: Type.Integer({ description: 'when the audit ended, on the clock of the machine' }),
  digest: Bytes32,
  sections: Type.Partial(Type.Record(Type.Enum([...auditSections]), Bytes32), { description: 'digest of each section, under which its rows are found' }),
});

const query = exact({
  before: Type.Optional(Type.Integer({ minimum: 0, description: 'audits up to this moment, milliseconds since 1970: the first is the state at that moment' })),
  limit: Type.Integer({ minimum: 1, maximum: limits.maxPage, default: 50 }),
});

export function auditRoutes(api: Api, { store, authorizer }: RouteNeeds): void {
  api.get('/api/machines/:id/audits', { config, schema: { tags, params, querystring: query, response: { 200: Type.Array(Audit), ...refusals } } }, async (request, reply) => {
    const { params: { id }, query: { before = Number.MAX_SAFE_INTEGER, limit } } = request;
    if (!authorizer.mayReach(visitorOf(request), id)) return refuse(reply, { code: 'no-such-machine', detail: id });
    return reply.send(await readAudits(store.read, id, { beforeMs: before, limit }));
  });

  api.get('/api/machines/:id/audit-sections/:digest', { config, schema: { tags, params: exact({ id: Id, digest: Bytes32 }), response: { 200: Type.Array(AuditRow), ...refusals } } }, async (request, reply) => {
    const { id, digest } = request.params;
    if (!authorizer.mayReach(visitorOf(request), id)) return refuse(reply, { code: 'no-such-machine', detail: id });
    const rows = await readSection(store.read, id, digest);
    return rows === undefined ? refuse(reply, { code: 'not-found', detail: 'no audit that is kept has this section' }) : reply.send(rows);
  });
}
