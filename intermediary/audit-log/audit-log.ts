/**
 * The audit log: who signed in or was refused, what was accepted and how it ended, what the owners changed. Entries are
 * hash-chained (protocol/audit-chain.ts) and stand in the same transaction as what they tell of.
 */
import { createHash } from 'node:crypto';
import type { Kysely } from 'kysely';
import { auditBytes, auditStart, followAuditChain } from '../../protocol/audit-chain.ts';
import type { AuditEntry, AuditHead } from '../../protocol/audit-chain.ts';
import { hex } from '../../protocol/bytes.ts';
import type { Clock } from '../../protocol/clock.ts';
import { limits } from '../../protocol/limits.ts';
import { success } from '../../protocol/outcome.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import { prepared } from '../store/prepared.ts';
import type { Tables } from '../store/schema.ts';
import type { Store } from '../store/store.ts';
import type { Tx } from '../store/write-queue.ts';

export type AuditKind =
  | 'sign-in' | 'sign-in-refused' | 'sign-out'
  | 'invitation-made' | 'invitation-accepted' | 'enrolment-made' | 'machine-enrolled'
  | 'root-changed' | 'policy-changed' | 'statement-refused'
  | 'contact-changed' | 'contact-refused'
  | 'directive-accepted' | 'directive-refused' | 'cancel-accepted' | 'directive-given-up'
  | 'report-stored' | 'report-refused' | 'audit-left-out' | 'audit-taken-late'
  | 'handshake-failed' | 'machine-forked' | 'copy-refused' | 'resync-taken' | 'machine-resynced' | 'session-broken';

export class AuditLog {
  readonly #store: Store;
  readonly #clock: Clock;

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Adds an entry within the transaction of the deed. `data` becomes JSON: control characters are escaped by it. */
  async append(tx: Tx, kind: AuditKind, data: object): Promise<void> {
    const [last] = (await selectLast(tx, {})).rows;
    const previous = last?.hash ?? new Uint8Array(32);
    const entry = { seq: (last?.seq ?? 0) + 1, atMs: this.#clock.now(), kind, data: JSON.stringify(data) };
    const hash = createHash('sha256').update(auditBytes(previous, entry)).digest();
    await insertEntry(tx, { ...entry, previous, hash });
  }

  /** Adds an entry of something that changes nothing else, such as a refusal. */
  async note(kind: AuditKind, data: object): Promise<void> {
    await this.#store.write(async (tx) => success(await this.append(tx, kind, data)));
  }

  /** Entries after number `after`, in order. */
  async read(after: number, limit: number): Promise<AuditEntry[]> {
    return readEntries(this.#store.read, after, limit);
  }

  /** Follows the whole chain. `log-altered` names the first entry that does not fit. */
  async verify(): Promise<Outcome<AuditHead>> {
    let head = auditStart;
    for (;;) {
      const entries = await this.read(head.seq, limits.maxPage);
      if (entries.length === 0) return success(head);
      const followed = await followAuditChain(head, entries);
      if (!followed.ok) return followed;
      head = followed.value;
    }
  }
}

const selectLast = prepared((database) => database.selectFrom('audit_log').select(['seq', 'hash']).orderBy('seq', 'desc').limit(1));

type EntryRow = Omit<AuditEntry, 'previous' | 'hash'> & { readonly previous: Uint8Array; readonly hash: Uint8Array };

const insertEntry = prepared((database, given: EntryRow) =>
  database.insertInto('audit_log').values({ seq: given.seq, at_ms: given.atMs, kind: given.kind, data: given.data, previous: given.previous, hash: given.hash }),
);

async function readEntries(database: Kysely<Tables>, after: number, limit: number): Promise<AuditEntry[]> {
  const rows = await database.selectFrom('audit_log').selectAll().where('seq', '>', after).orderBy('seq').limit(limit).execute();
  return rows.map(({ at_ms: atMs, previous, hash, ...row }) => ({ ...row, atMs, previous: hex(previous), hash: hex(hash) }));
}
