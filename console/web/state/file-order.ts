/**
 * In which order the entries of a directory stand and which of them are shown: directories first, then by what was chosen.
 */
import type { FileEntry } from '../../../protocol/files/facts.ts';

export const fileColumns = ['name', 'size', 'modified'] as const;
export type FileColumn = (typeof fileColumns)[number];
export type FileSort = { readonly column: FileColumn; readonly descending: boolean };

/** `size`, or `-size` for descending; anything else is by name. */
export function parseFileSort(text: string | undefined): FileSort {
  const column = fileColumns.find((name) => name === (text ?? '').replace(/^-/, ''));
  return { column: column ?? 'name', descending: column !== undefined && text?.startsWith('-') === true };
}

export function fileSortText({ column, descending }: FileSort): string {
  return `${descending ? '-' : ''}${column}`;
}

/** The entries that fit the filter, in order. */
export function arrange(entries: readonly FileEntry[], sort: FileSort, filter: string): readonly FileEntry[] {
  const wanted = filter.trim().toLowerCase();
  const fitting = wanted === '' ? [...entries] : entries.filter(({ name }) => name.toLowerCase().includes(wanted));
  const sign = sort.descending ? -1 : 1;
  return fitting.sort((left, right) => rank(left) - rank(right) || sign * compare(left, right, sort.column) || byName.compare(left.name, right.name));
}

/** What can be gone into, a link to a directory as well. */
export function isDirectory({ kind, linkKind }: FileEntry): boolean {
  return kind === 'directory' || linkKind === 'directory';
}

/** What can be brought here as a file. */
export function isFile({ kind, linkKind }: FileEntry): boolean {
  return kind === 'file' || linkKind === 'file';
}

/** What tells it from all others of its directory. */
export function keyOf({ name, nameBytes }: Pick<FileEntry, 'name' | 'nameBytes'>): string {
  return nameBytes === undefined ? name : `${name}/${nameBytes}`;
}

function rank(entry: FileEntry): number {
  return isDirectory(entry) ? 0 : 1;
}

const byName = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

function compare(left: FileEntry, right: FileEntry, column: FileColumn): number {
  switch (column) {
    case 'name': return byName.compare(left.name, right.name);
    case 'size': return left.size - right.size;
    case 'modified': return left.modifiedMs - right.modifiedMs;
  }
}
