/**
 * Finding files below a directory: by name, kind, size, time and by a text in them. What cannot be read is counted, not an end.
 */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { fileKinds } from '../../../protocol/files/facts.ts';
import { limits } from '../../../protocol/limits.ts';
import { failure, success } from '../../../protocol/outcome.ts';
import type { PrimitiveContext, RunOutcome } from '../../../protocol/primitive.ts';
import { defineAgentPrimitive } from '../agent-primitive.ts';
import { fitsGlob } from '../glob.ts';
import { contentOf, lengthOf } from './content.ts';
import { kindOf } from './facts.ts';
import { decoded, encoded, joined, shownName } from './names.ts';
import { atPlace, placeParameters } from './place.ts';
import type { Place } from './place.ts';
import { treeBelow } from './tree.ts';
import type { Met } from './tree.ts';

const time = (title: string, description: string) => Type.Optional(Type.Integer({ title, description: `${description}, milliseconds since 1970.` }));
const bytes = (title: string, description: string) => Type.Optional(Type.Integer({ title, description: `${description}, in bytes.`, minimum: 0 }));

const params = Type.Object(
  {
    ...placeParameters,
    name: Type.Optional(Type.String({ title: 'Name', description: 'Pattern that the name must fit: * for any letters, ? for one, {a,b} for either.', maxLength: 256, minLength: 1 })),
    kind: Type.Optional(Type.Enum(fileKinds, { title: 'Kind', description: 'What it must be.' })),
    minSize: bytes('At least', 'Smallest size'),
    maxSize: bytes('At most', 'Largest size'),
    modifiedAfterMs: time('Modified after', 'Changed at this moment or later'),
    modifiedBeforeMs: time('Modified before', 'Changed before this moment'),
    text: Type.Optional(Type.String({ title: 'Text', description: 'What must stand in the file, letter for letter.', minLength: 1, maxLength: 1024 })),
    maxDepth: Type.Optional(Type.Integer({ title: 'Levels', description: 'How far down; 1: only what is in the directory itself.', minimum: 1, maximum: 1000 })),
    limit: Type.Optional(Type.Integer({ title: 'Matches', description: 'How many at most; the search ends there.', default: limits.defaultFileEntries, minimum: 1, maximum: limits.maxFileEntries })),
  },
  { additionalProperties: false },
);
type Wanted = Static<typeof params>;

const Match = Type.Object(
  {
    path: Type.String({ title: 'Path', description: 'Where it is.' }),
    pathBytes: Type.Optional(Type.String({ title: 'Exact path', description: 'The bytes of the path in base64, where it is not UTF-8.' })),
    kind: Type.Enum(fileKinds, { title: 'Kind', description: 'What it is.' }),
    size: Type.Integer({ title: 'Size', description: 'In bytes.' }),
    modifiedMs: Type.Integer({ title: 'Modified', description: 'Milliseconds since 1970.' }),
  },
  { additionalProperties: false },
);
type Match = Static<typeof Match>;

const result = Type.Object(
  {
    matches: Type.Array(Match, { title: 'Matches', description: 'What was found, in the order in which it was met.' }),
    truncated: Type.Boolean({ title: 'More to come', description: 'Whether the search ended because enough was found.' }),
    looked: Type.Integer({ title: 'Looked at', description: 'Names that were looked at.' }),
    unreadable: Type.Integer({ title: 'Unreadable', description: 'Directories and files into which the agent may not look.' }),
  },
  { additionalProperties: false },
);

export const fileSearch = defineAgentPrimitive({
  name: 'file.search',
  title: 'Search for files',
  description: 'Searches a directory and everything below it by name, kind, size, time or a text in the files. Links are not followed.',
  risk: 'read',
  streams: 'none',
  platforms: ['linux', 'win32', 'darwin'],
  params,
  result,
  run: (given, context) => atPlace(given, (place) => search(place, given, context)),
});

async function search(place: Place, wanted: Wanted, { signal, progress }: PrimitiveContext): Promise<RunOutcome<Static<typeof result>>> {
  const found = { matches: [] as Match[], looked: 0, unreadable: 0 };
  let bytesFound = 0;
  const { limit = limits.defaultFileEntries, maxDepth } = wanted;
  const noteUnreadable = (): void => void (found.unreadable += 1);
  for await (const met of treeBelow(place.at, { signal, noFollow: place.noFollow, unreadable: noteUnreadable, ...(maxDepth === undefined ? {} : { maxDepth }) })) {
    found.looked += 1;
    if (found.looked % 1000 === 0) progress(0, `${found.looked} looked at, ${found.matches.length} found`);
    if (!fits(met, wanted) || !(await holds(met, wanted.text, noteUnreadable, signal))) continue;
    const match = matchOf(place, met);
    bytesFound += Buffer.byteLength(JSON.stringify(match)) + 1;
    if (found.matches.length >= limit || bytesFound > limits.filePageBytes) return success({ ...found, truncated: true });
    found.matches.push(match);
  }
  if (signal.aborted) return { ...failure('cancelled', place.shown), result: { ...found, truncated: true } };
  return success({ ...found, truncated: false });
}

function fits({ stats, below }: Met, wanted: Wanted): boolean {
  const modifiedMs = Number(stats.mtimeMs);
  const name = decoded(below.at(-1) ?? '');
  return (
    (wanted.name === undefined || fitsGlob(name, wanted.name)) &&
    (wanted.kind === undefined || kindOf(stats) === wanted.kind) &&
    stats.size >= (wanted.minSize ?? 0) &&
    stats.size <= (wanted.maxSize ?? Number.MAX_SAFE_INTEGER) &&
    modifiedMs >= (wanted.modifiedAfterMs ?? Number.NEGATIVE_INFINITY) &&
    modifiedMs < (wanted.modifiedBeforeMs ?? Number.POSITIVE_INFINITY)
  );
}

/** Whether the text stands in an ordinary file. */
async function holds({ at, stats }: Met, text: string | undefined, unreadable: () => void, signal: AbortSignal): Promise<boolean> {
  if (text === undefined) return true;
  if (!stats.isFile()) return false;
  try {
    const file = await open(at, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0));
    return await contains(file, Buffer.from(text), { to: lengthOf(stats), signal }).finally(() => file.close());
  } catch {
    unreadable();
    return false;
  }
}

/** Also across two pieces of it. */
async function contains(file: FileHandle, sought: Buffer, { to, signal }: { readonly to: number | undefined; readonly signal: AbortSignal }): Promise<boolean> {
  let before = Buffer.alloc(0);
  for await (const part of contentOf(file, { from: 0, to }, false)) {
    if (signal.aborted || !('bytes' in part)) return false;
    const window = Buffer.concat([before, part.bytes]);
    if (window.includes(sought)) return true;
    before = Buffer.from(window.subarray(Math.max(0, window.byteLength - sought.byteLength + 1)));
  }
  return false;
}

function matchOf({ shown }: Place, { below, stats }: Met): Match {
  const { name: path, nameBytes: pathBytes } = shownName(below.reduce<Buffer>((above, name) => joined(above, name), encoded(shown)));
  return { path, ...(pathBytes === undefined ? {} : { pathBytes }), kind: kindOf(stats), size: Number(stats.size), modifiedMs: Number(stats.mtimeMs) };
}
