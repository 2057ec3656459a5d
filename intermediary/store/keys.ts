/** Rolling keys: the one live key of each agent, the ids of those it has retired, and enrolments. */
import type { Insertable, Kysely } from 'kysely';
import { limits } from '../../protocol/limits.ts';
import type { Tables } from './schema.ts';
import type { Tx } from './write-queue.ts';

export type ChainRow = { readonly secret: Uint8Array; readonly number: number };
export type KeyRow = { readonly agentId: string; readonly identityKey: Uint8Array };

export async function findLiveKey(database: Kysely<Tables>, keyId: string): Promise<(KeyRow & ChainRow) | undefined> {
  return database
    .selectFrom('live_keys')
    .innerJoin('machines', 'machines.id', 'live_keys.agent_id')
    .select(['machines.id as agentId', 'identity_key as identityKey', 'secret', 'number'])
    .where('key_id', '=', keyId)
    .executeTakeFirst();
}

export async function findRetiredKey(database: Kysely<Tables>, keyId: string): Promise<(KeyRow & { readonly judged: number }) | undefined> {
  return database
    .selectFrom('retired_keys')
    .innerJoin('machines', 'machines.id', 'retired_keys.agent_id')
    .select(['machines.id as agentId', 'identity_key as identityKey', 'judged'])
    .where('key_id', '=', keyId)
    .executeTakeFirst();
}

export type NewKey = ChainRow & { readonly agentId: string; readonly keyId: string };

/** Replaces the live key `oldKeyId` by `key` and retires it; false if another key is live meanwhile. */
export async function rollKey(tx: Tx, oldKeyId: string, key: NewKey): Promise<boolean> {
  const rolled = await tx
    .updateTable('live_keys')
    .set({ key_id: key.keyId, secret: key.secret, number: key.number })
    .where('agent_id', '=', key.agentId)
    .where('key_id', '=', oldKeyId)
    .executeTakeFirst();
  if (rolled.numUpdatedRows !== 1n) return false;
  await tx.insertInto('retired_keys').values({ key_id: oldKeyId, agent_id: key.agentId, number: key.number - 1 }).execute();
  await tx.deleteFrom('retired_keys').where('agent_id', '=', key.agentId).where('number', '<', key.number - limits.retiredKeysKept).execute();
  return true;
}

/** The id of the live key of an agent. */
export async function liveKeyIdOf(database: Kysely<Tables>, agentId: string): Promise<string | undefined> {
  return (await database.selectFrom('live_keys').select('key_id').where('agent_id', '=', agentId).executeTakeFirst())?.key_id;
}

/** Puts a key that does not come from the live one in its place, and retires that. */
export async function replaceKey(tx: Tx, key: NewKey): Promise<void> {
  const before = await tx.deleteFrom('live_keys').where('agent_id', '=', key.agentId).returning(['key_id', 'number']).executeTakeFirst();
  if (before !== undefined) await tx.insertInto('retired_keys').values({ key_id: before.key_id, agent_id: key.agentId, number: before.number }).execute();
  await insertLiveKey(tx, key);
}

/** Owners know of whoever shows one of the keys retired so far: it is refused without another alarm. */
export async function judgeRetiredKeys(tx: Tx, agentId: string): Promise<void> {
  await tx.updateTable('retired_keys').set({ judged: 1 }).where('agent_id', '=', agentId).execute();
}

export async function insertLiveKey(tx: Tx, key: NewKey): Promise<void> {
  await tx.insertInto('live_keys').values({ agent_id: key.agentId, key_id: key.keyId, secret: key.secret, number: key.number }).execute();
}

export async function insertEnrolment(tx: Tx, enrolment: Insertable<Tables['enrolments']>): Promise<boolean> {
  const inserted = await tx.insertInto('enrolments').values(enrolment).onConflict((conflict) => conflict.doNothing()).executeTakeFirst();
  return inserted.numInsertedOrUpdatedRows === 1n;
}

export type EnrolmentRow = { readonly id: string; readonly secret: Uint8Array; readonly site: string; readonly notAfterMs: number; readonly usesLeft: number };

export async function findEnrolment(database: Kysely<Tables>, by: { readonly keyId: string } | { readonly id: string }): Promise<EnrolmentRow | undefined> {
  const query = database.selectFrom('enrolments').select(['id', 'secret', 'site', 'not_after_ms as notAfterMs', 'uses_left as usesLeft']);
  return ('id' in by ? query.where('id', '=', by.id) : query.where('key_id', '=', by.keyId)).executeTakeFirst();
}

/** Takes one use; false when none is left. */
export async function useEnrolment(tx: Tx, id: string): Promise<boolean> {
  const used = await tx
    .updateTable('enrolments')
    .set((columns) => ({ uses_left: columns('uses_left', '-', 1) }))
    .where('id', '=', id)
    .where('uses_left', '>', 0)
    .executeTakeFirst();
  return used.numUpdatedRows === 1n;
}
