/**
 * Ledger and journal: which directives this machine has decided on, how far each has come, and its one report. An entry
 * is written before anything starts and stays until no copy of the directive could be valid any more.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { limits } from '../../protocol/limits.ts';
import { failure } from '../../protocol/outcome.ts';
import type { Failure } from '../../protocol/outcome.ts';
import { blob, integer, text } from './columns.ts';
import type { Row } from './columns.ts';
import type { Marks } from './marks.ts';
import type { SignedReport } from './reports.ts';

const graceSeconds = limits.ledgerGraceMs / 1000;
const pageRows = 100;

export type EntryState = 'accepted' | 'started' | 'reported';

export type Entry = {
  readonly id: string;
  readonly digest: Uint8Array;
  readonly state: EntryState;
  /** Seconds since 1970: after it no copy of a queued one can be valid, and none that was accepted is begun. */
  readonly expiresAt: number;
  readonly startedAtMs?: number;
  /** Of a firing: of which standing directive, and when by its schedule, seconds since 1970. */
  readonly firing?: FiringOf;
  /** Until it is reported: what was accepted, and from whom. */
  readonly accepted?: { readonly payload: Uint8Array; readonly keyId: string; readonly personId: string };
  /** From then on. */
  readonly report?: { readonly payload: Uint8Array; readonly signature: Uint8Array };
};

export type FiringOf = { readonly standingId: string; readonly at: number };

/** A new entry. `nonce` belongs to an interactive directive: while it is good, a copy could be. */
export type NewEntry = { readonly id: string; readonly digest: Uint8Array; readonly expiresAt: number; readonly nonce?: string; readonly firing?: FiringOf };

/** Every method that changes something is called inside a transaction. */
export class Ledger {
  readonly #marks: Marks;
  readonly #sql: Statements;
  /** Beside the database, since both are asked for at every directive: entries whose signature held, and others; and those unfinished. */
  #counts = { authentic: 0, other: 0, unfinished: 0 };

  constructor(db: DatabaseSync, marks: Marks) {
    this.#marks = marks;
    this.#sql = statements(db);
    this.reload();
  }

  /** Reads again what is remembered beside the database. */
  reload(): void {
    const row = this.#sql.count.get();
    this.#counts = { authentic: integer(row, 'authentic'), other: integer(row, 'other'), unfinished: integer(row, 'unfinished') };
  }

