/**
 * Group commit. Writes that arrive within one tick share one transaction and one wait for the disk; each keeps its own
 * outcome, since it runs in a savepoint of its own where it is not alone. Order of arrival is order of execution, one at a time.
 */
import { CompiledQuery } from 'kysely';
import type { Kysely, Transaction } from 'kysely';
import type { WalSync } from '../../disk/wal-sync.ts';
import { failure } from '../../protocol/outcome.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import type { Tables } from './schema.ts';
import { isStoreFault, storeFailure } from './store-failure.ts';

export type Tx = Transaction<Tables>;

/** One change. A failed outcome (or a throw) undoes this change alone. It must wait for nothing but the transaction, and the turns of others. */
export type Work<T> = (tx: Tx) => Promise<Outcome<T>>;

type Job = {
  /** Does the work; whether it is to be kept. A fault of the store is thrown. */
  attempt(tx: Tx): Promise<'keep' | 'undo'>;
  /** Its transaction is committed, and the disk may not have it yet. */
  committed(): void;
  /** Tells whoever waits how it went. */
  tell(): void;
  lost(error: unknown): void;
};

/** Writes in one transaction; more wait for the next, so that the first are not held up by the last. */
const maxBatch = 256;

export class WriteQueue {
  readonly #database: Kysely<Tables>;
  readonly #wal: WalSync;
  #waiting: Job[] = [];
  #draining: Promise<void> | undefined;
  #closed = false;
  #lastSettled: Promise<void> | undefined;

  /** `wal` is that of `database`, which commits without waiting for it. */
  constructor(database: Kysely<Tables>, wal: WalSync) {
    this.#database = database;
    this.#wal = wal;
  }

  /**
   * Answers once the change is durable, or with what was wrong. Rejects only on a bug in `work`. `seen` is called a
   * little before, as soon as readers see the change: for news, which promise nothing.
   */
  write<T>(work: Work<T>, seen?: (value: T) => void): Promise<Outcome<T>> {
    if (this.#closed) return Promise.resolve(failure('stopping', 'the store is closing'));
    return new Promise((resolve, reject) => {
      this.#waiting.push(jobOf(work, { resolve, reject, seen }));
      this.#draining ??= this.#drain();
    });
  }

  /** Refuses further writes and waits for those that are queued. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#draining;
    await this.#lastSettled;
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      // The rest of this tick may bring more: they ride on the same fsync.
      await new Promise<void>((resolve) => setImmediate(resolve));
      await this.#commit(this.#waiting.splice(0, maxBatch));
    }
    this.#draining = undefined;
  }

  async #commit(jobs: readonly Job[]): Promise<void> {
    try {
      await this.#database.transaction().execute(async (tx) => {
        if (jobs.length > 1) for (const job of jobs) await inSavepoint(tx, job);
        else if ((await jobs[0]?.attempt(tx)) === 'undo') throw undone;
      });
    } catch (error) {
      for (const job of jobs) if (error === undone) job.tell();
      else job.lost(error);
      return;
    }
    for (const job of jobs) job.committed();
    // the next transaction need not wait for this one's way to the disk
    this.#lastSettled = this.#settle(jobs);
  }

  async #settle(jobs: readonly Job[]): Promise<void> {
    try {
      await this.#wal.flush();
      for (const job of jobs) job.tell();
    } catch (error) {
      // the disk failed to say that it has them: nothing can be promised any more until the next start
      this.#closed = true;
      for (const job of jobs) job.lost(error);
    }
  }
}

/** Thrown to have the transaction of a single job rolled back. */
const undone = new Error('undone');

const savepoint = CompiledQuery.raw('savepoint job');
const rollBack = CompiledQuery.raw('rollback to job');
const release = CompiledQuery.raw('release job');

async function inSavepoint(tx: Tx, job: Job): Promise<void> {
  await tx.executeQuery(savepoint);
  if ((await job.attempt(tx)) === 'undo') await tx.executeQuery(rollBack);
  await tx.executeQuery(release);
}

type Waiting<T> = { resolve(outcome: Outcome<T>): void; reject(error: unknown): void; readonly seen: ((value: T) => void) | undefined };

function jobOf<T>(work: Work<T>, { resolve, reject, seen }: Waiting<T>): Job {
  let tell = (): void => reject(new Error('the write did not run'));
  let committed = (): void => undefined;
  return {
    async attempt(tx) {
      try {
        const outcome = await work(tx);
        tell = () => resolve(outcome);
        if (outcome.ok) committed = () => seen?.(outcome.value);
        return outcome.ok ? 'keep' : 'undo';
      } catch (error) {
        if (isStoreFault(error)) throw error;
        tell = () => reject(error);
        return 'undo';
      }
    },
    committed: () => committed(),
    tell: () => tell(),
    lost: (error) => (isStoreFault(error) ? resolve(storeFailure(error, 'store-unavailable')) : reject(error)),
  };
}
