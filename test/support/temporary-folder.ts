/**
 * A folder of its own for one test, removed when the test ends.
 */
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Owner } from './owner.ts';

export async function temporaryFolder(t: Owner, parent = tmpdir()): Promise<string> {
  const folder = await mkdtemp(join(parent, 'behest-test-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/**
 * The same in memory where the system has that: for what must outlive processes, thousands of times over, and need not
 * outlive the machine.
 */
export function folderInMemory(t: Owner): Promise<string> {
  return temporaryFolder(t, existsSync('/dev/shm') ? '/dev/shm' : tmpdir());
}
