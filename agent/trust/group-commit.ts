/**
 * One transaction, and one wait for the disk, for everything that comes in the same turn of the event loop. A deed
 * is done at once, so the next one sees it; nobody is told of success before COMMIT has returned.
 */
import type { DatabaseSync } from 'node:sqlite';
import { success } from '../../protocol/outcome.ts';
import type { Failure, Outcome } from '../../protocol/outcome.ts';
import { storeFailure } from './store-failure.ts';

type Group = { readonly done: Promise<Failure | undefined>; readonly settle: (failed: Failure | undefined) => void };

export class GroupCommit {
  readonly #db: DatabaseSync;
  readonly #undone: (() => void)[] = [];
  #group: Group | undefined;

  constructor(db: DatabaseSync) {
    this.#db = db;
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

  /** Resolves when everything done so far is durable, or with why it is not. */
  async settled(): Promise<Outcome<void>> {
    const failed = await this.#group?.done;
    return failed ?? success(undefined);
  }

  /** Does `deed` by itself, durable when it returns. What waited is committed first. */
  writeNow<T>(deed: () => T): Outcome<T> {
    this.#commit();
    try {
      this.#db.exec('BEGIN');
      const value = deed();
      this.#db.exec('COMMIT');
      return success(value);
    } catch (error) {
      return this.#undo(error);
    }
  }

  /** Commits what waits and takes nothing more. */
  close(): void {
    this.#commit();
  }

  #begin(): Outcome<Group> {
    if (this.#group !== undefined) return success(this.#group);
    try {
      this.#db.exec('BEGIN');
    } catch (error) {
      return storeFailure(error);
    }
    const { promise: done, resolve: settle } = Promise.withResolvers<Failure | undefined>();
    const group = { done, settle };
    this.#group = group;
    setImmediate(() => {
      if (this.#group === group) this.#commit();
    });
    return success(group);
  }

  #commit(): void {
    const group = this.#group;
    if (group === undefined) return;
    try {
      this.#db.exec('COMMIT');
      this.#group = undefined;
      group.settle(undefined);
    } catch (error) {
      this.#undo(error);
    }
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
