/**
 * Where a path leads. Without a root it is the path itself, as the system understands it. Within a root it must stay below
 * that directory: it is walked from there name by name and no link is followed, so that nobody who may write in the directory can
 * lead the agent out of it, not even by a link that is put there in the very moment. On Linux each step is taken from
 * the open directory before it (/proc/self/fd); elsewhere the real path is compared.
 */
import { constants } from 'node:fs';
import { lstat, mkdir, open, realpath } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { sep } from 'node:path';
import { Type } from 'typebox';
import { failure, success } from '../../../protocol/outcome.ts';
import type { Failure, Outcome } from '../../../protocol/outcome.ts';
import { systemFailure } from '../system-failure.ts';
import { decoded, encoded, joined, lastName, namesIn, withoutEnd } from './names.ts';
import type { Path } from './names.ts';

const absolute = { pattern: '^(/|[A-Za-z]:[\\\\/]|\\\\\\\\)[^\\u0000]*$', maxLength: 4096 };
const inBase64 = { pattern: '^[A-Za-z0-9+/]+={0,2}$', maxLength: 8192 };

export const absolutePath = (title: string, description: string) => Type.String({ title, description, format: 'path', ...absolute });
export const exactBytes = (title: string, description: string) => Type.Optional(Type.String({ title, description, ...inBase64 }));

/** The parameters that say where. */
export const placeParameters = {
  path: absolutePath('Path', 'Absolute path on the machine.'),
  pathBytes: exactBytes('Exact path', 'The bytes of the path in base64, where it is not UTF-8; the path above is then only shown.'),
  root: Type.Optional(absolutePath('Stay within', 'Directory that the path must not leave: no link on the way is followed. Left out: links are followed as the system does.')),
};

export type PlaceParameters = { readonly path: string; readonly pathBytes?: string; readonly root?: string };

export type Place = {
  /** What the system is given. A link at its end is not part of the way: see `noFollow`. */
  readonly at: Path;
  /** Flag for opening it: within a root a link at the end is not followed either. */
  readonly noFollow: number;
  /** For people. */
  readonly shown: string;
  close(): Promise<void>;
};

const noFollow = constants.O_NOFOLLOW ?? 0;
/** Linux: names a place in the file system without reading it. Node does not name it. */
const openPath = 0o10000000;

/** Finds the place; it must be closed. `outside-root` when it is not below its root, or a link stands on the way. `make`: directories on the way are made. */
export async function findPlace({ path, pathBytes, root }: PlaceParameters, make = false): Promise<Outcome<Place>> {
  const exact = pathBytes === undefined ? encoded(path) : Buffer.from(pathBytes, 'base64');
  if (exact.includes(0) || !isAbsolute(exact)) return failure('params-invalid', 'the exact path is not an absolute path');
  if (root === undefined) {
    const at = withoutEnd(exact);
    if (make) await mkdir(parentOf(at).directory, { recursive: true });
    return success({ at, noFollow: 0, shown: path, close: () => Promise.resolve() });
  }
  const names = namesBelow(encoded(root), exact);
  if (names === undefined || names.some((name) => name.equals(upwards))) return failure('outside-root', path);
  return process.platform === 'linux' ? walk({ root, names, make }, path) : compare({ root, names, make }, withoutEnd(exact), path);
}

/** Runs `deed` at the place and closes it; what the system refuses is a failure. */
export async function atPlace<T extends { readonly ok: boolean }>(given: PlaceParameters, deed: (place: Place) => Promise<T>, { make = false } = {}): Promise<T | Failure> {
  let place: Outcome<Place> | undefined;
  try {
    place = await findPlace(given, make);
    return place.ok ? await deed(place.value) : place;
  } catch (error) {
    return systemFailure(error, given.path);
  } finally {
    if (place?.ok === true) await place.value.close();
  }
}

const upwards = Buffer.from('..');

function isAbsolute(path: Buffer): boolean {
  return path[0] === 0x2f || /^([A-Za-z]:[\\/]|\\\\)/.test(path.toString('latin1', 0, 3));
}

/** The names that lead from `root` to `path`, or undefined when it does not lie there. */
function namesBelow(root: Buffer, path: Buffer): readonly Buffer[] | undefined {
  const [above, all] = [namesIn(root), namesIn(path)];
  return above.every((name, index) => all[index]?.equals(name) === true) ? all.slice(above.length) : undefined;
}

async function walk({ root, names, make }: { readonly root: string; readonly names: readonly Buffer[]; readonly make: boolean }, shown: string): Promise<Outcome<Place>> {
  let directory: FileHandle | undefined;
  try {
    directory = await open(root, openPath | constants.O_DIRECTORY);
    for (const name of names.slice(0, -1)) {
      if (make) await mkdir(below(directory, name)).catch(unlessThere);
      const next = await step(directory, name);
      await directory.close();
      directory = undefined;
      if (!next.ok) return next;
      directory = next.value;
    }
    const opened = directory;
    return success({ at: below(opened, names.at(-1) ?? Buffer.from('.')), noFollow, shown, close: () => opened.close() });
  } catch (error) {
    await directory?.close();
    return systemFailure(error, shown);
  }
}

async function step(from: FileHandle, name: Buffer): Promise<Outcome<FileHandle>> {
  const at = below(from, name);
  try {
    return success(await open(at, openPath | constants.O_DIRECTORY | constants.O_NOFOLLOW));
  } catch (error) {
    const found = await lstat(at).catch(() => undefined);
    return found?.isSymbolicLink() === true ? failure('outside-root', `${decoded(name)} is a link`) : systemFailure(error, decoded(name));
  }
}

function unlessThere(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
}

function below(directory: FileHandle, name: Buffer): Buffer {
  return joined(encoded(`/proc/self/fd/${directory.fd}`), name);
}

/** Without descriptors to walk by: each directory on the way must really be below the root, before anything is made in it. */
async function compare({ root, names, make }: { readonly root: string; readonly names: readonly Buffer[]; readonly make: boolean }, path: Path, shown: string): Promise<Outcome<Place>> {
  try {
    const above = (await realpath(root)).replace(/[/\\]?$/, sep);
    let directory: Path = root;
    for (const name of names.slice(0, -1)) {
      directory = joined(directory, name);
      if (make) await mkdir(directory).catch(unlessThere);
      if (!(await realpath(directory)).startsWith(above)) return failure('outside-root', shown);
    }
    return success({ at: path, noFollow, shown, close: () => Promise.resolve() });
  } catch (error) {
    return systemFailure(error, shown);
  }
}

/** The directory of a place, and the name in it. */
export function parentOf(at: Path): { readonly directory: Path; readonly name: Buffer } {
  const name = lastName(encoded(at));
  const directory = encoded(at).subarray(0, encoded(at).byteLength - name.byteLength);
  return { directory: withoutEnd(directory), name };
}
