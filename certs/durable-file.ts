/**
 * Files that are there whole or not at all, also after a power cut.
 */
import { open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Writes `text` to `path` by a second file, fsync and atomic rename. Throws the system's error. */
export async function writeDurably(path: string, text: string, mode: number): Promise<void> {
  const next = `${path}.next`;
  const file = await open(next, 'w', mode);
  try {
    await file.chmod(mode); // a file left over from a crash keeps its old mode otherwise
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(next, path);
  await syncFolder(dirname(path));
}

/** Makes the rename itself durable. Windows keeps folders safe by itself and cannot open them. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** The text of a file, or undefined when there is none. Throws the system's error for anything else. */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
