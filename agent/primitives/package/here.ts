/**
 * Which package manager this machine has.
 */
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { failure, success } from '../../../protocol/outcome.ts';
import type { Outcome } from '../../../protocol/outcome.ts';
import { apt } from './apt.ts';
import { dnf } from './dnf.ts';
import type { PackageManager } from './manager.ts';
import { winget } from './winget.ts';

/** The first of which the program is there; a machine with two has one that is its own, which is asked first. */
const candidates = [
  { program: 'apt-get', manager: apt },
  { program: 'dnf', manager: dnf },
];

export async function managerHere(): Promise<Outcome<PackageManager>> {
  if (process.platform === 'win32') return success(winget);
  for (const { program, manager } of candidates) {
    if (await isThere(program)) return success(manager);
  }
  return failure('tool-missing', 'apt-get or dnf');
}

async function isThere(program: string): Promise<boolean> {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const found = await access(join(folder, program), constants.X_OK).then(() => true, () => false);
    if (found) return true;
  }
  return false;
}
