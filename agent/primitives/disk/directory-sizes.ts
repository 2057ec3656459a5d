/**
 * How much room a directory takes, by what is right in it. Links are not followed, other file systems not entered, and a
 * file with several names counts once.
 */
import type { Stats } from 'node:fs';
import { lstat, opendir } from 'node:fs/promises';
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { limits } from '../../../protocol/limits.ts';
import { failure, success } from '../../../protocol/outcome.ts';
import type { Outcome } from '../../../protocol/outcome.ts';
import type { PrimitiveContext } from '../../../protocol/primitive.ts';
import { systemFailure } from '../system-failure.ts';

export const SizeRow = Type.Object(
  {
    name: Type.String({ title: 'Name', description: 'Of what is right in the directory.' }),
    kind: Type.Enum(['directory', 'file', 'other'], { title: 'Kind', description: 'other: a link, a device, a pipe.' }),
    usedBytes: Type.Integer({ title: 'Takes', description: 'Bytes on the disk, all that is below included.' }),
    entries: Type.Integer({ title: 'Entries', description: 'Files and directories, all that is below included.' }),
  },
  { additionalProperties: false },
);
export type SizeRow = Static<typeof SizeRow>;

export type DirectorySizes = { readonly rows: readonly SizeRow[]; readonly usedBytes: number; readonly entries: number; /** Directories that may not be read. */ readonly unreadable: number; /** Given up at `limits.maxEntriesWalked`. */ readonly isCut: boolean };

type Walk = { readonly device: number; /** Files with several names. */ readonly seen: Set<number>; readonly signal: AbortSignal; entries: number; unreadable: number; isCut: boolean };

export async function directorySizes(path: string, context: Pick<PrimitiveContext, 'signal' | 'progress'>): Promise<Outcome<DirectorySizes>> {
  try {
    const root = await lstat(path);
    if (!root.isDirectory()) return failure('not-a-directory', path);
    const walk: Walk = { device: root.dev, seen: new Set(), signal: context.signal, entries: 0, unreadable: 0, isCut: false };
    const rows = await rowsIn(Buffer.from(path), walk, context);
    if (context.signal.aborted) return failure('cancelled', `${walk.entries} entries were counted`);
    const usedBytes = rows.reduce((sum, row) => sum + row.usedBytes, root.blocks * blockBytes);
    return success({ rows, usedBytes, entries: walk.entries, unreadable: walk.unreadable, isCut: walk.isCut });
  } catch (error) {
    return systemFailure(error, path);
  }
}

async function rowsIn(root: Buffer, walk: Walk, context: Pick<PrimitiveContext, 'progress'>): Promise<SizeRow[]> {
  const paths: Buffer[] = [];
  for await (const path of pathsIn(root)) paths.push(path);
  const rows: SizeRow[] = [];
  let told = 0;
  for (const [index, path] of paths.entries()) {
    if (isOver(walk)) break;
    const row = await rowOf(path, walk);
    if (row !== undefined) rows.push(row);
    const percent = Math.floor((100 * (index + 1)) / paths.length);
    if (percent > told) context.progress(percent, `${walk.entries} entries so far`);
    told = percent;
  }
  return rows;
}

/** In bytes: not every name is UTF-8, and Latin-1 keeps each byte. */
async function* pathsIn(folder: Buffer): AsyncGenerator<Buffer, void, void> {
  for await (const { name } of await opendir(folder, { encoding: 'latin1' })) yield Buffer.concat([folder, Buffer.from(`/${name}`, 'latin1')]);
}

async function rowOf(path: Buffer, walk: Walk): Promise<SizeRow | undefined> {
  const stat = await lstat(path).catch(() => undefined);
  if (stat === undefined || stat.dev !== walk.device) return undefined;
  const before = walk.entries;
  const own = count(stat, walk);
  const usedBytes = own + (stat.isDirectory() ? await bytesBelow(path, walk) : 0);
  return { name: path.subarray(path.lastIndexOf('/') + 1).toString(), kind: kindOf(stat), usedBytes, entries: walk.entries - before };
}

function kindOf(stat: Stats): SizeRow['kind'] {
  if (stat.isDirectory()) return 'directory';
  return stat.isFile() ? 'file' : 'other';
}

/** With a list of its own instead of recursion: a tree may be deeper than the stack. */
async function bytesBelow(folder: Buffer, walk: Walk): Promise<number> {
  let bytes = 0;
  const folders = [folder];
  for (let next = folders.pop(); next !== undefined && !isOver(walk); next = folders.pop()) {
    try {
      for await (const path of pathsIn(next)) {
        const stat = await lstat(path).catch(() => undefined);
        if (stat === undefined || stat.dev !== walk.device) continue;
        bytes += count(stat, walk);
        if (stat.isDirectory()) folders.push(path);
        if (isOver(walk)) break;
      }
    } catch {
      // it may not be read, or is gone meanwhile
      walk.unreadable += 1;
    }
  }
  return bytes;
}

const blockBytes = 512;

function count(stat: Stats, walk: Walk): number {
  walk.entries += 1;
  walk.isCut = walk.entries >= limits.maxEntriesWalked;
  if (stat.nlink > 1 && !stat.isDirectory()) {
    if (walk.seen.has(stat.ino)) return 0;
    walk.seen.add(stat.ino);
  }
  return stat.blocks * blockBytes;
}

function isOver({ signal, isCut }: Walk): boolean {
  return signal.aborted || isCut;
}
