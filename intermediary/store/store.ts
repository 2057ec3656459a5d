/**
 * The store: everything the intermediary must not forget, in one SQLite database (Kysely over node:sqlite). Reads see
 * only what is committed; every change goes through one queue whose answers come after the commit reached the disk.
 * One file a table family: machines, keys, directives, output, people, statements.
 */
import { DatabaseSync } from 'node:sqlite';
import { Kysely } from 'kysely';
import { WalSync } from '../../disk/wal-sync.ts';
import { success } from '../../protocol/outcome.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import { migrate } from './migrations.ts';
import type { Tables } from './schema.ts';
import { sqliteDialect } from './sqlite-dialect.ts';
import { storeFailure } from './store-failure.ts';
import { WriteQueue } from './write-queue.ts';
import type { Work } from './write-queue.ts';

export type Store = {
  /** Committed rows only; a running transaction is not seen. */
  readonly read: Kysely<Tables>;
  /** Runs `work` in a transaction shared with whatever else arrived in this tick. Answers when it is on the disk; `seen` is called once readers see it. */
  write<T>(work: Work<T>, seen?: (value: T) => void): Promise<Outcome<T>>;
  /** Whether the database answers; `store-unavailable` or `store-damaged` otherwise. */
  check(): Promise<Outcome<void>>;
  /** Waits for what is queued, then closes. */
  close(): Promise<void>;
};

/** WAL keeps readers apart from the writer; commits wait for the disk in the write queue, not in the event loop. */
const settings = 'pragma journal_mode = wal; pragma synchronous = normal; pragma foreign_keys = on; pragma busy_timeout = 2000;';

/** Opens or makes the database at `path` and brings its tables up to date. Fails with `store-damaged`, `store-too-new` or `data-unwritable`. */
export async function openStore(path: string): Promise<Outcome<Store>> {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path);
    database.exec(settings);
    const sound = database.prepare('pragma quick_check(1)').get();
    if (sound?.['quick_check'] !== 'ok') throw new Error(`integrity check: ${String(sound?.['quick_check'])}`);
    const writer = new Kysely<Tables>({ dialect: sqliteDialect(database) });
    const migrated = await migrate(writer);
    if (!migrated.ok) await writer.destroy();
    if (!migrated.ok) return migrated;
    const reader = new Kysely<Tables>({ dialect: sqliteDialect(new DatabaseSync(path, { readOnly: true })) });
    return success(makeStore(writer, reader, new WalSync(path)));
  } catch (error) {
    closeQuietly(database);
    return storeFailure(error, 'store-damaged');
  }
}

function makeStore(writer: Kysely<Tables>, reader: Kysely<Tables>, wal: WalSync): Store {
  const queue = new WriteQueue(writer, wal);
  return {
    read: reader,
    write: (work, seen) => queue.write(work, seen),
    async check() {
      try {
        await reader.selectFrom('machines').select('id').limit(1).execute();
        return success(undefined);
      } catch (error) {
        return storeFailure(error, 'store-unavailable');
      }
    },
    async close() {
      await queue.close();
      wal.close();
      await reader.destroy();
      await writer.destroy();
    },
  };
}

function closeQuietly(database: DatabaseSync | undefined): void {
  if (database?.isOpen === true) database.close();
}
