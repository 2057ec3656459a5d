/**
 * Another name or another place, within one file system: at once and whole, or not at all.
 */
import { link, lstat, rename, unlink } from 'node:fs/promises';
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { failure, success } from '../../../protocol/outcome.ts';
import type { RunOutcome } from '../../../protocol/primitive.ts';
import { defineAgentPrimitive } from '../agent-primitive.ts';
import { goneMeanwhile } from './directory.ts';
import { absolutePath, atPlace, exactBytes, placeParameters } from './place.ts';
import type { Place } from './place.ts';

export const moveParameters = Type.Object(
  {
    ...placeParameters,
    to: absolutePath('To', 'Absolute path that it gets.'),
    toBytes: exactBytes('Exact target', 'The bytes of that path in base64, where it is not UTF-8.'),
    replace: Type.Optional(Type.Boolean({ title: 'Replace', description: 'Whether a file that stands there is replaced.', default: false })),
  },
  { additionalProperties: false },
);
export type MoveParameters = Static<typeof moveParameters>;

const result = Type.Object({ replaced: Type.Boolean({ title: 'Replaced', description: 'Whether something stood there before.' }) }, { additionalProperties: false });

export const fileMove = defineAgentPrimitive({
  name: 'file.move',
  title: 'Move or rename a file',
  description: 'Gives a file or directory another name or place in the same file system. It is there whole or not at all.',
  risk: 'control',
  streams: 'none',
  platforms: ['linux', 'win32', 'darwin'],
  params: moveParameters,
  result,
  run: (given) => atBoth(given, (from, to) => move(from, to, given.replace === true)),
});

/** Both places; the second stays within the same root as the first. */
export function atBoth<R>(given: MoveParameters, deed: (from: Place, to: Place) => Promise<RunOutcome<R>>): Promise<RunOutcome<R>> {
  const { to, toBytes, root } = given;
  const target = { path: to, ...(toBytes === undefined ? {} : { pathBytes: toBytes }), ...(root === undefined ? {} : { root }) };
  return atPlace(given, (from) => atPlace(target, (place) => deed(from, place)));
}

async function move(from: Place, to: Place, replace: boolean): Promise<RunOutcome<Static<typeof result>>> {
  const stands = await lstat(to.at).catch(goneMeanwhile);
  if (stands !== undefined && !replace) return failure('already-exists', to.shown);
  const moved = await lstat(from.at);
  if (replace || moved.isDirectory()) await rename(from.at, to.at);
  else {
    // a name that came to be this moment is not replaced
    await link(from.at, to.at);
    await unlink(from.at);
  }
  return success({ replaced: stands !== undefined });
}
