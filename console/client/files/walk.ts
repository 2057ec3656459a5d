/**
 * Directories of a machine, page by page, and everything below one.
 */
import { base64, textOf, unbase64, utf8, concat } from '../../../protocol/bytes.ts';
import type { FileEntry, RemotePath } from '../../../protocol/files/facts.ts';
import { success } from '../../../protocol/outcome.ts';
import type { Outcome } from '../../../protocol/outcome.ts';
import type { RemoteFiles } from './remote-files.ts';

/** Whatever lists. */
export type Lists = Pick<RemoteFiles, 'list'>;

/** All pages of a directory. A failure is the last. */
export async function* entriesIn(files: Lists, at: RemotePath, limit?: number): AsyncGenerator<Outcome<readonly FileEntry[]>> {
  let after: string | undefined;
  do {
    const page = await files.list(at, { ...(limit === undefined ? {} : { limit }), ...(after === undefined ? {} : { after }) });
    yield page.ok ? success(page.value.entries) : page;
    after = page.ok ? page.value.cursor : undefined;
  } while (after !== undefined);
}

/** What is called so in a directory, exactly. */
export function within(directory: RemotePath, { name, nameBytes }: Pick<FileEntry, 'name' | 'nameBytes'>): RemotePath {
  const slash = directory.path.endsWith('/') ? '' : '/';
  const path = `${directory.path}${slash}${name}`;
  if (directory.pathBytes === undefined && nameBytes === undefined) return { path };
  const above = directory.pathBytes === undefined ? utf8(directory.path) : (unbase64(directory.pathBytes) ?? utf8(directory.path));
  const own = nameBytes === undefined ? utf8(name) : (unbase64(nameBytes) ?? utf8(name));
  const exact = concat(above, utf8(slash), own);
  return textOf(exact) === undefined ? { path, pathBytes: base64(exact) } : { path };
}

export type Found = { readonly at: RemotePath; /** From where the walk began, by the names as shown. */ readonly below: readonly string[]; readonly entry: FileEntry };

/** Everything below a directory, each directory before what is in it. Links are not followed. A failure is the last. */
export async function* everythingIn(files: Lists, at: RemotePath, below: readonly string[] = []): AsyncGenerator<Outcome<Found>> {
  for await (const page of entriesIn(files, at)) {
    if (!page.ok) {
      yield page;
      return;
    }
    for (const entry of page.value) {
      const found = { at: within(at, entry), below: [...below, entry.name], entry };
      yield success(found);
      if (entry.kind === 'directory') yield* everythingIn(files, found.at, found.below);
    }
  }
}
