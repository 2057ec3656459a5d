/**
 * What agent and console say to each other of files: the forms of results, and of the first piece of a transfer.
 */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { limits } from '../limits.ts';

export const fileKinds = ['file', 'directory', 'link', 'fifo', 'socket', 'character-device', 'block-device', 'unknown'] as const;
export type FileKind = (typeof fileKinds)[number];

const noMore = { additionalProperties: false } as const;
const size = Type.Integer({ title: 'Size', description: 'Length of its content in bytes.', minimum: 0 });
const modifiedMs = Type.Integer({ title: 'Modified', description: 'When its content was changed last, milliseconds since 1970.' });

/** Its exact bytes, where a name is not UTF-8: `name` then has � in it. */
export const nameBytes = Type.Optional(Type.String({ title: 'Exact name', description: 'The bytes of the name in base64, where it is not UTF-8; the name beside it then shows � for what cannot be read.' }));

/** One name in a directory. */
export const FileEntry = Type.Object(
  {
    name: Type.String({ title: 'Name', description: 'Its name in the directory.' }),
    nameBytes,
    kind: Type.Enum(fileKinds, { title: 'Kind', description: 'What it is; a link is not followed.' }),
    size,
    modifiedMs,
    mode: Type.Optional(Type.String({ title: 'Mode', description: 'Rights as chmod takes them, such as 0644.' })),
    linkTarget: Type.Optional(Type.String({ title: 'Leads to', description: 'What is written in the link.' })),
    linkKind: Type.Optional(Type.Enum(fileKinds, { title: 'Kind of its target', description: 'What the link leads to; absent when there is nothing.' })),
  },
  noMore,
);
export type FileEntry = Static<typeof FileEntry>;

/** A part of a directory, in the order of the bytes of the names. */
export const DirectoryPage = Type.Object(
  {
    path: Type.String({ title: 'Directory', description: 'The directory that was listed.' }),
    entries: Type.Array(FileEntry, { title: 'Entries', description: 'What is in it, in the order of the names.' }),
    truncated: Type.Boolean({ title: 'More to come', description: 'Whether there is more behind the last one; ask again with its cursor.' }),
    cursor: Type.Optional(Type.String({ title: 'Cursor', description: 'Given as `after`, brings the next page.' })),
    total: Type.Integer({ title: 'Total', description: 'Names in the directory when it was read.', minimum: 0 }),
  },
  noMore,
);
export type DirectoryPage = Static<typeof DirectoryPage>;

export const FileProperties = Type.Object(
  {
    path: Type.String({ title: 'Path', description: 'The path that was asked for.' }),
    ...FileEntry.properties,
    allocatedBytes: Type.Integer({ title: 'On the disk', description: 'What it takes on the disk, in bytes: less than its size when it has holes.' }),
    accessedMs: Type.Integer({ title: 'Read', description: 'When it was read last, as far as the system notes that; milliseconds since 1970.' }),
    changedMs: Type.Integer({ title: 'Changed', description: 'When its name, rights or content changed last; milliseconds since 1970.' }),
    createdMs: Type.Optional(Type.Integer({ title: 'Created', description: 'When it was made, where the file system notes that; milliseconds since 1970.' })),
    ownerId: Type.Optional(Type.Integer({ title: 'Owner', description: 'Number of the user that it belongs to.' })),
    groupId: Type.Optional(Type.Integer({ title: 'Group', description: 'Number of the group that it belongs to.' })),
    names: Type.Integer({ title: 'Names', description: 'How many hard links it has.' }),
    identity: Type.String({ title: 'Identity', description: 'Changes when the file is replaced or changed; for reading on in parts.' }),
  },
  noMore,
);
export type FileProperties = Static<typeof FileProperties>;

/** The first piece of a file that is read. */
export const ReadAbout = Type.Object(
  {
    /** Absent where the system does not know before (/proc). */
    size: Type.Optional(size),
    modifiedMs,
    mode: Type.Optional(Type.String()),
    /** The content comes from this byte on. */
    from: Type.Integer({ minimum: 0 }),
  },
  noMore,
);
export type ReadAbout = Static<typeof ReadAbout>;

/** The first piece of an answer to a file that is written: the content is wanted from this byte on. */
export const WriteAbout = Type.Object({ from: Type.Integer({ minimum: 0 }) }, noMore);

/** A path as it is given to a primitive. */
export type RemotePath = {
  readonly path: string;
  /** The exact bytes in base64, where the path is not UTF-8. */
  readonly pathBytes?: string;
};

/** An id under which a transfer is taken up again: hex of 16 bytes. */
export const transferId = Type.String({ title: 'Transfer', description: 'Names the transfer, so that the same one goes on where it was after any cut.', pattern: '^[0-9a-f]{32}$' });

export const pageEntries = Type.Optional(Type.Integer({ title: 'Entries', description: 'How many at most.', default: limits.defaultFileEntries, minimum: 1, maximum: limits.maxFileEntries }));
