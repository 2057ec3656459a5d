/**
 * Directives of the past, newest first, over REST: envelopes are DSSE JSON there.
 */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import type { DirectiveRecord, DirectiveTarget, TargetState } from '../../protocol/messages/live.ts';
import { limits } from '../../protocol/limits.ts';
import { targetStates } from '../../protocol/messages/live.ts';
import { success } from '../../protocol/outcome.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import { fromJson } from '../../protocol/statements/envelope-json.ts';
import { answerReader, withQuery } from './http.ts';
import type { Api } from './http.ts';

const State = Type.Enum(targetStates);
const Target = Type.Object({
  agentId: Type.String(),
  state: State,
  changedAtMs: Type.Integer(),
  percent: Type.Optional(Type.Number()),
  note: Type.Optional(Type.String()),
  report: Type.Optional(Type.Unknown()),
});
const Record = Type.Object({
  id: Type.String(),
  envelope: Type.Unknown(),
  submittedBy: Type.Object({ personId: Type.String(), name: Type.String() }),
  submittedAtMs: Type.Integer(),
  counts: Type.Array(Type.Object({ state: State, count: Type.Integer() })),
  targets: Type.Array(Target),
});
type Record = Static<typeof Record>;

const readPage = answerReader(Type.Array(Record));
const readOne = answerReader(Record);
const readTargets = answerReader(Type.Array(Target));

export type HistoryQuery = { readonly agentId?: string | undefined; readonly personId?: string | undefined; readonly before?: string | undefined; /** Only standing ones. */ readonly standing?: boolean | undefined; readonly limit?: number | undefined };

/** One page, newest first; `before` is the id of the last directive of the page before. */
export async function directiveHistory(api: Api, query: HistoryQuery): Promise<Outcome<DirectiveRecord[]>> {
  const path = withQuery('/api/directives', { agent: query.agentId, person: query.personId, before: query.before, standing: query.standing === true ? 'true' : undefined, limit: query.limit });
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

/** The directive of this id, or `no-such-directive`. */
export async function oneDirective(api: Api, id: string): Promise<Outcome<DirectiveRecord>> {
  const row = await api.get(`/api/directives/${id}`, readOne);
  return row.ok ? recordOf(row.value) : row;
}

export type TargetsQuery = { readonly state?: TargetState | undefined; readonly offset?: number | undefined; readonly limit?: number | undefined };

/** One page of a directive's machines, in the order in which they were named. */
export async function directiveTargets(api: Api, id: string, query: TargetsQuery): Promise<Outcome<DirectiveTarget[]>> {
  const page = await api.get(withQuery(`/api/directives/${id}/targets`, { state: query.state, offset: query.offset, limit: query.limit }), readTargets);
  return page.ok ? targetsOf(page.value) : page;
}

/** All of them in these states, page by page. */
export async function allTargets(api: Api, id: string, states: readonly (TargetState | undefined)[]): Promise<Outcome<DirectiveTarget[]>> {
  const all: DirectiveTarget[] = [];
  for (const state of states) {
    for (let offset = 0; ; offset += limits.maxPage) {
      const page = await directiveTargets(api, id, { state, offset, limit: limits.maxPage });
      if (!page.ok) return page;
      all.push(...page.value);
      if (page.value.length < limits.maxPage) break;
    }
  }
  return success(all);
}

function recordOf(row: Record): Outcome<DirectiveRecord> {
  const envelope = fromJson(JSON.stringify(row.envelope));
  const targets = targetsOf(row.targets);
  if (!envelope.ok) return envelope;
  return targets.ok ? success({ ...row, envelope: envelope.value, targets: targets.value }) : targets;
}

function targetsOf(rows: readonly Static<typeof Target>[]): Outcome<DirectiveTarget[]> {
  const targets: DirectiveTarget[] = [];
  for (const { report, ...target } of rows) {
    const read = report === undefined ? undefined : fromJson(JSON.stringify(report));
    if (read !== undefined && !read.ok) return read;
    targets.push(read === undefined ? target : { ...target, report: read.value });
  }
  return success(targets);
}
