/**
 * Standing directives, as people ask about them: their schedules, and what became of each firing.
 */
import { Type } from 'typebox';
import { targetStates } from '../../protocol/messages/live.ts';
import type { DirectiveRecord, TargetState } from '../../protocol/messages/live.ts';
import { success } from '../../protocol/outcome.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import type { Envelope } from '../../protocol/envelope.ts';
import type { Directive, Schedule } from '../../protocol/statements/directive.ts';
import { fromJson } from '../../protocol/statements/envelope-json.ts';
import { readDirective } from '../../protocol/statements/read.ts';
import { haveEnded } from './fleet.ts';
import { directiveHistory } from './history.ts';
import { answerReader, withQuery } from './http.ts';
import type { Api } from './http.ts';

export type StandingDirective = { readonly record: DirectiveRecord; readonly directive: Directive; readonly schedule: Schedule; readonly notAfter: number };

/** `report` is for the reader to verify. */
export type KnownFiring = { readonly agentId: string; readonly at: number; readonly state: TargetState; readonly report: Envelope };

const readFirings = answerReader(Type.Array(Type.Object({ agentId: Type.String(), at: Type.Integer(), state: Type.Enum(targetStates), receivedAtMs: Type.Integer(), report: Type.Unknown() })));

/** Directives looked through, newest first. */
const lookedThrough = 500;

/** Those that go on, of one machine or of all. */
export async function standingDirectives(api: Api, agentId: string | undefined): Promise<Outcome<StandingDirective[]>> {
  const records = await directiveHistory(api, { agentId, standing: true, limit: lookedThrough });
  if (!records.ok) return records;
  return success(records.value.flatMap((record) => standingOf(record) ?? []));
}

function standingOf(record: DirectiveRecord): StandingDirective | undefined {
  const directive = readDirective(record.envelope.payload);
  if (!directive.ok || directive.value.life.kind !== 'standing' || haveEnded(record.counts)) return undefined;
  const { schedule, notAfter } = directive.value.life;
  return { record, directive: directive.value, schedule, notAfter };
}

/** Newest first. */
export async function firingsOf(api: Api, directiveId: string, query: { agentId?: string | undefined; limit?: number | undefined }): Promise<Outcome<KnownFiring[]>> {
  const rows = await api.get(withQuery(`/api/directives/${directiveId}/firings`, { agent: query.agentId, limit: query.limit }), readFirings);
  if (!rows.ok) return rows;
  const firings: KnownFiring[] = [];
  for (const { agentId, at, state, report } of rows.value) {
    const read = fromJson(JSON.stringify(report));
    if (!read.ok) return read;
    firings.push({ agentId, at, state, report: read.value });
  }
  return success(firings);
}
