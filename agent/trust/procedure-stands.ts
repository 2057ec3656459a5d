/**
 * Where each procedure under way stands: written before each of its deeds, gone with its report.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Walk } from '../../protocol/procedure/stand.ts';
import { text } from './columns.ts';

/** What a run must know to be taken up again; the rest is in its directive. */
export type Stand = { readonly variables: Readonly<Record<string, string>>; readonly walk: Walk };

/** Every method that changes something is called inside a transaction. */
export class ProcedureStands {
  readonly #sql: Statements;

  constructor(db: DatabaseSync) {
    this.#sql = statements(db);
  }

  read(directiveId: string): Stand | undefined {
    const row = this.#sql.read.get(directiveId);
    if (row === undefined) return undefined;
    const steps = this.#sql.records.all(directiveId).map((record): [string, unknown] => [text(record, 'step'), JSON.parse(text(record, 'record'))]);
    // what was written here is what is read
    return { variables: JSON.parse(text(row, 'variables')), walk: { ...JSON.parse(text(row, 'walk')), steps: Object.fromEntries(steps) } };
  }

  /** Writes what differs from `before`, which was written last. */
  write(directiveId: string, { variables, walk }: Stand, before: Walk | undefined): void {
    const { steps, ...rest } = walk;
    if (before === undefined) this.#sql.begin.run(directiveId, JSON.stringify(variables), JSON.stringify(rest));
    else this.#sql.move.run(JSON.stringify(rest), directiveId);
    for (const [name, record] of Object.entries(steps)) {
      if (before === undefined || !Object.hasOwn(before.steps, name) || before.steps[name] !== record) this.#sql.note.run(directiveId, name, JSON.stringify(record));
    }
  }

  forget(directiveId: string): void {
    this.#sql.forget.run(directiveId);
  }
}

type Statements = ReturnType<typeof statements>;

function statements(db: DatabaseSync) {
  return {
    read: db.prepare('SELECT variables, walk FROM procedures WHERE directive_id = ?'),
    records: db.prepare('SELECT step, record FROM procedure_steps WHERE directive_id = ?'),
    begin: db.prepare('INSERT INTO procedures (directive_id, variables, walk) VALUES (?, ?, ?)'),
    move: db.prepare('UPDATE procedures SET walk = ? WHERE directive_id = ?'),
    note: db.prepare('INSERT INTO procedure_steps (directive_id, step, record) VALUES (?, ?, ?) ON CONFLICT (directive_id, step) DO UPDATE SET record = excluded.record'),
    forget: db.prepare('DELETE FROM procedures WHERE directive_id = ?'),
  } satisfies Record<string, StatementSync>;
}
