/** The audit log and figures, for administrators. */
import { Type } from 'typebox';
import { AuditEntry } from '../../../protocol/audit-chain.ts';
import { limits } from '../../../protocol/limits.ts';
import { countTargets } from '../../store/directive-pages.ts';
import type { RouteNeeds } from '../needs.ts';
import { exact, refusals } from '../shapes.ts';
import type { Api } from '../typed.ts';

const tags = ['oversight'];
const config = { rights: 'administers' } as const;
const Page = exact({
  after: Type.Integer({ minimum: 0, default: 0, description: 'only entries after the one of this number' }),
  limit: Type.Integer({ minimum: 1, maximum: limits.maxPage, default: 100 }),
});
const Statistics = exact({
  machines: Type.Integer(),
  online: Type.Integer(),
  liveSockets: Type.Integer(),
  targets: Type.Record(Type.String(), Type.Integer()),
});

export function oversightRoutes(api: Api, { audit, store, presence, machines, liveSockets }: RouteNeeds): void {
  api.get('/api/audit-log', { config, schema: { tags, querystring: Page, response: { 200: Type.Array(AuditEntry), ...refusals } } }, async ({ query }) => audit.read(query.after, query.limit));

  api.get('/api/statistics', { config, schema: { tags, response: { 200: Statistics, ...refusals } } }, async () => ({
    machines: machines.size,
    online: presence.size,
    liveSockets: liveSockets.size,
    targets: await countTargets(store.read),
  }));
}
