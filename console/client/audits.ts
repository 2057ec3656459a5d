/**
 * Audits of a machine, and what changed between two of them. Rows count when they have the digest under which they were
 * asked for.
 */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { AuditRow, auditSections, compareRows, rowsDigest, stateDigest } from '../../protocol/audit.ts';
import type { AuditRow as Row, AuditSection, RowChanges } from '../../protocol/audit.ts';
import { failure, success } from '../../protocol/outcome.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import { answerReader, withQuery } from './http.ts';
import type { Api } from './http.ts';

const Audit = Type.Object({ directiveId: Type.String(), atMs: Type.Integer(), digest: Type.String(), sections: Type.Partial(Type.Record(Type.Enum([...auditSections]), Type.String())) });
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

/** Section by section; sections that are the same are neither fetched nor named. */
export async function auditChanges(api: Api, agentId: string, { from, to }: { readonly from: Audit; readonly to: Audit }): Promise<Outcome<SectionChanges[]>> {
  const changes: SectionChanges[] = [];
  for (const section of auditSections) {
    if (from.sections[section] === to.sections[section]) continue;
    const before = await auditRows(api, agentId, from.sections[section]);
    if (!before.ok) return before;
    const after = await auditRows(api, agentId, to.sections[section]);
    if (!after.ok) return after;
    changes.push({ section, ...compareRows(before.value, after.value) });
  }
  return success(changes);
}
