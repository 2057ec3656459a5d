/**
 * Audits of a machine, and what changed between two of them. Rows count when they have the digest under which they were
 * asked for, sections when they give the digest of the state, and the state when a report that the machine signed names it.
 */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { AuditResult, AuditRow, auditSections, compareRows, rowsDigest, stateDigest } from '../../protocol/audit.ts';
import type { AuditRow as Row, AuditSection, RowChanges } from '../../protocol/audit.ts';
import { base64Url } from '../../protocol/bytes.ts';
import type { Envelope } from '../../protocol/envelope.ts';
import { formOf } from '../../protocol/form.ts';
import { limits } from '../../protocol/limits.ts';
import type { DirectiveTarget } from '../../protocol/messages/live.ts';
import { failure, success } from '../../protocol/outcome.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import { payloadDigest } from '../../protocol/statements/dsse.ts';
import { readDirective } from '../../protocol/statements/read.ts';
import { allTargets, oneDirective } from './history.ts';
import { answerReader, withQuery } from './http.ts';
import type { Api } from './http.ts';
import { verifyReport } from './reports.ts';
import { firingsOf } from './schedules.ts';

const Audit = Type.Object({ directiveId: Type.String(), firingAt: Type.Optional(Type.Integer()), atMs: Type.Integer(), digest: Type.String(), sections: Type.Partial(Type.Record(Type.Enum([...auditSections]), Type.String())) });
export type Audit = Static<typeof Audit>;

const readList = answerReader(Type.Array(Audit));
const readRows = answerReader(Type.Array(AuditRow));

export type SectionChanges = RowChanges & { readonly section: AuditSection };

/** Newest first, those up to `before`: the first is the state at that moment. */
export async function auditsOf(api: Api, agentId: string, page: { readonly before?: number | undefined; readonly limit: number }): Promise<Outcome<Audit[]>> {
  const audits = await api.get(withQuery(`/api/machines/${agentId}/audits`, page), readList);
  if (!audits.ok) return audits;
  for (const audit of audits.value) {
    if ((await stateDigest(audit.sections)) !== audit.digest) return failure('signature-invalid', 'the sections shown do not give the digest of the audit');
  }
  return audits;
}

export async function auditRows(api: Api, agentId: string, digest: string | undefined): Promise<Outcome<Row[]>> {
  if (digest === undefined) return success([]);
  const rows = await api.get(`/api/machines/${agentId}/audit-sections/${digest}`, readRows);
  if (!rows.ok) return rows;
  return (await rowsDigest(rows.value)) === digest ? rows : failure('signature-invalid', 'the rows shown are not those of the audit');
}

/** Rows by the digest of their section; none without one. */
export type RowsOf = (digest: string | undefined) => Promise<Outcome<readonly Row[]>>;

/** Section by section; sections that are the same are neither fetched nor named. */
export async function auditChanges(rowsOf: RowsOf, { from, to }: { readonly from: Audit; readonly to: Audit }): Promise<Outcome<SectionChanges[]>> {
  const changes: SectionChanges[] = [];
  for (const section of auditSections) {
    if (from.sections[section] === to.sections[section]) continue;
    const before = await rowsOf(from.sections[section]);
    if (!before.ok) return before;
    const after = await rowsOf(to.sections[section]);
    if (!after.ok) return after;
    changes.push({ section, ...compareRows(before.value, after.value) });
  }
  return success(changes);
}

const result = formOf(AuditResult);

/** Whether the machine signed, at the time shown, that it was in the state shown; a failure says why that is not known. */
export async function verifyAudit(api: Api, machine: { readonly id: string; readonly identityKey: string }, audit: Audit): Promise<Outcome<void>> {
  const record = await oneDirective(api, audit.directiveId);
  if (!record.ok) return record;
  const { envelope } = record.value;
  const directive = readDirective(envelope.payload);
  if (!directive.ok) return directive;
  if (!['audit.full', 'audit.incremental'].includes(directive.value.primitive)) return failure('signature-invalid', 'the directive named did not ask for an audit');
  const found = await reportOf(api, machine.id, { audit, targets: record.value.targets });
  if (!found.ok) return found;
  const report = found.value;
  if (report === undefined) return failure('signature-invalid', 'there is no report of this audit');
  const verified = await verifyReport(report, { directiveId: audit.directiveId, digest: base64Url(await payloadDigest(envelope)), agentId: machine.id, identityKey: machine.identityKey });
  if (!verified.ok) return verified;
  const { result: said, endedAtMs, status, firing } = verified.value;
  const isThis = status === 'succeeded' && result.check(said) && said.digest === audit.digest && endedAtMs === audit.atMs && firing?.at === audit.firingAt;
  return isThis ? success(undefined) : failure('signature-invalid', 'the machine signed another state than the one shown');
}

async function reportOf(api: Api, agentId: string, { audit, targets }: { readonly audit: Audit; readonly targets: readonly DirectiveTarget[] }): Promise<Outcome<Envelope | undefined>> {
  const { directiveId, firingAt } = audit;
  if (firingAt !== undefined) {
    const firings = await firingsOf(api, directiveId, { agentId, limit: limits.maxPage });
    return firings.ok ? success(firings.value.find(({ at }) => at === firingAt)?.report) : firings;
  }
  // a directive with very many machines is told without them
  const all = targets.length > 0 ? success(targets) : await allTargets(api, directiveId, ['succeeded']);
  return all.ok ? success(all.value.find((target) => target.agentId === agentId)?.report) : all;
}
