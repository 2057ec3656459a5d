/** The data folder: one process at a time, and nobody else may read it. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { failure, success } from '../../protocol/outcome.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import { storeFailure } from './store-failure.ts';

export type DataFolder = { readonly path: string; release(): void };

/**
 * Makes the folder if needed and takes it for this process. The lock is SQLite's own on an empty database: the system
 * drops it with the process, however that ends. Fails with `data-unwritable` or `data-locked`.
 */
export function takeDataFolder(path: string): Outcome<DataFolder> {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    return failure('data-unwritable', error instanceof Error ? error.message : String(error));
  }
  let lock: DatabaseSync | undefined;
  try {
    lock = new DatabaseSync(join(path, 'lock.db'));
    lock.exec('begin exclusive');
    const held = lock;
    return success({ path, release: () => held.close() });
  } catch (error) {
    if (lock?.isOpen === true) lock.close();
    return storeFailure(error, 'data-unwritable');
  }
}
