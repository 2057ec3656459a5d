/** Machines as the store keeps them: who they are and what they last said of themselves. */
import { createHash } from 'node:crypto';
import type { Insertable, Kysely, Selectable } from 'kysely';
import { ContactHeld, noContactVersions } from '../../protocol/contact-settings.ts';
import { MachineFacts } from '../../protocol/messages/agent.ts';
import { MachinePrimitives, ReachedAt } from '../../protocol/messages/live.ts';
import type { PrimitiveDescription } from '../../protocol/primitive.ts';
import { readJson } from './json-column.ts';
import type { Tables } from './schema.ts';
import type { Tx } from './write-queue.ts';

export type MachineRow = Omit<Selectable<Tables['machines']>, 'facts_json' | 'contact_json' | 'reached_json'> & {
  readonly facts: MachineFacts;
  readonly contact: ContactHeld;
  readonly reached: ReachedAt | undefined;
  readonly last_directive_id: string | null;
};

const parseFacts = readJson(MachineFacts);
const parseContact = readJson(ContactHeld);
const parseReached = readJson(ReachedAt);
const parsePrimitives = readJson(MachinePrimitives);

export async function insertMachine(tx: Tx, machine: Insertable<Tables['machines']>): Promise<void> {
  await tx.insertInto('machines').values(machine).execute();
}

/** All machines, or one. */
export async function readMachines(database: Kysely<Tables>, id?: string): Promise<MachineRow[]> {
  let query = database
    .selectFrom('machines')
    .selectAll('machines')
    .select((columns) =>
      columns
        .selectFrom('targets')
        .innerJoin('directives', 'directives.seq', 'targets.directive_seq')
        .whereRef('targets.agent_id', '=', 'machines.id')
        .orderBy('targets.directive_seq', 'desc')
        .limit(1)
        .select('directives.id')
        .as('last_directive_id'),
    );
  if (id !== undefined) query = query.where('machines.id', '=', id);
  const rows = await query.execute();
  return rows.map(({ facts_json: facts, contact_json: contact, reached_json: reached, ...row }) => ({
    ...row,
    facts: parseFacts(facts),
    contact: contact === null ? noContactVersions : parseContact(contact),
    reached: reached === null ? undefined : parseReached(reached),
  }));
}

/** The identity key of a machine and whether it is quarantined. */
export async function findMachine(database: Kysely<Tables>, id: string): Promise<{ identity_key: Uint8Array; quarantined: number } | undefined> {
  return database.selectFrom('machines').select(['identity_key', 'quarantined']).where('id', '=', id).executeTakeFirst();
}

export type CheckedIn = { readonly facts: MachineFacts; /** digest of its primitives */ readonly primitives: string; readonly rootVersion: number; readonly policyVersion: number; readonly contact: ContactHeld; readonly atMs: number };

/** Keeps what a check-in said; gives whether its primitives are known. The site stays what enrolment said, whatever the machine claims. */
export async function updateMachine(tx: Tx, id: string, said: CheckedIn): Promise<boolean> {
  const known = await tx.selectFrom('primitive_sets').select('digest').where('digest', '=', said.primitives).executeTakeFirst();
  await tx
    .updateTable('machines')
    .set({ facts_json: JSON.stringify(said.facts), ...(known === undefined ? {} : { primitives_digest: known.digest }), root_version: said.rootVersion, policy_version: said.policyVersion, contact_json: JSON.stringify(said.contact), seen_at_ms: said.atMs })
    .where('id', '=', id)
    .execute();
  return known !== undefined;
}

/** Keeps the primitives of a machine under their true digest, which it gives, whatever the machine claimed. */
export async function keepPrimitives(tx: Tx, id: string, primitives: readonly PrimitiveDescription[]): Promise<string> {
  const json = JSON.stringify(primitives);
  const digest = createHash('sha256').update(json).digest('hex');
  await tx.insertInto('primitive_sets').values({ digest, primitives_json: json }).onConflict((conflict) => conflict.doNothing()).execute();
  await tx.updateTable('machines').set({ primitives_digest: digest }).where('id', '=', id).execute();
  return digest;
}

export async function readPrimitives(database: Kysely<Tables>, digest: string): Promise<readonly PrimitiveDescription[]> {
  const row = await database.selectFrom('primitive_sets').select('primitives_json').where('digest', '=', digest).executeTakeFirst();
  return row === undefined ? [] : parsePrimitives(row.primitives_json);
}

export async function markSeen(tx: Tx, id: string, atMs: number): Promise<void> {
  await tx.updateTable('machines').set({ seen_at_ms: atMs }).where('id', '=', id).execute();
}

export async function markQuarantined(tx: Tx, id: string, quarantined = true): Promise<void> {
  await tx.updateTable('machines').set({ quarantined: quarantined ? 1 : 0 }).where('id', '=', id).execute();
}

/** Keeps how a machine got here, for when it is gone. */
export async function keepReached(tx: Tx, id: string, reached: ReachedAt): Promise<void> {
  await tx.updateTable('machines').set({ reached_json: JSON.stringify(reached) }).where('id', '=', id).execute();
}
