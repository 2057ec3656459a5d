/** Directives and their targets, page by page, for those who look at them. */
import type { Kysely } from 'kysely';
import type { DirectiveRecord, DirectiveTarget, TargetState } from '../../protocol/messages/live.ts';
import { readEnvelope } from './envelope-column.ts';
import { prepared } from './prepared.ts';
import type { Tables } from './schema.ts';

export type DirectiveFilter = {
  readonly id?: string;
  readonly agentId?: string;
  readonly personId?: string;
  /** Only directives that came before this one. */
  readonly beforeId?: string;
  readonly isStanding?: boolean;
  readonly limit: number;
};

/** As it is kept: who may see what, and what is known beyond the store, is not looked at. */
export type StoredDirective = Omit<DirectiveRecord, 'counts'>;

/** Newest first, with their targets, or only the one asked for where there are more than `targetsShown`. */
export async function readDirectives(database: Kysely<Tables>, filter: DirectiveFilter, targetsShown: number): Promise<StoredDirective[]> {
  const rows = await directivesOf(database, filter);
  const isSmall = (row: { readonly target_count: number }): boolean => row.target_count <= targetsShown;
  const targets = await readTargets(database, rows.filter(isSmall).map((row) => row.seq));
  const own = filter.agentId === undefined ? targets : await readTargets(database, rows.filter((row) => !isSmall(row)).map((row) => row.seq), filter.agentId);
  return rows.map((row) => ({
    id: row.id,
    envelope: readEnvelope(row.envelope),
    submittedBy: { personId: row.person_id, name: row.person_name },
    submittedAtMs: row.submitted_at_ms,
    targets: targets.get(row.seq) ?? own.get(row.seq) ?? [],
  }));
}

async function directivesOf(database: Kysely<Tables>, filter: DirectiveFilter) {
  let query = database.selectFrom('directives').selectAll().orderBy('seq', 'desc').limit(filter.limit);
  const { id, agentId, personId, beforeId, isStanding } = filter;
  if (isStanding === true) query = query.where('is_standing', '=', 1);
  if (id !== undefined) query = query.where('id', '=', id);
  if (personId !== undefined) query = query.where('person_id', '=', personId);
  if (beforeId !== undefined) query = query.where('seq', '<', (columns) => columns.selectFrom('directives').select('seq').where('id', '=', beforeId));
  if (agentId !== undefined) {
    query = query.where('seq', 'in', (columns) => columns.selectFrom('targets').select('directive_seq').where('agent_id', '=', agentId));
  }
  return query.execute();
}

async function readTargets(database: Kysely<Tables>, seqs: readonly number[], agentId?: string): Promise<Map<number, DirectiveTarget[]>> {
  const targets = new Map<number, DirectiveTarget[]>(seqs.map((seq) => [seq, []]));
  if (seqs.length === 0) return targets;
  let query = database.selectFrom('targets').select(targetColumns).where('directive_seq', 'in', seqs).orderBy('directive_seq').orderBy('place');
  if (agentId !== undefined) query = query.where('agent_id', '=', agentId);
  for (const row of await query.execute()) targets.get(row.seq)?.push(targetOf(row));
  return targets;
}

/** These machines of one directive, in the order of its targets. */
export async function readTargetsOf(database: Kysely<Tables>, directiveId: string, agentIds: readonly string[]): Promise<DirectiveTarget[]> {
  const rows = await database
    .selectFrom('targets')
    .innerJoin('directives', 'directives.seq', 'targets.directive_seq')
    .select(targetColumns)
    .where('directives.id', '=', directiveId)
    .where('agent_id', 'in', agentIds)
    .orderBy('place')
    .execute();
  return rows.map(targetOf);
}

const targetColumns = ['directive_seq as seq', 'agent_id as agentId', 'state', 'changed_at_ms as changedAtMs', 'report'] as const;

type TargetRow = { readonly seq: number; readonly agentId: string; readonly state: TargetState; readonly changedAtMs: number; readonly report: Uint8Array | null };

function targetOf({ agentId, state, changedAtMs, report }: TargetRow): DirectiveTarget {
  return { agentId, state, changedAtMs, ...(report === null ? {} : { report: readEnvelope(report) }) };
}

/** Each machine of a directive with its place and state, and nothing else: there may be many. */
export async function readStates(database: Kysely<Tables>, directiveId: string): Promise<{ readonly agentId: string; readonly place: number; readonly state: TargetState }[]> {
  const { rows } = await selectStates(database, { directiveId });
  return rows;
}

const selectStates = prepared((database, given: { readonly directiveId: string }) =>
  database.selectFrom('targets').innerJoin('directives', 'directives.seq', 'targets.directive_seq').select(['agent_id as agentId', 'place', 'state']).where('directives.id', '=', given.directiveId),
);

/** Ids of directives with more targets than this. */
export async function largeDirectives(database: Kysely<Tables>, targets: number): Promise<string[]> {
  const rows = await database.selectFrom('directives').select('id').where('target_count', '>', targets).execute();
  return rows.map(({ id }) => id);
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
