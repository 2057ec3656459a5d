/** Resyncs by the owners, who came back by them, and the refused copies that wait for one. */
import type { Kysely, Selectable } from 'kysely';
import type { Envelope } from '../../protocol/envelope.ts';
import { limits } from '../../protocol/limits.ts';
import { envelopeColumn, readEnvelope } from './envelope-column.ts';
import type { Tables } from './schema.ts';
import type { Tx } from './write-queue.ts';

/** False when one of this id is there. */
export async function insertResync(tx: Tx, resync: { id: string; envelope: Envelope; notAfterMs: number; uses: number }): Promise<boolean> {
  const { id, envelope, notAfterMs, uses } = resync;
  const row = { id, envelope: envelopeColumn(envelope), not_after_ms: notAfterMs, uses_left: uses };
  const inserted = await tx.insertInto('resyncs').values(row).onConflict((conflict) => conflict.doNothing()).executeTakeFirst();
  return inserted.numInsertedOrUpdatedRows === 1n;
}

/** Those that have uses left, are in time and were not used by this agent, newest first. */
export async function openResyncs(tx: Tx, agentId: string, nowMs: number): Promise<Envelope[]> {
  const rows = await tx
    .selectFrom('resyncs')
    .leftJoin('resync_uses', (join) => join.onRef('resync_uses.resync_id', '=', 'resyncs.id').on('resync_uses.agent_id', '=', agentId))
    .select('envelope')
    .where('resync_uses.agent_id', 'is', null)
    .where('not_after_ms', '>=', nowMs)
    .where('uses_left', '>', 0)
    .orderBy('resyncs.not_after_ms', 'desc')
    .limit(limits.maxPage)
    .execute();
  return rows.map(({ envelope }) => readEnvelope(envelope));
}

export type ResyncUse = { readonly resyncId: string; readonly agentId: string; readonly copy: string; readonly atMs: number };

/** Takes one use; false when none is left. */
export async function useResync(tx: Tx, { resyncId, agentId, copy, atMs }: ResyncUse): Promise<boolean> {
  const used = await tx
    .updateTable('resyncs')
    .set((columns) => ({ uses_left: columns('uses_left', '-', 1) }))
    .where('id', '=', resyncId)
    .where('uses_left', '>', 0)
    .executeTakeFirst();
  if (used.numUpdatedRows !== 1n) return false;
  await tx.insertInto('resync_uses').values({ resync_id: resyncId, agent_id: agentId, copy, used_at_ms: atMs }).execute();
  return true;
}

/** The resync by which this very copy came back last. */
export async function usedResync(tx: Tx, agentId: string, copy: string): Promise<Envelope | undefined> {
  const row = await tx
    .selectFrom('resync_uses')
    .innerJoin('resyncs', 'resyncs.id', 'resync_uses.resync_id')
    .select('envelope')
    .where('agent_id', '=', agentId)
    .where('copy', '=', copy)
    .orderBy('used_at_ms', 'desc')
    .executeTakeFirst();
  return row === undefined ? undefined : readEnvelope(row.envelope);
}

export type StrayCopy = Selectable<Tables['stray_copies']>;

/** Notes that a refused copy has called; whether it is the first time. The oldest gives way. */
export async function noteStrayCopy(tx: Tx, copy: Omit<StrayCopy, 'first_at_ms' | 'judged'>): Promise<boolean> {
  const { agent_id: agentId, remote_address, last_at_ms } = copy;
  const again = await tx.updateTable('stray_copies').set({ remote_address, last_at_ms }).where('agent_id', '=', agentId).where('copy', '=', copy.copy).executeTakeFirst();
  if (again.numUpdatedRows === 1n) return false;
  await tx.insertInto('stray_copies').values({ ...copy, first_at_ms: last_at_ms, judged: 0 }).execute();
  const tooMany = tx.selectFrom('stray_copies').select('copy').where('agent_id', '=', agentId).orderBy('last_at_ms', 'desc').offset(limits.maxStrayCopies).limit(limits.maxPage);
  await tx.deleteFrom('stray_copies').where('agent_id', '=', agentId).where('copy', 'in', tooMany).execute();
  return true;
}

/** Newest first. */
export async function readStrayCopies(database: Kysely<Tables>, agentId: string): Promise<StrayCopy[]> {
  return database.selectFrom('stray_copies').selectAll().where('agent_id', '=', agentId).orderBy('last_at_ms', 'desc').execute();
}

/** Owners have decided: `but` is none of them any more; the others stay out without another alarm, or are asked about anew. */
export async function settleStrayCopies(tx: Tx, agentId: string, { but, judged }: { but: string; judged: boolean }): Promise<void> {
  const own = tx.deleteFrom('stray_copies').where('agent_id', '=', agentId);
  await (judged ? own.where('copy', '=', but) : own).execute();
  await tx.updateTable('stray_copies').set({ judged: 1 }).where('agent_id', '=', agentId).execute();
}

export async function isJudgedCopy(tx: Tx, agentId: string, copy: string): Promise<boolean> {
  const row = await tx.selectFrom('stray_copies').select('judged').where('agent_id', '=', agentId).where('copy', '=', copy).executeTakeFirst();
  return row?.judged === 1;
}
