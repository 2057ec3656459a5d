/**
 * What is told of a file, from what the system says of it.
 */
import type { BigIntStats } from 'node:fs';
import { lstat, readlink, stat } from 'node:fs/promises';
import type { FileEntry, FileKind, FileProperties } from '../../../protocol/files/facts.ts';
import { decoded, shownName } from './names.ts';
import type { Path } from './names.ts';

const isWindows = process.platform === 'win32';

export function kindOf(stats: Pick<BigIntStats, 'isFile' | 'isDirectory' | 'isSymbolicLink' | 'isFIFO' | 'isSocket' | 'isCharacterDevice' | 'isBlockDevice'>): FileKind {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  if (stats.isSymbolicLink()) return 'link';
  if (stats.isFIFO()) return 'fifo';
  if (stats.isSocket()) return 'socket';
  if (stats.isCharacterDevice()) return 'character-device';
  return stats.isBlockDevice() ? 'block-device' : 'unknown';
}

/** `0644`. */
export function modeOf(stats: BigIntStats): { readonly mode?: string } {
  return isWindows ? {} : { mode: (Number(stats.mode) & 0o7777).toString(8).padStart(4, '0') };
}

/** Another one when the file was replaced or written to. */
export function identityOf({ dev, ino, mtimeNs, size }: BigIntStats): string {
  return [dev, ino, mtimeNs, size].join('-');
}

/** The entry of a name in a directory, whose place is `at`. */
export async function entryOf(at: Path, name: Path): Promise<FileEntry> {
  return entryFrom(await lstat(at, { bigint: true }), at, name);
}

export async function propertiesOf(at: Path, { name, path }: { readonly name: Path; readonly path: string }): Promise<FileProperties> {
  const stats = await lstat(at, { bigint: true });
  const created = Number(stats.birthtimeMs);
  return {
    path,
    ...(await entryFrom(stats, at, name)),
    allocatedBytes: Number(stats.blocks) * 512,
    accessedMs: Number(stats.atimeMs),
    changedMs: Number(stats.ctimeMs),
    ...(created === 0 ? {} : { createdMs: created }),
    ...(isWindows ? {} : { ownerId: Number(stats.uid), groupId: Number(stats.gid) }),
    names: Number(stats.nlink),
    identity: identityOf(stats),
  };
}

async function entryFrom(stats: BigIntStats, at: Path, name: Path): Promise<FileEntry> {
  return { ...shownName(name), kind: kindOf(stats), size: Number(stats.size), modifiedMs: Number(stats.mtimeMs), ...modeOf(stats), ...(stats.isSymbolicLink() ? await linkFacts(at) : {}) };
}

async function linkFacts(at: Path): Promise<Pick<FileEntry, 'linkTarget' | 'linkKind'>> {
  const [target, end] = await Promise.all([readlink(at, { encoding: 'buffer' }).catch(() => Buffer.alloc(0)), stat(at, { bigint: true }).catch(() => undefined)]);
  return { linkTarget: decoded(target), ...(end === undefined ? {} : { linkKind: kindOf(end) }) };
}
