/**
 * A directory, with those above it.
 */
import { lstat, mkdir, stat } from 'node:fs/promises';
import { Type } from 'typebox';
import { failure, success } from '../../../protocol/outcome.ts';
import { defineAgentPrimitive } from '../agent-primitive.ts';
import { atPlace, placeParameters } from './place.ts';

export const fileMakeDirectory = defineAgentPrimitive({
  name: 'file.make-directory',
  title: 'Make a directory',
  description: 'Makes a directory, and those above it that are missing. One that is there already is no failure.',
  risk: 'control',
  streams: 'none',
  platforms: ['linux', 'win32', 'darwin'],
  params: Type.Object(placeParameters, { additionalProperties: false }),
  result: Type.Object({ made: Type.Boolean({ title: 'Made', description: 'False: it was there already.' }) }, { additionalProperties: false }),
  run: (given) =>
    atPlace(given, async ({ at, shown, noFollow }) => {
      const made = (await mkdir(at).catch(ifThere)) !== 'there';
      const stands = await (noFollow === 0 ? stat(at) : lstat(at));
      return stands.isDirectory() ? success({ made }) : failure('not-a-directory', shown);
    }, { make: true }),
});

function ifThere(error: unknown): 'there' {
  if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return 'there';
  throw error;
}
