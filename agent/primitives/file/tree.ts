/**
 * Going through everything below a directory without ever leaving it: a link is met, never followed, also one that takes a
 * directory's place in the very moment.
 */
import { constants } from 'node:fs';
import type { BigIntStats } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { goneMeanwhile, namesOf, openDirectory } from './directory.ts';
import { joined } from './names.ts';
import type { Path } from './names.ts';

export type Met = {
  /** Where the system finds it, for as long as the walk is at it. */
  readonly at: Path;
  /** The names that lead to it from where the walk began. */
  readonly below: readonly Buffer[];
  readonly stats: BigIntStats;
};

export type TreeOptions = {
  readonly signal: AbortSignal;
  /** Whether the beginning may be a link to a directory. */
  readonly noFollow: number;
  /** A directory comes after what is in it, for taking it away. */
  readonly depthFirst?: boolean;
  readonly maxDepth?: number;
  /** Told of a directory that cannot be read. Without it that ends the walk. */
  readonly unreadable?: (below: readonly Buffer[]) => void;
};

/** Everything below the directory at `at`. What goes away meanwhile is passed over. */
export async function* treeBelow(at: Path, options: TreeOptions, below: readonly Buffer[] = []): AsyncGenerator<Met> {
  const directory = await enter(at, options, below);
  if (directory === undefined) return;
  try {
    for await (const name of namesOf(directory.at)) {
      if (options.signal.aborted) return;
      yield* meet(joined(directory.at, name), options, [...below, name]);
    }
  } finally {
    await directory.close();
  }
}

async function* meet(at: Path, options: TreeOptions, below: readonly Buffer[]): AsyncGenerator<Met> {
  const stats = await lstat(at, { bigint: true }).catch(goneMeanwhile);
  if (stats === undefined) return;
  const met: Met = { at, below, stats };
  if (options.depthFirst !== true) yield met;
  if (stats.isDirectory() && below.length < (options.maxDepth ?? Number.POSITIVE_INFINITY)) yield* treeBelow(at, options, below);
  if (options.depthFirst === true) yield met;
}

async function enter(at: Path, options: TreeOptions, below: readonly Buffer[]): ReturnType<typeof opened> {
  const isStart = below.length === 0;
  if (isStart) return opened(at, options.noFollow);
  try {
    return await opened(at, constants.O_NOFOLLOW ?? 0).catch(goneMeanwhile);
  } catch (error) {
    if (options.unreadable === undefined) throw error;
    options.unreadable(below);
    return undefined;
  }
}

/** Undefined: a link has taken its place. */
async function opened(at: Path, noFollow: number) {
  const directory = await openDirectory(at, noFollow);
  return directory.ok ? directory.value : undefined;
}
