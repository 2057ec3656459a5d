/**
 * What was dropped on the page or chosen by a button: files and folders, with everything in them.
 */
import { limits } from '../../../protocol/limits.ts';
import { failure, success } from '../../../protocol/outcome.ts';
import type { Outcome } from '../../../protocol/outcome.ts';
import type { FileSource } from '../../client/files/upload.ts';

/** `below`: from where it was dropped, its own name last. Without a file it is an empty folder. */
export type DroppedFile = { readonly below: readonly string[]; readonly file?: File };
/** One thing that was dropped, by its name: a file, or a folder with everything in it. */
export type Dropped = { readonly name: string; files(): Promise<Outcome<readonly DroppedFile[]>> };

/** Must be called while the drop is told of: the browser forgets it afterwards. */
export function droppedIn(data: DataTransfer): readonly Dropped[] {
  return [...data.items].flatMap((item) => {
    if (item.kind !== 'file') return [];
    const entry = item.webkitGetAsEntry();
    const file = item.getAsFile();
    if (entry?.isDirectory === true) return [{ name: entry.name, files: () => filesBelow(entry) }];
    return file === null ? [] : [fileAlone(file)];
  });
}

/** The files of a chooser: each alone, or those of one folder together. */
export function chosenIn(list: FileList | null): readonly Dropped[] {
  const files = [...(list ?? [])];
  const [first] = files;
  if (first === undefined || first.webkitRelativePath === '') return files.map(fileAlone);
  const all = files.map((file) => ({ below: file.webkitRelativePath.split('/'), file }));
  return [{ name: all[0]?.below[0] ?? first.name, files: async () => success(all) }];
}

function fileAlone(file: File): Dropped {
  return { name: file.name, files: async () => success([{ below: [file.name], file }]) };
}

async function filesBelow(top: FileSystemEntry): Promise<Outcome<readonly DroppedFile[]>> {
  const found: DroppedFile[] = [];
  try {
    for await (const each of walk(top, [top.name])) {
      found.push(each);
      if (found.length > limits.maxDroppedFiles) return failure('not-supported', `more than ${limits.maxDroppedFiles.toLocaleString('en')} files in one folder; behest put has no such bound`);
    }
    return success(found);
  } catch (error) {
    return unreadable(error);
  }
}

async function* walk(entry: FileSystemEntry, below: readonly string[]): AsyncGenerator<DroppedFile> {
  if (isFileEntry(entry)) {
    yield { below, file: await new Promise<File>((resolve, reject) => entry.file(resolve, reject)) };
    return;
  }
  if (!isFolderEntry(entry)) return;
  const reader = entry.createReader();
  for (let first = true; ; first = false) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0 && first) yield { below };
    if (some.length === 0) return;
    for (const each of some) yield* walk(each, [...below, each.name]);
  }
}

function isFileEntry(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile;
}

function isFolderEntry(entry: FileSystemEntry): entry is FileSystemDirectoryEntry {
  return entry.isDirectory;
}

/** A file of the page as what an upload reads. */
export function sourceOf(file: File): FileSource {
  return {
    size: file.size,
    modifiedMs: file.lastModified,
    read: async (from, to) => {
      try {
        return success(new Uint8Array(await file.slice(from, to).arrayBuffer()));
      } catch (error) {
        return unreadable(error);
      }
    },
  };
}

/** The browser refuses to read a file that has changed or gone since it was dropped. */
function unreadable(error: unknown): Outcome<never> {
  if (!(error instanceof DOMException)) throw error;
  return failure('changed-meanwhile', `here: ${error.message}`);
}
