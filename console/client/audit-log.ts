/**
 * The audit log, page by page, and whether it is whole.
 */
import { Type } from 'typebox';
import { auditStart, followAuditChain, AuditEntry } from '../../protocol/audit-chain.ts';
import type { AuditHead } from '../../protocol/audit-chain.ts';
import { limits } from '../../protocol/limits.ts';
import { success } from '../../protocol/outcome.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import { answerReader, withQuery } from './http.ts';
import type { Api } from './http.ts';

const readPage = answerReader(Type.Array(AuditEntry));

/** The entries that follow `after`, oldest first, a page at most. */
export function auditPage(api: Api, after: number): Promise<Outcome<AuditEntry[]>> {
  return api.get(withQuery('/api/audit-log', { after, limit: limits.maxPage }), readPage);
}

/** Fetches all of it and computes the chain anew. Gives the head, or `log-altered` with the entry. */
export async function verifyAuditLog(api: Api, seen: (entry: AuditEntry) => void = () => {}): Promise<Outcome<AuditHead>> {
  let head = auditStart;
  for (;;) {
    const page = await auditPage(api, head.seq);
    if (!page.ok) return page;
    if (page.value.length === 0) return success(head);
    const followed = await followAuditChain(head, page.value);
    if (!followed.ok) return followed;
    page.value.forEach(seen);
    head = followed.value;
  }
}
