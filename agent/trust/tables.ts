/**
 * The tables of agent.db, as numbered steps. A step that has been released is never changed; the next one is added.
 */
import type { DatabaseSync } from 'node:sqlite';
import { failure, success } from '../../protocol/outcome.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import { integer } from './columns.ts';

const steps: readonly string[] = [
  `
  -- Ed25519 seed of this machine
  CREATE TABLE identity (one INTEGER PRIMARY KEY CHECK (one = 1), seed BLOB NOT NULL CHECK (length(seed) = 32)) STRICT;

  -- rolling secrets of the channel, newest first
  CREATE TABLE chains (position INTEGER PRIMARY KEY, secret BLOB NOT NULL, number INTEGER NOT NULL) STRICT;

  -- the enrolment string this machine came with, less its secret
  CREATE TABLE enrolment (one INTEGER PRIMARY KEY CHECK (one = 1), form TEXT NOT NULL) STRICT;

  -- every root since the first: digest of its payload, envelope as DSSE JSON
  CREATE TABLE roots (version INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, envelope TEXT NOT NULL) STRICT;
  CREATE TABLE policy (one INTEGER PRIMARY KEY CHECK (one = 1), envelope TEXT NOT NULL) STRICT;

  -- max_seen: latest time in anything signed and verified; forgotten_until: queued directives up to here may have been
  -- pruned from the ledger (both seconds since 1970); counter and last_report: end of the chain of reports
  CREATE TABLE marks (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    max_seen INTEGER NOT NULL, forgotten_until INTEGER NOT NULL,
    counter INTEGER NOT NULL, last_report BLOB NOT NULL
  ) STRICT;
  INSERT INTO marks VALUES (1, 0, 0, 0, x'');

  -- ledger and journal in one. authentic: its signature held, so its id is taken; else only these very bytes are settled.
  -- nonce: of an interactive one. payload: until it is reported. counter, report and signature: its report.
  CREATE TABLE directives (
    id TEXT NOT NULL, digest BLOB NOT NULL, authentic INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('accepted', 'started', 'reported')),
    expires_at INTEGER NOT NULL, nonce TEXT,
    payload BLOB, key_id TEXT, person_id TEXT,
    started_at_ms INTEGER,
    counter INTEGER, report BLOB, signature BLOB, acknowledged INTEGER NOT NULL DEFAULT 0,
    UNIQUE (id, digest)
  ) STRICT;
  CREATE INDEX directives_unfinished ON directives (id) WHERE state <> 'reported';
  CREATE INDEX directives_unsent ON directives (counter) WHERE state = 'reported' AND acknowledged = 0;
  CREATE INDEX directives_expiry ON directives (expires_at);
  `,
  `
  -- the chain that this copy of the machine offers to begin anew with, from its first refusal until owners let it
  CREATE TABLE offer (one INTEGER PRIMARY KEY CHECK (one = 1), secret BLOB NOT NULL CHECK (length(secret) = 32), number INTEGER NOT NULL) STRICT;

  -- when the last resync that this machine came back by was issued (seconds since 1970): each serves once
  ALTER TABLE marks ADD COLUMN resynced_at INTEGER NOT NULL DEFAULT 0;
  `,
  `
  -- newest signed contact settings of each scope that covers this machine, as DSSE JSON
  CREATE TABLE contact (scope TEXT PRIMARY KEY CHECK (scope IN ('everywhere', 'site', 'agent')), envelope TEXT NOT NULL) STRICT;
  `,
  `
  -- a firing of a standing directive is an entry of its own: of which directive, and its time by the schedule (seconds since 1970)
  ALTER TABLE directives ADD COLUMN standing_id TEXT;
  ALTER TABLE directives ADD COLUMN firing_at INTEGER;
  CREATE INDEX directives_firings ON directives (standing_id) WHERE standing_id IS NOT NULL;

  -- standing directives, as DSSE JSON: each firing is judged anew. through: every firing up to here is decided (seconds since
  -- 1970). missed, uncounted and unsuccessful: since the last report of a firing
  CREATE TABLE standing (
    id TEXT PRIMARY KEY, digest BLOB NOT NULL, envelope TEXT NOT NULL, through INTEGER NOT NULL,
    missed INTEGER NOT NULL DEFAULT 0, uncounted INTEGER NOT NULL DEFAULT 0, unsuccessful INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  `,
  `
  -- procedures under way: the values of their variables, and the way as JSON, less what is known of its steps
  CREATE TABLE procedures (directive_id TEXT PRIMARY KEY, variables TEXT NOT NULL, walk TEXT NOT NULL) STRICT;
  CREATE TABLE procedure_steps (
    directive_id TEXT NOT NULL REFERENCES procedures ON DELETE CASCADE, step TEXT NOT NULL, record TEXT NOT NULL,
    PRIMARY KEY (directive_id, step)
  ) STRICT;
  `,
];

/** Brings the tables up to the present step, all or nothing. Fails with `store-too-new`; throws what SQLite throws. */
export function migrate(db: DatabaseSync): Outcome<void> {
  const at = integer(db.prepare('PRAGMA user_version').get(), 'user_version');
  if (at > steps.length) return failure('store-too-new', `the database is at step ${at}, this program knows ${steps.length}`);
  db.exec('BEGIN IMMEDIATE');
  for (const step of steps.slice(at)) db.exec(step);
  db.exec(`PRAGMA user_version = ${steps.length}`);
  db.exec('COMMIT');
  return success(undefined);
}
