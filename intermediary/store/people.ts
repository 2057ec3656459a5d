/** Users with passwords, their sign-ins, invitations and requests for keys. What they may do is in the policy, not here. */
import type { Insertable, Kysely, Selectable } from 'kysely';
import type { KeyRequest } from '../../protocol/messages/live.ts';
import type { Tables } from './schema.ts';
import type { Tx } from './write-queue.ts';

export type UserRow = Selectable<Tables['users']>;
export type SignInRow = Selectable<Tables['sign_ins']>;

/** One spelling of a name for comparison: no two people differ only in case or in how a letter is encoded. */
export function nameKey(name: string): string {
  return name.normalize('NFKC').trim().toLowerCase();
}

export async function findUser(database: Kysely<Tables>, name: string): Promise<UserRow | undefined> {
  return database.selectFrom('users').selectAll().where('name_key', '=', nameKey(name)).executeTakeFirst();
}

/** False when somebody has the name. */
export async function insertUser(tx: Tx, user: Omit<UserRow, 'name_key'>): Promise<boolean> {
  const inserted = await tx
    .insertInto('users')
    .values({ ...user, name_key: nameKey(user.name) })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return inserted.numInsertedOrUpdatedRows === 1n;
}

export async function insertSignIn(tx: Tx, row: SignInRow): Promise<void> {
  await tx.insertInto('sign_ins').values(row).execute();
}

export async function findSignIn(database: Kysely<Tables>, digest: Uint8Array): Promise<SignInRow | undefined> {
  return database.selectFrom('sign_ins').selectAll().where('digest', '=', digest).executeTakeFirst();
}

/** Whether this person has a sign-in from this address: then others who guess from elsewhere do not count against it. */
export async function isKnownAddress(database: Kysely<Tables>, personId: string, address: string): Promise<boolean> {
  const row = await database.selectFrom('sign_ins').select('person_id').where('person_id', '=', personId).where('address', '=', address).executeTakeFirst();
  return row !== undefined;
}

export async function touchSignIn(tx: Tx, digest: Uint8Array, usedAtMs: number): Promise<void> {
  await tx.updateTable('sign_ins').set({ used_at_ms: usedAtMs }).where('digest', '=', digest).execute();
}

export async function deleteSignIn(tx: Tx, digest: Uint8Array): Promise<void> {
  await tx.deleteFrom('sign_ins').where('digest', '=', digest).execute();
}

/** Forgets sign-ins that can serve no more. */
export async function deleteOldSignIns(tx: Tx, times: { readonly madeBeforeMs: number; readonly usedBeforeMs: number }): Promise<void> {
  await tx
    .deleteFrom('sign_ins')
    .where((columns) => columns.or([columns('made_at_ms', '<', times.madeBeforeMs), columns('used_at_ms', '<', times.usedBeforeMs)]))
    .execute();
}

export async function insertInvitation(tx: Tx, invitation: Insertable<Tables['invitations']>): Promise<boolean> {
  const inserted = await tx.insertInto('invitations').values(invitation).onConflict((conflict) => conflict.doNothing()).executeTakeFirst();
  return inserted.numInsertedOrUpdatedRows === 1n;
}

/** Uses an invitation up; false if it is none, was used, or is past its time. */
export async function useInvitation(tx: Tx, claim: { readonly id: string; readonly accessDigest: string; readonly nowMs: number }): Promise<boolean> {
  const used = await tx
    .updateTable('invitations')
    .set({ used: 1 })
    .where('id', '=', claim.id)
    .where('access_digest', '=', claim.accessDigest)
    .where('used', '=', 0)
    .where('not_after_ms', '>', claim.nowMs)
    .executeTakeFirst();
  return used.numUpdatedRows === 1n;
}

export async function insertKeyRequest(tx: Tx, request: KeyRequest): Promise<void> {
  await tx
    .insertInto('key_requests')
    .values({
      id: request.id,
      invitation_id: request.invitationId,
      person_id: request.personId,
      name: request.name,
      public_key: request.publicKey,
      proof: request.proof,
      requested_at_ms: request.requestedAtMs,
    })
    .execute();
}

/** All requests, or one. */
export async function readKeyRequests(database: Kysely<Tables>, id?: string): Promise<KeyRequest[]> {
  const query = database
    .selectFrom('key_requests')
    .select(['id', 'invitation_id as invitationId', 'person_id as personId', 'name', 'public_key as publicKey', 'proof', 'requested_at_ms as requestedAtMs'])
    .orderBy('requested_at_ms');
  return (id === undefined ? query : query.where('id', '=', id)).execute();
}
