/** The steps from an empty database to the present tables. A step that was released is never changed; a new one follows it. */
import { sql } from 'kysely';
import type { Kysely } from 'kysely';
import { DEFAULT_MIGRATION_TABLE, Migrator } from 'kysely/migration';
import type { Migration } from 'kysely/migration';
import { failure, success } from '../../protocol/outcome.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import type { Tables } from './schema.ts';

const first = `
create table roots (version integer primary key, envelope blob not null) strict;
create table policies (version integer primary key, envelope blob not null) strict;
create table primitive_sets (digest text primary key, primitives_json text not null) strict;
create table machines (
  id text primary key, identity_key blob not null, site text not null, enrolled_at_ms integer not null, seen_at_ms integer not null,
  facts_json text not null, primitives_digest text references primitive_sets (digest), policy_version integer not null, quarantined integer not null
) strict;
create table live_keys (agent_id text primary key references machines (id), key_id text not null unique, secret blob not null, number integer not null) strict;
create table retired_keys (key_id text primary key, agent_id text not null references machines (id), number integer not null) strict;
create index retired_keys_by_agent on retired_keys (agent_id, number);
create table enrolments (
  id text primary key, key_id text not null unique, secret blob not null, site text not null, not_after_ms integer not null, uses_left integer not null
) strict;
create table directives (
  seq integer primary key autoincrement, id text not null unique, envelope blob not null, person_id text not null, person_name text not null,
  submitted_at_ms integer not null, give_up_at_ms integer not null, cancel_envelope blob
) strict;
create table targets (
  directive_seq integer not null references directives (seq), agent_id text not null references machines (id), place integer not null, nonce text, proof blob not null,
  state text not null, changed_at_ms integer not null, report blob, primary key (directive_seq, agent_id)
) strict, without rowid;
create index targets_by_agent on targets (agent_id, directive_seq);
create index targets_open on targets (agent_id, directive_seq) where report is null and state in ('waiting', 'sent');
create index targets_waiting on targets (directive_seq) where state = 'waiting';
create table outputs (
  directive_id text not null, agent_id text not null, channel integer not null, offset integer not null, bytes blob not null,
  primary key (directive_id, agent_id, channel, offset)
) strict, without rowid;
create table users (person_id text primary key, name text not null, name_key text not null unique, password text not null) strict;
create table sign_ins (
  digest blob primary key, person_id text not null, key_id text, address text not null, made_at_ms integer not null, used_at_ms integer not null
) strict, without rowid;
create index sign_ins_by_person on sign_ins (person_id, address);
create table invitations (id text primary key, access_digest text not null, not_after_ms integer not null, used integer not null) strict;
create table key_requests (
  id text primary key, invitation_id text not null, person_id text not null, name text not null, public_key text not null, proof text not null,
  requested_at_ms integer not null
) strict;
create table audit_log (seq integer primary key, at_ms integer not null, kind text not null, data text not null, previous blob not null, hash blob not null) strict;
`;

const resync = `
create table resyncs (
  id text primary key, envelope blob not null, not_after_ms integer not null, uses_left integer not null
) strict;
create table resync_uses (
  resync_id text not null references resyncs (id), agent_id text not null references machines (id), copy text not null, used_at_ms integer not null,
  primary key (resync_id, agent_id)
) strict, without rowid;
create table stray_copies (
  agent_id text not null references machines (id), copy text not null, shown text not null, remote_address text not null, first_at_ms integer not null, last_at_ms integer not null,
  judged integer not null, primary key (agent_id, copy)
) strict, without rowid;
alter table retired_keys add column judged integer not null default 0;
`;

const contact = `
alter table machines add column root_version integer not null default 0;
alter table machines add column contact_json text;
alter table machines add column reached_json text;
create table contact_settings (
  scope text primary key, version integer not null, envelope blob not null, person_id text not null, person_name text not null, set_at_ms integer not null
) strict, without rowid;
`;

const audits = `
create table audits (
  agent_id text not null references machines (id), directive_id text not null, at_ms integer not null, digest text not null, sections_json text not null,
  primary key (agent_id, directive_id)
) strict, without rowid;
create index audits_by_time on audits (agent_id, at_ms);
create table audit_sections (agent_id text not null references machines (id), digest text not null, rows_json text not null, primary key (agent_id, digest)) strict;
`;

const rollout = `
alter table directives add column target_count integer not null default 0;
update directives set target_count = (select count(*) from targets where directive_seq = seq);
alter table directives add column wave_size integer;
alter table directives add column stop_after integer;
alter table directives add column released integer;
create index targets_by_state on targets (directive_seq, state, place);
create index targets_by_place on targets (directive_seq, place)
`;

const firings = `
alter table directives add column is_standing integer not null default 0;
create index directives_standing on directives (seq) where is_standing = 1;
create table firings (
  directive_seq integer not null references directives (seq), agent_id text not null, at integer not null, state text not null, received_at_ms integer not null, report blob not null,
  primary key (directive_seq, agent_id, at)
) strict, without rowid
`;

/** A standing directive brings many audits of one machine. */
const standingAudits = `
create table audits_by_firing (
  agent_id text not null references machines (id), directive_id text not null, firing_at integer not null, at_ms integer not null, digest text not null, sections_json text not null,
  primary key (agent_id, directive_id, firing_at)
) strict, without rowid;
insert into audits_by_firing select agent_id, directive_id, 0, at_ms, digest, sections_json from audits;
drop table audits;
alter table audits_by_firing rename to audits;
create index audits_by_time on audits (agent_id, at_ms)
`;

/** In the order of their names. */
const migrations: Readonly<Record<string, Migration>> = {
  '1-first': { up: (database: Kysely<Tables>) => runScript(database, first) },
  '2-resync': { up: (database: Kysely<Tables>) => runScript(database, resync) },
  '3-contact': { up: (database: Kysely<Tables>) => runScript(database, contact) },
  '4-audits': { up: (database: Kysely<Tables>) => runScript(database, audits) },
  '5-rollout': { up: (database: Kysely<Tables>) => runScript(database, rollout) },
  '6-firings': { up: (database: Kysely<Tables>) => runScript(database, firings) },
  '7-standing-audits': { up: (database: Kysely<Tables>) => runScript(database, standingAudits) },
};

/** Brings the tables up to date, all steps in one transaction. `store-too-new` if it knows a step that this program does not; throws what the database throws. */
export async function migrate(database: Kysely<Tables>): Promise<Outcome<void>> {
  const unknown = (await doneSteps(database)).find((name) => !Object.hasOwn(migrations, name));
  if (unknown !== undefined) return failure('store-too-new', `it has been through step ${unknown}`);
  const migrator = new Migrator({ db: database, provider: { getMigrations: async () => ({ ...migrations }) } });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw error;
  return success(undefined);
}

async function doneSteps(database: Kysely<Tables>): Promise<string[]> {
  const table = await sql`select name from sqlite_schema where name = ${DEFAULT_MIGRATION_TABLE}`.execute(database);
  if (table.rows.length === 0) return [];
  const { rows } = await sql<{ name: string }>`select name from ${sql.table(DEFAULT_MIGRATION_TABLE)}`.execute(database);
  return rows.map(({ name }) => name);
}

async function runScript(database: Kysely<Tables>, script: string): Promise<void> {
  for (const statement of script.split(';')) {
    if (statement.trim() !== '') await sql.raw(statement).execute(database);
  }
}
