/** The chain of roots and policies, as their owners signed them. */
import type { Kysely } from 'kysely';
import type { Envelope } from '../../protocol/envelope.ts';
import { envelopeColumn, readEnvelope } from './envelope-column.ts';
import type { Tables } from './schema.ts';
import type { Tx } from './write-queue.ts';

/** All roots, first to last: an agent that slept walks them. */
export async function readRoots(database: Kysely<Tables>): Promise<Envelope[]> {
  const rows = await database.selectFrom('roots').select('envelope').orderBy('version').execute();
  return rows.map((row) => readEnvelope(row.envelope));
}

/** False when there is one of this version. */
export async function insertRoot(tx: Tx, version: number, envelope: Envelope): Promise<boolean> {
  const row = { version, envelope: envelopeColumn(envelope) };
  const inserted = await tx.insertInto('roots').values(row).onConflict((conflict) => conflict.doNothing()).executeTakeFirst();
  return inserted.numInsertedOrUpdatedRows === 1n;
}

export async function readLastPolicy(database: Kysely<Tables>): Promise<Envelope | undefined> {
  const row = await database.selectFrom('policies').select('envelope').orderBy('version', 'desc').limit(1).executeTakeFirst();
  return row === undefined ? undefined : readEnvelope(row.envelope);
}

/** False when there is one of this version. */
export async function insertPolicy(tx: Tx, version: number, envelope: Envelope): Promise<boolean> {
  const row = { version, envelope: envelopeColumn(envelope) };
  const inserted = await tx.insertInto('policies').values(row).onConflict((conflict) => conflict.doNothing()).executeTakeFirst();
  return inserted.numInsertedOrUpdatedRows === 1n;
}
