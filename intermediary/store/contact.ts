/** Signed contact settings, the newest of each scope. */
import type { Kysely } from 'kysely';
import type { ContactScope } from '../../protocol/contact-settings.ts';
import type { Envelope } from '../../protocol/envelope.ts';
import type { ContactLayer } from '../../protocol/messages/live.ts';
import { readContact } from '../../protocol/statements/read.ts';
import { envelopeColumn, readEnvelope } from './envelope-column.ts';
import type { Tables } from './schema.ts';
import type { Tx } from './write-queue.ts';

export type KeptContact = ContactLayer & { readonly envelope: Envelope };

/** The scopes that cover a machine, farthest first. */
export function scopesOf(agentId: string, site: string): ContactScope[] {
  return [{ everywhere: true }, { site }, { agent: agentId }];
}

/** What is set for these scopes, in their order; those for which nothing was ever set are left out. */
export async function keptContact(database: Kysely<Tables>, scopes: readonly ContactScope[]): Promise<KeptContact[]> {
  const keys = scopes.map(keyOf);
  const rows = await database.selectFrom('contact_settings').selectAll().where('scope', 'in', keys).execute();
  return rows
    .toSorted((left, right) => keys.indexOf(left.scope) - keys.indexOf(right.scope))
    .map((row) => {
      const envelope = readEnvelope(row.envelope);
      const statement = readContact(envelope.payload);
      if (!statement.ok) throw new Error(`stored contact settings do not fit their schema: ${statement.detail}`);
      const { scope, overrides, version } = statement.value;
      return { scope, overrides, version, envelope, setBy: { personId: row.person_id, name: row.person_name }, setAtMs: row.set_at_ms };
    });
}

/** Keeps settings if they are just the next ones of their scope; false if they are not. */
export async function putContact(tx: Tx, { scope, version, envelope, setBy, setAtMs }: KeptContact): Promise<boolean> {
  const key = keyOf(scope);
  const before = await tx.selectFrom('contact_settings').select('version').where('scope', '=', key).executeTakeFirst();
  if (version !== (before?.version ?? 0) + 1) return false;
  const row = { version, envelope: envelopeColumn(envelope), person_id: setBy.personId, person_name: setBy.name, set_at_ms: setAtMs };
  await tx.insertInto('contact_settings').values({ scope: key, ...row }).onConflict((conflict) => conflict.column('scope').doUpdateSet(row)).execute();
  return true;
}

function keyOf(scope: ContactScope): string {
  if ('everywhere' in scope) return 'everywhere';
  return 'site' in scope ? `site:${scope.site}` : `agent:${scope.agent}`;
}
