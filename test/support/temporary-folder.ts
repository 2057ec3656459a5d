/**
 * A folder of its own for one test, removed when the test ends.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';

export async function temporaryFolder(t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'behest-test-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
