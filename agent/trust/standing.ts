/**
 * The standing directives of this machine: kept as they were signed, since each firing is judged anew, with how far their
 * firings are decided. That mark only rises, so that nothing starts twice, whatever becomes of the clock.
 */
import type { DatabaseSync } from 'node:sqlite';
import type { Envelope } from '../../protocol/envelope.ts';
import { fromJson, toJson } from '../../protocol/statements/envelope-json.ts';
import type { Firing } from '../../protocol/statements/report.ts';
import { blob, integer, text } from './columns.ts';
import type { Row } from './columns.ts';

export type StandingEntry = {
  readonly id: string;
  readonly digest: Uint8Array;
  readonly envelope: Envelope;
  /** Every firing up to here is decided, seconds since 1970. */
  readonly through: number;
};

/** Every method that changes something is called inside a transaction. */
export class StandingBook {
  readonly #sql: ReturnType<typeof statements>;

  constructor(db: DatabaseSync) {
    this.#sql = statements(db);
  }

  get size(): number {
    return integer(this.#sql.count.get(), 'count');
  }

  all(): StandingEntry[] {
    return this.#sql.all.all().map(entryOf);
  }

  find(id: string): StandingEntry | undefined {
    const row = this.#sql.find.get(id);
    return row === undefined ? undefined : entryOf(row);
  }

  /** `through`: firings up to its acceptance are none of its own. */
  add({ id, digest, envelope, through }: StandingEntry): void {
    this.#sql.add.run(id, digest, toJson(envelope), through);
  }

  /** Decided up to here, with so many that never begin. False when it was decided before, or is not known. */
  decide(id: string, through: number, missed: number): boolean {
    return this.#sql.decide.run(through, missed, id, through).changes === 1;
  }

  /** One that ran gets no report of its own. */
  countOnly(id: string, isSuccess: boolean): void {
    this.#sql.countOnly.run(isSuccess ? 0 : 1, id);
  }

  /** What the report of a firing says beside its own end; from here on it is counted anew. */
  tell(id: string, at: number): Firing {
    const row = this.#sql.find.get(id);
    if (row === undefined) return { at, missed: 0 };
    this.#sql.told.run(id);
    const count = integer(row, 'uncounted');
    return { at, missed: integer(row, 'missed'), ...(count === 0 ? {} : { uncounted: { count, unsuccessful: integer(row, 'unsuccessful') } }) };
  }

  remove(id: string): void {
    this.#sql.remove.run(id);
  }
}

function statements(db: DatabaseSync) {
  return {
    count: db.prepare('SELECT count(*) AS count FROM standing'),
    all: db.prepare('SELECT * FROM standing ORDER BY rowid'),
    find: db.prepare('SELECT * FROM standing WHERE id = ?'),
    add: db.prepare('INSERT INTO standing (id, digest, envelope, through) VALUES (?, ?, ?, ?)'),
    decide: db.prepare('UPDATE standing SET through = ?, missed = missed + ? WHERE id = ? AND through < ?'),
    countOnly: db.prepare('UPDATE standing SET uncounted = uncounted + 1, unsuccessful = unsuccessful + ? WHERE id = ?'),
    told: db.prepare('UPDATE standing SET missed = 0, uncounted = 0, unsuccessful = 0 WHERE id = ?'),
    remove: db.prepare('DELETE FROM standing WHERE id = ?'),
  };
}

/** What was kept was in form; that it cannot be read again would be a bug. */
function entryOf(row: Row): StandingEntry {
  const envelope = fromJson(text(row, 'envelope'));
  if (!envelope.ok) throw new Error(`the standing directive ${text(row, 'id')} cannot be read`);
  return { id: text(row, 'id'), digest: blob(row, 'digest'), envelope: envelope.value, through: integer(row, 'through') };
}
