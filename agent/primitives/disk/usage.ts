/**
 * How full the disks are, and what fills them.
 */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { success } from '../../../protocol/outcome.ts';
import type { Outcome } from '../../../protocol/outcome.ts';
import type { PrimitiveContext } from '../../../protocol/primitive.ts';
import { defineAgentPrimitive } from '../agent-primitive.ts';
import { pathParameter } from '../parameters.ts';
import { boundedRows, mostRows, truncatedField } from '../rows.ts';
import { directorySizes, SizeRow } from './directory-sizes.ts';
import { fileSystems, FileSystemRow } from './file-systems.ts';

const params = Type.Object(
  {
    path: Type.Optional(pathParameter('Directory', 'Also what in this directory takes how much room, by absolute path. Links are not followed and other file systems not entered.')),
    most: mostRows(100),
  },
  { additionalProperties: false },
);

const Result = Type.Object(
  {
    fileSystems: Type.Array(FileSystemRow, { title: 'File systems', description: 'Those that hold files, the fullest first.' }),
    usedBytes: Type.Optional(Type.Integer({ title: 'The directory takes', description: 'Bytes on the disk, all that is below included.' })),
    entries: Type.Optional(Type.Integer({ title: 'Entries in it', description: 'Files and directories, all that is below included.' })),
    unreadable: Type.Optional(Type.Integer({ title: 'Not readable', description: 'Directories in it that could not be read.' })),
    contents: Type.Optional(Type.Array(SizeRow, { title: 'In the directory', description: 'The largest first.' })),
    truncated: truncatedField,
  },
  { additionalProperties: false },
);
type Result = Static<typeof Result>;

export const diskUsage = defineAgentPrimitive({
  name: 'disk.usage',
  title: 'Use of disks',
  description: 'How full the file systems of the machine are, and on demand what in a directory takes the room. A large directory takes its time, and says how far it is.',
  risk: 'read',
  streams: 'none',
  platforms: ['linux', 'win32'],
  params,
  result: Result,
  run: usage,
});

/** Shown without being asked for more. */
const fileSystemsShown = 200;

async function usage({ path, most = 100 }: Static<typeof params>, context: PrimitiveContext): Promise<Outcome<Result>> {
  const disks = await fileSystems();
  if (!disks.ok) return disks;
  const sorted = disks.value.sort((left, right) => (right.usedPercent ?? 0) - (left.usedPercent ?? 0)).slice(0, fileSystemsShown);
  if (path === undefined) return success({ fileSystems: sorted, truncated: disks.value.length > fileSystemsShown });
  const found = await directorySizes(path, context);
  if (!found.ok) return found;
  const { rows, usedBytes, entries, unreadable, isCut } = found.value;
  const { rows: contents, truncated } = boundedRows(rows.toSorted((left, right) => right.usedBytes - left.usedBytes), most);
  return success({ fileSystems: sorted, usedBytes, entries, ...(unreadable === 0 ? {} : { unreadable }), contents, truncated: truncated || isCut });
}
