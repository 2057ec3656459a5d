/**
 * What is below a folder, in an order that is the same each time, so that a walk can go on where another ended.
 * No link is followed and no other file system entered by one.
 */
import { readdir } from 'node:fs/promises';
import { join, sep } from 'node:path';

export type Met = { readonly path: string; /** An ordinary file. */ readonly isFile: boolean };

/** Each path behind `after` that is no folder. A folder that cannot be read is passed. */
export async function* walk(folder: string, after: string): AsyncGenerator<Met> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const named = entries.map((entry) => ({ path: join(folder, entry.name), isFolder: entry.isDirectory(), isFile: entry.isFile() }));
  for (const { path, isFolder, isFile } of named.sort((left, right) => order(left.path, right.path))) {
    if (isFolder && !isBehindAll(path, after)) yield* walk(path, after);
    else if (!isFolder && order(path, after) > 0) yield { path, isFile };
  }
}

/** By names, folder by folder: as a walk comes past them. */
function order(left: string, right: string): number {
  const [ours, theirs] = [left.split(sep), right.split(sep)];
  const place = ours.findIndex((name, index) => name !== theirs[index]);
  if (place < 0) return ours.length - theirs.length;
  const [our, their] = [ours[place] ?? '', theirs[place]];
  return their === undefined || our > their ? 1 : -1;
}

/** Whether a walk that ended at `after` has left this folder already. */
function isBehindAll(folder: string, after: string): boolean {
  return after !== '' && order(folder, after) < 0 && !after.startsWith(folder + sep);
}
