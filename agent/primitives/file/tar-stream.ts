/**
 * A directory as a tar archive while it is read: what stands in it when the walk comes by. Headers are those of the `tar`
 * package; the walk is our own, since it must not be led out of the directory.
 */
import { constants } from 'node:fs';
import type { BigIntStats } from 'node:fs';
import { open, readlink } from 'node:fs/promises';
import type * as TarPackage from 'tar';
import { contentOf } from './content.ts';
import { decoded } from './names.ts';
import type { Place } from './place.ts';
import { treeBelow } from './tree.ts';
import type { Met } from './tree.ts';

type Tar = Pick<typeof TarPackage, 'Header' | 'Pax'>;

export type TarCount = {
  entries: number;
  bytes: number;
  /** What could not be read, and what is neither file, directory nor link. */
  leftOut: number;
  /** Files that became shorter while they were read: zeros stand for the rest. */
  changed: number;
};

const recordBytes = 512;

/** The archive in pieces; `count` says afterwards what is in it. Names in it begin with `name`. */
export async function* tarOf(place: Place, { name, count, signal }: { readonly name: string; readonly count: TarCount; readonly signal: AbortSignal }): AsyncGenerator<Uint8Array> {
  const tar = await import('tar');
  const leaveOut = (): void => void (count.leftOut += 1);
  for await (const met of treeBelow(place.at, { signal, noFollow: place.noFollow, unreadable: leaveOut })) {
    const path = [name, ...met.below.map(decoded)].join('/');
    yield* entryIn(tar, path, met, count);
  }
  yield new Uint8Array(2 * recordBytes);
}

async function* entryIn(tar: Tar, path: string, met: Met, count: TarCount): AsyncGenerator<Uint8Array> {
  if (met.stats.isFile()) return yield* fileIn(tar, path, met, count);
  const target = met.stats.isSymbolicLink() ? await readlink(met.at, { encoding: 'buffer' }).catch(() => undefined) : undefined;
  if (met.stats.isDirectory()) yield headOf(tar, { path: `${path}/`, type: 'Directory' }, met.stats);
  else if (target !== undefined) yield headOf(tar, { path, type: 'SymbolicLink', linkpath: decoded(target) }, met.stats);
  else {
    count.leftOut += 1;
    return;
  }
  count.entries += 1;
}

async function* fileIn(tar: Tar, path: string, { at }: Met, count: TarCount): AsyncGenerator<Uint8Array> {
  const file = await open(at, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0)).catch(() => undefined);
  if (file === undefined) {
    count.leftOut += 1;
    return;
  }
  try {
    const stats = await file.stat({ bigint: true });
    const size = Number(stats.size);
    yield headOf(tar, { path, type: 'File' }, stats);
    let left = size;
    for await (const part of contentOf(file, { from: 0, to: size }, false)) {
      if (!('bytes' in part)) continue;
      left -= part.bytes.byteLength;
      yield part.bytes;
    }
    if (left > 0) count.changed += 1;
    yield* zeros(left + ((recordBytes - (size % recordBytes)) % recordBytes));
    count.entries += 1;
    count.bytes += size;
  } finally {
    await file.close();
  }
}

/** A header, and before it an extended one for what does not fit (pax, POSIX.1-2001). */
function headOf({ Header, Pax }: Tar, named: Named, stats: BigIntStats): Uint8Array {
  const size = named.type === 'File' ? Number(stats.size) : 0;
  const facts = { ...named, size, uid: Number(stats.uid), gid: Number(stats.gid), mtime: stats.mtime };
  const head = Buffer.alloc(recordBytes);
  const needsMore = new Header({ ...facts, mode: Number(stats.mode) & 0o7777 }).encode(head, 0);
  return needsMore ? Buffer.concat([new Pax(facts).encode(), head]) : head;
}

type Named = { readonly path: string; readonly type: 'File' | 'Directory' | 'SymbolicLink'; readonly linkpath?: string };

function* zeros(length: number): Generator<Uint8Array> {
  for (let left = length; left > 0; left -= zeroPiece.byteLength) yield zeroPiece.subarray(0, left);
}

const zeroPiece = new Uint8Array(64 * 1024);
