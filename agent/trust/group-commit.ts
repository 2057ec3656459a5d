/**
 * One transaction, and one wait for the disk, for everything that comes in the same turn of the event loop. A deed
 * is done at once, so the next one sees it; nobody is told of success before the disk has it.
 */
import type { DatabaseSync } from 'node:sqlite';
import type { WalSync } from '../../disk/wal-sync.ts';
import { success } from '../../protocol/outcome.ts';
import type { Failure, Outcome } from '../../protocol/outcome.ts';
import { storeFailure } from './store-failure.ts';

type Group = { readonly done: Promise<Failure | undefined>; readonly settle: (failed: Failure | undefined) => void };

export class GroupCommit {
  readonly #db: DatabaseSync;
  readonly #wal: WalSync;
  readonly #undone: (() => void)[] = [];
  #group: Group | undefined;
  /** The newest group, as long as the disk may not have it. */
  #last: Group | undefined;
  #later: (() => void)[] = [];
  /** The disk failed to say that it has what was committed: nothing can be promised any more until the next start. */
  #broken: Failure | undefined;

  /** `wal` is that of `db`, which commits without waiting for it. */
  constructor(db: DatabaseSync, wal: WalSync) {
    this.#db = db;
    this.#wal = wal;
  }

  /** Calls `task` whenever a group was rolled back, so that what was remembered beside the database is read again. */
  onRolledBack(task: () => void): void {
    this.#undone.push(task);
  }

  /** Does `deed` now; resolves when it is durable, or with why it is not: then nothing of the group has happened. */
  async write<T>(deed: () => T): Promise<Outcome<T>> {
    const began = this.#begin();
    if (!began.ok) return began;
    const group = began.value;
    try {
      const value = deed();
      const failed = await group.done;
      return failed ?? success(value);
    } catch (error) {
      return this.#undo(error);
    }
  }

  /** Does `deed` with the next group, or at the end. A crash before that loses it: it must be one that would come again. */
  writeLater(deed: () => void): void {
    this.#later.push(deed);
  }

  /** Resolves when everything done so far is durable, or with why it is not. */
  async settled(): Promise<Outcome<void>> {
    const failed = await (this.#group ?? this.#last)?.done;
    return failed ?? success(undefined);
  }

  /** Does `deed` by itself, durable when it returns. What waited is committed first. */
  writeNow<T>(deed: () => T): Outcome<T> {
    if (this.#broken !== undefined) return this.#broken;
    this.#commit();
    try {
      this.#db.exec('BEGIN');
      this.#doLater();
      const value = deed();
      this.#db.exec('COMMIT');
      this.#wal.flushNow();
      return success(value);
    } catch (error) {
      return this.#undo(error);
    }
  }

  /** Commits what waits and takes nothing more. */
  close(): void {
    if (this.#later.length > 0) this.writeNow(() => undefined);
    else this.#commit();
  }

  #begin(): Outcome<Group> {
    if (this.#broken !== undefined) return this.#broken;
    if (this.#group !== undefined) return success(this.#group);
    try {
      this.#db.exec('BEGIN');
      this.#doLater();
    } catch (error) {
      return this.#undo(error);
    }
    const { promise: done, resolve: settle } = Promise.withResolvers<Failure | undefined>();
    const group = { done, settle };
    this.#group = group;
    setImmediate(() => {
      if (this.#group === group) this.#commit();
    });
    return success(group);
  }

  #doLater(): void {
    for (const deed of this.#later.splice(0)) deed();
  }

  #commit(): void {
    const group = this.#group;
    if (group === undefined) return;
    try {
      this.#db.exec('COMMIT');
      this.#group = undefined;
      this.#last = group;
      this.#wal.flush().then(() => this.#settle(group, undefined), (error: unknown) => this.#settle(group, (this.#broken = storeFailure(error))));
    } catch (error) {
      this.#undo(error);
    }
  }

  #settle(group: Group, failed: Failure | undefined): void {
    if (this.#last === group) this.#last = undefined;
    group.settle(failed);
  }

  #undo(error: unknown): Failure {
    const failed = storeFailure(error);
    const group = this.#group;
    this.#group = undefined;
    if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
    for (const task of this.#undone) task();
    group?.settle(failed);
    return failed;
  }
}
