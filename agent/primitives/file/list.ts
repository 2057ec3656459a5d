/**
 * What is in a directory, however much that is: a page at a time in the order of the names. A page holds no more names in
 * memory than it has entries; a million others are passed over.
 */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { DirectoryPage, pageEntries } from '../../../protocol/files/facts.ts';
import type { FileEntry } from '../../../protocol/files/facts.ts';
import { limits } from '../../../protocol/limits.ts';
import { failure, success } from '../../../protocol/outcome.ts';
import type { PrimitiveContext, RunOutcome } from '../../../protocol/primitive.ts';
import { defineAgentPrimitive } from '../agent-primitive.ts';
import { goneMeanwhile, namesOf, openDirectory } from './directory.ts';
import { entryOf } from './facts.ts';
import { joined } from './names.ts';
import type { Path } from './names.ts';
import { atPlace, exactBytes, placeParameters } from './place.ts';
import type { Place } from './place.ts';
import { SmallestNames } from './smallest-names.ts';

const params = Type.Object(
  {
    ...placeParameters,
    limit: pageEntries,
    after: exactBytes('After', 'Cursor of the page before; left out: from the first name on.'),
  },
  { additionalProperties: false },
);

export const fileList = defineAgentPrimitive({
  name: 'file.list',
  title: 'List a directory',
  description: 'Lists what is in a directory, in the order of the names, a page at a time. Links are told of as such, with what they lead to.',
  risk: 'read',
  streams: 'none',
  platforms: ['linux', 'win32', 'darwin'],
  params,
  result: DirectoryPage,
  run: (given, context) =>
    atPlace(given, async (place) => {
      const directory = await openDirectory(place.at, place.noFollow);
      if (!directory.ok) return failure(directory.code, place.shown);
      try {
        return await list({ at: directory.value.at, shown: place.shown }, given, context);
      } finally {
        await directory.value.close();
      }
    }),
});

async function list({ at, shown }: Pick<Place, 'at' | 'shown'>, { limit = limits.defaultFileEntries, after }: Static<typeof params>, { signal }: PrimitiveContext): Promise<RunOutcome<DirectoryPage>> {
  const names = new SmallestNames(limit + 1, after === undefined ? undefined : Buffer.from(after, 'base64'));
  for await (const name of namesOf(at)) {
    if (signal.aborted) return failure('cancelled', shown);
    names.add(name);
  }
  const { entries, last } = await entriesOf(at, names.sorted.slice(0, limit));
  const truncated = last !== undefined && names.sorted.at(-1)?.equals(last) === false;
  return success({ path: shown, entries, truncated, ...(truncated ? { cursor: last.toString('base64') } : {}), total: names.seen });
}

/** Entries of these names, as many as fit into a report, and the last name among them. A name that has gone meanwhile is left out. */
async function entriesOf(at: Path, names: readonly Buffer[]): Promise<{ entries: FileEntry[]; last: Buffer | undefined }> {
  const all = await Promise.all(names.map((name) => entryOf(joined(at, name), name).catch(goneMeanwhile)));
  const entries: FileEntry[] = [];
  let bytes = 0;
  let last: Buffer | undefined;
  for (const [index, entry] of all.entries()) {
    bytes += entry === undefined ? 0 : Buffer.byteLength(JSON.stringify(entry)) + 1;
    if (bytes > limits.filePageBytes) break;
    if (entry !== undefined) entries.push(entry);
    last = names[index];
  }
  return { entries, last };
}
