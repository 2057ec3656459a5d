/**
 * Takes away what FTP clients have left, whatever they made of it. Nothing is followed and nothing is trusted: links are
 * removed and not what they point to, and a folder inside a folder is first moved up to the top and then taken apart there,
 * so that no nest is too deep and no path too long.
 */
import type { Dirent } from 'node:fs';
import { lstat, opendir, rename, rmdir, unlink } from 'node:fs/promises';
import { hex } from '../../protocol/bytes.ts';
import type { Random } from '../../protocol/clock.ts';
import { limits } from '../../protocol/limits.ts';

/** Names may be any bytes; latin1 keeps each of them apart, as UTF-8 would not. */
export const nameEncoding = 'latin1';

export function pathOf(folder: string, name: string): Buffer {
  return Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(name, nameEncoding)]);
}

/**
 * Removes one entry of the folder `top` (an ASCII name, or one read in `nameEncoding`). What is more than
 * `limits.ftpSweepEntries` is left for the next time.
 */
export async function dismantle(top: string, name: string, random: Random): Promise<void> {
  const names = [name];
  for (let left = limits.ftpSweepEntries; left > 0;) {
    const next = names.pop();
    if (next === undefined) return;
    const path = pathOf(top, next);
    const elsewhere = (): Buffer => {
      const another = `strange-${hex(random(16))}`;
      names.push(another);
      return pathOf(top, another);
    };
    if ((await lstat(path)).isDirectory()) left -= await emptyOut(path, left, elsewhere);
    else await unlink(path);
    left -= 1;
  }
}

/** Removes a folder, and moves folders in it elsewhere. Gives how much was in it. */
async function emptyOut(path: Buffer, most: number, elsewhere: () => Buffer): Promise<number> {
  let seen = 0;
  for await (const entry of await opendir(path, { encoding: nameEncoding })) {
    if (seen >= most) return seen;
    seen += 1;
    await takeOut(path, entry, elsewhere);
  }
  await rmdir(path);
  return seen;
}

async function takeOut(folder: Buffer, entry: Dirent, elsewhere: () => Buffer): Promise<void> {
  const path = Buffer.concat([folder, Buffer.from('/'), Buffer.from(entry.name, nameEncoding)]);
  if (entry.isDirectory()) await rename(path, elsewhere());
  else await unlink(path);
}