  /** Why not one more directive may be accepted, if so. */
  room(): Failure | undefined {
    if (this.#counts.unfinished >= limits.maxAcceptedDirectives) return failure('overloaded', `${this.#counts.unfinished} are accepted and unfinished`);
    if (this.#counts.authentic >= limits.maxLedgerEntries) return failure('ledger-full', `${this.#counts.authentic} are remembered`);
    return undefined;
  }

  /** The entry of exactly this directive. */
  find(id: string, digest: Uint8Array): Entry | undefined {
    const row = this.#sql.find.get(id, digest);
    return row === undefined ? undefined : entryOf(row);
  }

  /** Whether the id is taken by other bytes. */
  knowsOther(id: string, digest: Uint8Array): boolean {
    return this.#sql.other.get(id, digest) !== undefined;
  }

  /** The directive that was accepted under this id. */
  accepted(id: string): Entry | undefined {
    const row = this.#sql.accepted.get(id);
    return row === undefined ? undefined : entryOf(row);
  }

  /** Takes a directive in; `startedAtMs` when it starts with that. */
  accept(entry: NewEntry, source: { payload: Uint8Array; keyId: string; personId: string }, startedAtMs?: number): void {
    const state: EntryState = startedAtMs === undefined ? 'accepted' : 'started';
    this.#sql.accept.run(entry.id, entry.digest, state, entry.expiresAt, entry.nonce ?? null, source.payload, source.keyId, source.personId, startedAtMs ?? null, entry.firing?.standingId ?? null, entry.firing?.at ?? null);
    this.#counts.authentic += 1;
    this.#counts.unfinished += 1;
  }

  /** Whether a refusal may still be kept. `authentic`: it was signed by whom it says. */
  roomForRefusal(authentic: boolean): boolean {
    const { authentic: kept, other } = this.#counts;
    return authentic ? kept < limits.maxLedgerEntries + limits.maxLedgerRefusals : other < limits.maxLedgerRefusals;
  }

  /** Keeps a refusal with its report, so that the same bytes are never accepted after all. */
  refuse(entry: NewEntry, report: SignedReport, authentic: boolean): void {
    this.#sql.refuse.run(entry.id, entry.digest, authentic ? 1 : 0, entry.expiresAt, report.counter, report.payload, report.signature);
    if (authentic) this.#counts.authentic += 1;
    else this.#counts.other += 1;
  }

  /** False if it was started before, or is not known: then it must not start. */
  start(id: string, atMs: number): boolean {
    return this.#sql.start.run(atMs, id).changes === 1;
  }

  /** Ends an unfinished entry with its report. */
  finish(id: string, report: SignedReport): void {
    const { changes } = this.#sql.finish.run(report.counter, report.payload, report.signature, id);
    this.#counts.unfinished -= Number(changes);
  }

  /** Accepted or started, and not reported: in the order they came. */
  unfinished(): Entry[] {
    return this.#sql.unfinished.all().map(entryOf);
  }

  /** Reports that the intermediary has not said it has, in the order they were signed. Read page by page. */
  *unsent(): Generator<Required<Pick<Entry, 'id' | 'report'>>> {
    for (let after = 0; ; ) {
      const rows = this.#sql.unsent.all(after, pageRows);
      for (const row of rows) yield { id: text(row, 'id'), report: reportOf(row) };
      if (rows.length < pageRows) return;
      after = integer(rows.at(-1), 'counter');
    }
  }

  /** Reports of firings of this standing directive that wait. */
  firingsUnsent(standingId: string): number {
    return integer(this.#sql.firingsUnsent.get(standingId), 'count');
  }

  /** Forgets a firing that ran and gets no report; that it was decided, its standing directive remembers. */
  drop(id: string): void {
    const { changes } = this.#sql.drop.run(id);
    this.#counts.unfinished -= Number(changes);
    this.#counts.authentic -= Number(changes);
  }

  /** The intermediary has it: it need not be sent again by itself. */
  acknowledge(id: string): void {
    this.#sql.acknowledge.run(id);
  }

  /**
   * Forgets what was acknowledged and cannot be valid any more: queued ones that lapsed before `wall` (seconds since 1970) by
   * more than the grace, interactive ones whose nonce is none of `nonces`, those that are good now. No clock is asked for
   * these: a nonce never comes back. How far the others went is remembered, since the clock may be put back afterwards.
   */
  prune(wall: number, nonces: readonly string[]): void {
    const [present = '', previous = ''] = nonces;
    const lapsed = this.#sql.pruneQueued.all(wall - graceSeconds);
    for (const row of lapsed) this.#marks.forgot(integer(row, 'expires_at'));
    for (const row of [...lapsed, ...this.#sql.pruneInteractive.all(present, previous)]) {
      if (integer(row, 'authentic') === 1) this.#counts.authentic -= 1;
      else this.#counts.other -= 1;
    }
  }
}

type Statements = ReturnType<typeof statements>;

const insert = 'INSERT INTO directives (id, digest, authentic, state, expires_at';

function statements(db: DatabaseSync) {
  return {
    count: db.prepare("SELECT coalesce(sum(authentic), 0) AS authentic, coalesce(sum(1 - authentic), 0) AS other, coalesce(sum(state <> 'reported'), 0) AS unfinished FROM directives"),
    find: db.prepare('SELECT * FROM directives WHERE id = ? AND digest = ?'),
    other: db.prepare('SELECT 1 FROM directives WHERE id = ? AND digest <> ? AND authentic = 1'),
    accepted: db.prepare('SELECT * FROM directives WHERE id = ? AND key_id IS NOT NULL'),
    accept: db.prepare(`${insert}, nonce, payload, key_id, person_id, started_at_ms, standing_id, firing_at) VALUES (?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?)`),
    refuse: db.prepare(`${insert}, counter, report, signature) VALUES (?, ?, ?, 'reported', ?, ?, ?, ?)`),
    start: db.prepare("UPDATE directives SET state = 'started', started_at_ms = ? WHERE id = ? AND state = 'accepted'"),
    finish: db.prepare("UPDATE directives SET state = 'reported', payload = NULL, counter = ?, report = ?, signature = ? WHERE id = ? AND state <> 'reported'"),
    unfinished: db.prepare("SELECT * FROM directives WHERE state <> 'reported' ORDER BY rowid"),
    unsent: db.prepare("SELECT id, counter, report, signature FROM directives WHERE state = 'reported' AND acknowledged = 0 AND counter > ? ORDER BY counter LIMIT ?"),
    firingsUnsent: db.prepare("SELECT count(*) AS count FROM directives WHERE standing_id = ? AND state = 'reported' AND acknowledged = 0"),
    drop: db.prepare("DELETE FROM directives WHERE id = ? AND standing_id IS NOT NULL AND state <> 'reported'"),
    acknowledge: db.prepare("UPDATE directives SET acknowledged = 1 WHERE id = ? AND state = 'reported'"),
    pruneQueued: db.prepare("DELETE FROM directives WHERE expires_at < ? AND nonce IS NULL AND state = 'reported' AND acknowledged = 1 RETURNING authentic, expires_at"),
    pruneInteractive: db.prepare("DELETE FROM directives WHERE nonce NOT IN (?, ?) AND state = 'reported' AND acknowledged = 1 RETURNING authentic"),
  } satisfies Record<string, StatementSync>;
}

function entryOf(row: Row): Entry {
  const entry = { id: text(row, 'id'), digest: blob(row, 'digest'), state: stateOf(row), expiresAt: integer(row, 'expires_at') };
  const started = {
    ...(row['started_at_ms'] === null ? {} : { startedAtMs: integer(row, 'started_at_ms') }),
    ...(row['standing_id'] === null ? {} : { firing: { standingId: text(row, 'standing_id'), at: integer(row, 'firing_at') } }),
  };
  if (entry.state === 'reported') return { ...entry, ...started, report: reportOf(row) };
  return { ...entry, ...started, accepted: { payload: blob(row, 'payload'), keyId: text(row, 'key_id'), personId: text(row, 'person_id') } };
}

function stateOf(row: Row): EntryState {
  const state = text(row, 'state');
  return state === 'accepted' || state === 'started' ? state : 'reported';
}

function reportOf(row: Row): { payload: Uint8Array; signature: Uint8Array } {
  return { payload: blob(row, 'report'), signature: blob(row, 'signature') };
}
