/** Directives with their targets, page by page, for those who look at them. */
import type { Kysely } from 'kysely';
import type { DirectiveRecord, DirectiveTarget } from '../../protocol/messages/live.ts';
import { readEnvelope } from './envelope-column.ts';
import type { Tables } from './schema.ts';

export type DirectiveFilter = {
  readonly id?: string;
  readonly agentId?: string;
  readonly personId?: string;
  /** Only directives that came before this one. */
  readonly beforeId?: string;
  readonly limit: number;
};

/** Newest first. Progress that is only in memory is not in it. */
export async function readDirectives(database: Kysely<Tables>, filter: DirectiveFilter): Promise<DirectiveRecord[]> {
  const rows = await directivesOf(database, filter);
  const targets = await readTargets(database, rows.map((row) => row.seq));
  return rows.map((row) => ({
    id: row.id,
    envelope: readEnvelope(row.envelope),
    submittedBy: { personId: row.person_id, name: row.person_name },
    submittedAtMs: row.submitted_at_ms,
    targets: targets.get(row.seq) ?? [],
  }));
}

async function directivesOf(database: Kysely<Tables>, filter: DirectiveFilter) {
  let query = database.selectFrom('directives').selectAll().orderBy('seq', 'desc').limit(filter.limit);
  const { id, agentId, personId, beforeId } = filter;
  if (id !== undefined) query = query.where('id', '=', id);
  if (personId !== undefined) query = query.where('person_id', '=', personId);
  if (beforeId !== undefined) query = query.where('seq', '<', (columns) => columns.selectFrom('directives').select('seq').where('id', '=', beforeId));
  if (agentId !== undefined) {
    query = query.where('seq', 'in', (columns) => columns.selectFrom('targets').select('directive_seq').where('agent_id', '=', agentId));
  }
  return query.execute();
}

async function readTargets(database: Kysely<Tables>, seqs: readonly number[]): Promise<Map<number, DirectiveTarget[]>> {
  const targets = new Map<number, DirectiveTarget[]>(seqs.map((seq) => [seq, []]));
  if (seqs.length === 0) return targets;
  const rows = await database
    .selectFrom('targets')
    .select(['directive_seq as seq', 'agent_id as agentId', 'state', 'changed_at_ms as changedAtMs', 'report'])
    .where('directive_seq', 'in', seqs)
    .orderBy('directive_seq')
    .orderBy('place')
    .execute();
  for (const { seq, report, ...target } of rows) {
    targets.get(seq)?.push(report === null ? target : { ...target, report: readEnvelope(report) });
  }
  return targets;
}

/** How many targets are in each state. */
export async function countTargets(database: Kysely<Tables>): Promise<Record<string, number>> {
  const rows = await database
    .selectFrom('targets')
    .select(['state', (columns) => columns.fn.countAll<number>().as('count')])
    .groupBy('state')
    .execute();
  return Object.fromEntries(rows.map(({ state, count }) => [state, Number(count)]));
}
