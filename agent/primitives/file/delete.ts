/**
 * Taking away a file, a link, a directory; with everything in it only when that is said.
 */
import { constants } from 'node:fs';
import type { Stats } from 'node:fs';
import { lstat, rmdir, unlink } from 'node:fs/promises';
import { parse } from 'node:path';
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { failure, success } from '../../../protocol/outcome.ts';
import type { PrimitiveContext, RunOutcome } from '../../../protocol/primitive.ts';
import { defineAgentPrimitive } from '../agent-primitive.ts';
import { goneMeanwhile } from './directory.ts';
import { decoded } from './names.ts';
import type { Path } from './names.ts';
import { atPlace, placeParameters } from './place.ts';
import type { Place } from './place.ts';
import { treeBelow } from './tree.ts';

const result = Type.Object({ deleted: Type.Integer({ title: 'Deleted', description: 'Names that were taken away, directories included.' }) }, { additionalProperties: false });

export const fileDelete = defineAgentPrimitive({
  name: 'file.delete',
  title: 'Delete a file',
  description: 'Deletes a file, a link (not what it leads to) or a directory. What is deleted is gone.',
  risk: 'control',
  streams: 'none',
  platforms: ['linux', 'win32', 'darwin'],
  params: Type.Object(
    { ...placeParameters, recursive: Type.Optional(Type.Boolean({ title: 'With everything in it', description: 'Deletes a directory that is not empty. Links in it are deleted, never followed.', default: false })) },
    { additionalProperties: false },
  ),
  result,
  run: (given, context) => atPlace(given, (place) => deleteAt(place, given.recursive === true, context)),
});

/** By what it is: there are many ways to write `/`. Windows has one on each drive. */
async function isTop(at: Path, { dev, ino }: Stats): Promise<boolean> {
  const top = await lstat(parse(decoded(at)).root);
  return top.dev === dev && top.ino === ino;
}

async function deleteAt({ at }: Place, recursive: boolean, { signal, progress }: PrimitiveContext): Promise<RunOutcome<Static<typeof result>>> {
  let deleted = 0;
  const stats = await lstat(at);
  if (await isTop(at, stats)) return failure('not-permitted', 'this would be all of the machine');
  if (stats.isDirectory() && recursive) {
    for await (const met of treeBelow(at, { depthFirst: true, signal, noFollow: constants.O_NOFOLLOW ?? 0 })) {
      await (met.stats.isDirectory() ? rmdir(met.at) : unlink(met.at)).catch(goneMeanwhile);
      deleted += 1;
      if (deleted % 1000 === 0) progress(0, `${deleted} deleted`);
    }
  }
  if (signal.aborted) return { ...failure('cancelled', `${deleted} are deleted, the rest is there`), result: { deleted } };
  await (stats.isDirectory() ? rmdir(at) : unlink(at));
  return success({ deleted: deleted + 1 });
}
