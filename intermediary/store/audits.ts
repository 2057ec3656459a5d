/** Audits of machines: the sections by their digest, so that one that did not change costs nothing, and the list of audits. */
import type { Kysely } from 'kysely';
import { Type } from 'typebox';
import { AuditRow, auditSections } from '../../protocol/audit.ts';
import type { AuditRow as Row, AuditState } from '../../protocol/audit.ts';
import { readJson } from './json-column.ts';
import type { Tables } from './schema.ts';
import type { Tx } from './write-queue.ts';

/** `firingAt`: of that firing of a standing directive, by its time in the schedule, seconds since 1970. */
export type StoredAudit = { readonly directiveId: string; readonly firingAt?: number; readonly atMs: number; readonly digest: string; readonly sections: AuditState };
export type AuditContent = { readonly digest: string; readonly rows: readonly Row[] };

const readState = readJson(Type.Partial(Type.Record(Type.Enum([...auditSections]), Type.String())));
const readRows = readJson(Type.Array(AuditRow));

/** The newest audit after which the machine was in this state. */
export async function auditWithDigest(database: Kysely<Tables>, agentId: string, digest: string): Promise<StoredAudit | undefined> {
  const row = await select(database, agentId).where('digest', '=', digest).orderBy('at_ms', 'desc').limit(1).executeTakeFirst();
  return row === undefined ? undefined : audit(row);
}

/** Newest first, those up to `beforeMs`. */
export async function readAudits(database: Kysely<Tables>, agentId: string, page: { readonly beforeMs: number; readonly limit: number }): Promise<StoredAudit[]> {
  const rows = await select(database, agentId).where('at_ms', '<=', page.beforeMs).orderBy('at_ms', 'desc').limit(page.limit).execute();
  return rows.map(audit);
}

export async function readSection(database: Kysely<Tables>, agentId: string, digest: string): Promise<Row[] | undefined> {
  const row = await database.selectFrom('audit_sections').select('rows_json').where('agent_id', '=', agentId).where('digest', '=', digest).executeTakeFirst();
  return row === undefined ? undefined : readRows(row.rows_json);
}

/** Adds an audit and forgets those beyond `keep`, with the sections that only they had. */
export async function storeAudit(tx: Tx, agentId: string, added: StoredAudit, { contents, keep }: { readonly contents: readonly AuditContent[]; readonly keep: number }): Promise<void> {
  for (const { digest, rows } of contents) {
    await tx.insertInto('audit_sections').values({ agent_id: agentId, digest, rows_json: JSON.stringify(rows) }).onConflict((conflict) => conflict.doNothing()).execute();
  }
  await tx.insertInto('audits').values({ agent_id: agentId, directive_id: added.directiveId, firing_at: added.firingAt ?? notFired, at_ms: added.atMs, digest: added.digest, sections_json: JSON.stringify(added.sections) }).execute();
  const beyond = await select(tx, agentId).orderBy('at_ms', 'desc').limit(1).offset(keep).executeTakeFirst();
  if (beyond === undefined) return;
  await tx.deleteFrom('audits').where('agent_id', '=', agentId).where('at_ms', '<=', beyond.at_ms).execute();
  const left = await select(tx, agentId).execute();
  const used = [...new Set(left.flatMap((row) => Object.values(audit(row).sections)))];
  await tx.deleteFrom('audit_sections').where('agent_id', '=', agentId).where('digest', 'not in', used).execute();
}

function select(database: Kysely<Tables>, agentId: string) {
  return database.selectFrom('audits').select(['directive_id', 'firing_at', 'at_ms', 'digest', 'sections_json']).where('agent_id', '=', agentId);
}

/** In the place of a firing's time. */
const notFired = 0;

function audit(row: { directive_id: string; firing_at: number; at_ms: number; digest: string; sections_json: string }): StoredAudit {
  return { directiveId: row.directive_id, ...(row.firing_at === notFired ? {} : { firingAt: row.firing_at }), atMs: row.at_ms, digest: row.digest, sections: readState(row.sections_json) };
}
