/** Chain secrets as they are stored, of agents and of enrolments, whatever is in them. */
import { sql } from 'kysely';
import type { Kysely } from 'kysely';
import type { Tables } from './schema.ts';
import type { Tx } from './write-queue.ts';

export type StoredSecret = { readonly owner: string; readonly secret: Uint8Array };

/** Any secret that is not `plainBytes` long, and so is wrapped. */
export async function someSecret(database: Kysely<Tables>, plainBytes: number): Promise<StoredSecret | undefined> {
  const live = await database.selectFrom('live_keys').select(['agent_id as owner', 'secret']).where(sql`length(secret)`, '<>', plainBytes).limit(1).executeTakeFirst();
  return live ?? database.selectFrom('enrolments').select(['id as owner', 'secret']).where(sql`length(secret)`, '<>', plainBytes).limit(1).executeTakeFirst();
}

/** Puts what `rewrite` makes of every plain secret in its place. */
export async function rewriteSecrets(tx: Tx, plainBytes: number, rewrite: (owner: string, secret: Uint8Array) => Uint8Array): Promise<void> {
  for (const { agent_id: id, secret } of await tx.selectFrom('live_keys').select(['agent_id', 'secret']).where(sql`length(secret)`, '=', plainBytes).execute()) {
    await tx.updateTable('live_keys').set({ secret: rewrite(id, secret) }).where('agent_id', '=', id).execute();
  }
  for (const { id, secret } of await tx.selectFrom('enrolments').select(['id', 'secret']).where(sql`length(secret)`, '=', plainBytes).execute()) {
    await tx.updateTable('enrolments').set({ secret: rewrite(id, secret) }).where('id', '=', id).execute();
  }
}

/** No machine is known by its key afterwards, and no enrolment string serves. */
export async function forgetSecrets(tx: Tx): Promise<void> {
  await tx.deleteFrom('live_keys').execute();
  await tx.deleteFrom('enrolments').execute();
}
