/**
 * Opening what is to be read, and nothing that does more than be read: opening a device may rewind a tape, opening a FIFO
 * waits for somebody else.
 */
import { constants } from 'node:fs';
import type { BigIntStats } from 'node:fs';
import { lstat, open, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { failure } from '../../../protocol/outcome.ts';
import type { Failure } from '../../../protocol/outcome.ts';
import type { RunOutcome } from '../../../protocol/primitive.ts';
import { kindOf } from './facts.ts';
import { atPlace } from './place.ts';
import type { Place, PlaceParameters } from './place.ts';

export type OpenFile = { readonly file: FileHandle; readonly stats: BigIntStats; readonly shown: string };

/** Opens the ordinary file at the place for `deed`, and closes it. `not-a-file` for anything else. */
export function withFile<R>(given: PlaceParameters, deed: (open: OpenFile) => Promise<RunOutcome<R>>): Promise<RunOutcome<R>> {
  return atPlace(given, async (place) => {
    const before = place.noFollow === 0 ? await stat(place.at, { bigint: true }) : await lstat(place.at, { bigint: true });
    const wrong = notAFile(before, place);
    if (wrong !== undefined) return wrong;
    // what stood there a moment ago may be a FIFO now
    const file = await open(place.at, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | place.noFollow);
    try {
      const stats = await file.stat({ bigint: true });
      return notAFile(stats, place) ?? (await deed({ file, stats, shown: place.shown }));
    } finally {
      await file.close();
    }
  });
}

function notAFile(stats: BigIntStats, { shown, noFollow }: Place): Failure | undefined {
  if (stats.isFile()) return undefined;
  if (stats.isSymbolicLink() && noFollow !== 0) return failure('outside-root', `${shown} is a link`);
  return failure('not-a-file', `${shown} is a ${kindOf(stats).replace('-', ' ')}`);
}
