/** What became of the firings of standing directives: the newest `limits.maxFiringsKept` for each machine. */
import type { Kysely } from 'kysely';
import type { Envelope } from '../../protocol/envelope.ts';
import { limits } from '../../protocol/limits.ts';
import type { TargetState } from '../../protocol/messages/live.ts';
import { envelopeColumn, readEnvelope } from './envelope-column.ts';
import type { Tables } from './schema.ts';
import type { Tx } from './write-queue.ts';

export type FiringRow = { readonly agentId: string; readonly at: number; readonly state: TargetState; readonly receivedAtMs: number; readonly report: Envelope };

/** False when it is there already, or the directive does not name this machine. */
export async function keepFiring(tx: Tx, directiveSeq: number, firing: FiringRow): Promise<boolean> {
  const { agentId, at, state, receivedAtMs } = firing;
  const target = await tx.selectFrom('targets').select('place').where('directive_seq', '=', directiveSeq).where('agent_id', '=', agentId).executeTakeFirst();
  if (target === undefined) return false;
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto('firings')
    .values({ directive_seq: directiveSeq, agent_id: agentId, at, state, received_at_ms: receivedAtMs, report: envelopeColumn(firing.report) })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  if (numInsertedOrUpdatedRows !== 1n) return false;
  await forgetOldest(tx, directiveSeq, agentId);
  return true;
}

async function forgetOldest(tx: Tx, directiveSeq: number, agentId: string): Promise<void> {
  const own = tx.selectFrom('firings').select('at').where('directive_seq', '=', directiveSeq).where('agent_id', '=', agentId);
  const tooOld = await own.orderBy('at', 'desc').offset(limits.maxFiringsKept).limit(1).executeTakeFirst();
  if (tooOld === undefined) return;
  await tx.deleteFrom('firings').where('directive_seq', '=', directiveSeq).where('agent_id', '=', agentId).where('at', '<=', tooOld.at).execute();
}

/** Newest first. */
export async function readFirings(database: Kysely<Tables>, directiveId: string, page: { readonly agentId: string | undefined; readonly limit: number }): Promise<FiringRow[]> {
  let query = database
    .selectFrom('firings')
    .innerJoin('directives', 'directives.seq', 'firings.directive_seq')
    .select(['agent_id as agentId', 'at', 'state', 'received_at_ms as receivedAtMs', 'report'])
    .where('directives.id', '=', directiveId)
    .orderBy('at', 'desc')
    .limit(page.limit);
  if (page.agentId !== undefined) query = query.where('agent_id', '=', page.agentId);
  return (await query.execute()).map((row) => ({ ...row, report: readEnvelope(row.report) }));
}
