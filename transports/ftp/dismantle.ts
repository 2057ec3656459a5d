/**
 * Takes away what FTP clients have left, whatever they made of it. Nothing is followed and nothing is trusted: links are
 * removed and not what they point to, and a folder inside a folder is first moved up to the top, where the next round finds
 * it, so that no nest is too deep and no path too long.
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

/** Removes one entry of the folder `top` (an ASCII name, or one read in `nameEncoding`); what is too much for one go is left for the next. */
export async function dismantle(top: string, name: string, random: Random): Promise<void> {
  const path = pathOf(top, name);
  if (!(await lstat(path)).isDirectory()) return unlink(path);
  let seen = 0;
  for await (const entry of await opendir(path, { encoding: nameEncoding })) {
    seen += 1;
    if (seen > limits.ftpSweepEntries) return;
    await takeOut(path, entry, `${top}/strange-${hex(random(16))}`);
  }
  await rmdir(path);
}

async function takeOut(folder: Buffer, entry: Dirent, elsewhere: string): Promise<void> {
  const path = Buffer.concat([folder, Buffer.from('/'), Buffer.from(entry.name, nameEncoding)]);
  if (entry.isDirectory()) await rename(path, elsewhere);
  else await unlink(path);
}
