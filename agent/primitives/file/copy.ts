/**
 * A copy of a file, on the machine itself: made beside its place and put there whole. File systems that can share the blocks do.
 */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, link, lstat, open, rename, unlink, utimes } from 'node:fs/promises';
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { failure, success } from '../../../protocol/outcome.ts';
import type { RunOutcome } from '../../../protocol/primitive.ts';
import { defineAgentPrimitive } from '../agent-primitive.ts';
import { goneMeanwhile } from './directory.ts';
import { kindOf } from './facts.ts';
import { atBoth, moveParameters } from './move.ts';
import { joined } from './names.ts';
import type { Path } from './names.ts';
import { parentOf } from './place.ts';
import type { Place } from './place.ts';

const result = Type.Object(
  {
    size: Type.Integer({ title: 'Size', description: 'Bytes that were copied.' }),
    replaced: Type.Boolean({ title: 'Replaced', description: 'Whether a file stood there before.' }),
  },
  { additionalProperties: false },
);

export const fileCopy = defineAgentPrimitive({
  name: 'file.copy',
  title: 'Copy a file',
  description: 'Copies one file on the machine, with its time and mode. What stood at the target is replaced whole, or left as it was.',
  risk: 'control',
  streams: 'none',
  platforms: ['linux', 'win32', 'darwin'],
  params: moveParameters,
  result,
  run: (given) => atBoth(given, (from, to) => copy(from, to, given.replace === true)),
});

async function copy(from: Place, to: Place, replace: boolean): Promise<RunOutcome<Static<typeof result>>> {
  const stats = await lstat(from.at);
  if (!stats.isFile()) return failure('not-a-file', `${from.shown} is a ${kindOf(stats).replace('-', ' ')}`);
  const stands = await lstat(to.at).catch(goneMeanwhile);
  if (stands !== undefined && !stands.isFile()) return failure('not-a-file', `${to.shown} is a ${kindOf(stands).replace('-', ' ')}`);
  if (stands !== undefined && !replace) return failure('already-exists', to.shown);
  const partial = joined(parentOf(to.at).directory, Buffer.from(`.behest-${randomBytes(16).toString('hex')}.part`));
  // what was looked at may be a link or a pipe now
  await using source = await open(from.at, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0));
  if (!(await source.stat()).isFile()) return failure('changed-meanwhile', from.shown);
  try {
    await copyFile(process.platform === 'linux' ? `/proc/self/fd/${source.fd}` : from.at, partial, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    await settle(partial, stats.mtime);
    await (replace ? rename(partial, to.at) : link(partial, to.at));
  } finally {
    await unlink(partial).catch(goneMeanwhile);
  }
  return success({ size: stats.size, replaced: stands !== undefined });
}

async function settle(partial: Path, modified: Date): Promise<void> {
  await utimes(partial, new Date(), modified);
  // a copy that nobody may write to is opened for reading, which is enough, but for Windows
  const file = await open(partial, process.platform === 'win32' ? constants.O_RDWR : constants.O_RDONLY);
  await file.sync().finally(() => file.close());
}
