/**
 * Directives of the past, newest first, over REST: envelopes are DSSE JSON there.
 */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import type { DirectiveRecord } from '../../protocol/messages/live.ts';
import { targetStates } from '../../protocol/messages/live.ts';
import { success } from '../../protocol/outcome.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import { fromJson } from '../../protocol/statements/envelope-json.ts';
import { answerReader, withQuery } from './http.ts';
import type { Api } from './http.ts';

const Record = Type.Object({
  id: Type.String(),
  envelope: Type.Unknown(),
  submittedBy: Type.Object({ personId: Type.String(), name: Type.String() }),
  submittedAtMs: Type.Integer(),
  targets: Type.Array(
    Type.Object({
      agentId: Type.String(),
      state: Type.Union(targetStates.map((state) => Type.Literal(state))),
      changedAtMs: Type.Integer(),
      report: Type.Optional(Type.Unknown()),
    }),
  ),
});
type Record = Static<typeof Record>;

const readPage = answerReader(Type.Array(Record));

export type HistoryQuery = { readonly agentId?: string | undefined; readonly personId?: string | undefined; readonly before?: string | undefined; readonly limit?: number | undefined };

/** One page, newest first; `before` is the id of the last directive of the page before. */
export async function directiveHistory(api: Api, query: HistoryQuery): Promise<Outcome<DirectiveRecord[]>> {
  const path = withQuery('/api/directives', { agent: query.agentId, person: query.personId, before: query.before, limit: query.limit });
  const page = await api.get(path, readPage);
  if (!page.ok) return page;
  const records: DirectiveRecord[] = [];
  for (const row of page.value) {
    const record = recordOf(row);
    if (!record.ok) return record;
    records.push(record.value);
  }
  return success(records);
}

function recordOf(row: Record): Outcome<DirectiveRecord> {
  const envelope = fromJson(JSON.stringify(row.envelope));
  if (!envelope.ok) return envelope;
  const targets: DirectiveRecord['targets'] = [];
  for (const { report, ...target } of row.targets) {
    const read = report === undefined ? undefined : fromJson(JSON.stringify(report));
    if (read !== undefined && !read.ok) return read;
    targets.push(read === undefined ? target : { ...target, report: read.value });
  }
  return success({ ...row, envelope: envelope.value, targets });
}
