/**
 * Everything the agent must not forget, in one SQLite database: DIR/agent.db. Opened by one process at a time; the lock
 * is the operating system's, so a killed process leaves none behind.
 */
import { chmodSync, closeSync, existsSync, openSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { makePrivateFolder } from '../../disk/private-folder.ts';
import { WalSync } from '../../disk/wal-sync.ts';
import { failure, success } from '../../protocol/outcome.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import { text } from './columns.ts';
import { GroupCommit } from './group-commit.ts';
import { storeFailure } from './store-failure.ts';
import { migrate } from './tables.ts';

export type AgentState = {
  readonly db: DatabaseSync;
  readonly group: GroupCommit;
  /** Commits what waits and gives the folder free. */
  close(): void;
};

/**
 * Opens or makes the database at `path`; the folder becomes 0700, the file 0600 (disk/private-folder.ts for Windows). Fails with `data-locked`,
 * `data-unwritable`, `store-damaged`, `store-too-new` (all of which leave the file as it is) or `disk-full`; what did not
 * exist before a failure does not exist after it.
 */
export function openState(path: string): Outcome<AgentState> {
  let db: DatabaseSync | undefined;
  let isNew = false;
  try {
    isNew = makePrivate(path);
    db = new DatabaseSync(path);
    const ready = prepare(db);
    if (ready.ok) return success(stateOf(db, new WalSync(path)));
    db.close();
    return ready;
  } catch (error) {
    if (db?.isOpen === true) db.close();
    const failed = storeFailure(error);
    if (isNew && failed.code !== 'data-locked') removeDatabase(path);
    return failed;
  }
}

/** True when the file did not exist before. */
function makePrivate(path: string): boolean {
  const folder = dirname(path);
  makePrivateFolder(folder);
  const isNew = !existsSync(path);
  if (isNew) closeSync(openSync(path, 'wx', 0o600));
  chmodSync(path, 0o600);
  return isNew;
}

/** Exclusive before the first look at the file: WAL then needs no shared memory, and a second process finds it locked. */
function prepare(db: DatabaseSync): Outcome<void> {
  db.exec('PRAGMA locking_mode = EXCLUSIVE');
  db.exec('PRAGMA journal_mode = WAL');
  // commits wait for the disk where something is promised: group-commit.ts
  db.exec('PRAGMA synchronous = NORMAL');
  db.exec('PRAGMA foreign_keys = ON');
  db.exec('PRAGMA secure_delete = ON');
  const verdict = text(db.prepare('PRAGMA quick_check(1)').get(), 'quick_check');
  return verdict === 'ok' ? migrate(db) : failure('store-damaged', verdict);
}

function stateOf(db: DatabaseSync, wal: WalSync): AgentState {
  const group = new GroupCommit(db, wal);
  return {
    db,
    group,
    close: () => {
      group.close();
      wal.close();
      db.close();
    },
  };
}

/** Moves the write-ahead log into the database and cuts it off, so that what was deleted (an old secret) stands in neither. */
export function emptyLog(db: DatabaseSync): Outcome<void> {
  try {
    db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    return success(undefined);
  } catch (error) {
    return storeFailure(error);
  }
}

function removeDatabase(path: string): void {
  for (const file of [path, `${path}-wal`, `${path}-journal`]) rmSync(file, { force: true });
}
