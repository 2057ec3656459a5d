/**
 * A folder that only the account which uses it may look into.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync } from 'node:fs';

/**
 * Windows: the system, the administrators, and whoever owns a thing in it (learn.microsoft.com, "Well-known SIDs"), by their
 * numbers since their names are in the language of the system; nothing is inherited from the folder above.
 */
const mayLook = ['*S-1-5-18', '*S-1-5-32-544', '*S-1-3-4'].map((who) => `${who}:(OI)(CI)F`);

/** Makes it where it is not there yet. Throws a system error when it cannot be made or kept private. */
export function makePrivateFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  if (process.platform !== 'win32') return chmodSync(path, 0o700);
  const { status } = spawnSync('icacls.exe', [path, '/inheritance:r', '/grant:r', ...mayLook], { stdio: 'ignore', windowsHide: true });
  if (status !== 0) throw Object.assign(new Error(`icacls cannot keep ${path} private: it ended with ${String(status)}`), { code: 'EACCES' });
}
