/**
 * Paths of a machine as the address of the page has them: where one is, what is above, and the way there name by name.
 */
import type { RemotePath } from '../../../protocol/files/facts.ts';
import type { Machine } from '../../../protocol/messages/live.ts';
import { base64, textOf, unbase64 } from '../../../protocol/bytes.ts';

export type Crumb = { readonly label: string; readonly at: RemotePath };

/** What the address of the page holds: the path as shown and, where it is not UTF-8, its exact bytes. */
export type PlaceInAddress = { readonly path?: string | undefined; readonly exact?: string | undefined };

export function placeOf({ path, exact }: PlaceInAddress, windows: boolean): RemotePath {
  if (path === undefined || !isAbsolute(path)) return { path: windows ? 'C:/' : '/' };
  return { path: tidy(path, windows), ...(exact === undefined ? {} : { pathBytes: exact }) };
}

export function addressOf({ path, pathBytes }: RemotePath): PlaceInAddress {
  return { path, exact: pathBytes };
}

export function isAbsolute(path: string): boolean {
  return /^(\/|[A-Za-z]:[\\/]|\\\\)/.test(path);
}

/** One kind of separator, none at the end unless it is a root. */
function tidy(path: string, windows: boolean): string {
  const slashes = windows ? path.replaceAll('\\', '/') : path;
  const cut = slashes.replace(/\/+$/, '');
  return cut === '' || /^[A-Za-z]:$/.test(cut) ? `${cut}/` : cut;
}

/** From the root to the place itself. */
export function crumbsOf(at: RemotePath): readonly Crumb[] {
  const crumbs: Crumb[] = [];
  for (let here: RemotePath | undefined = at; here !== undefined;) {
    const upper = above(here);
    crumbs.unshift({ label: upper === undefined ? here.path : lastName(here.path), at: here });
    here = upper;
  }
  return crumbs;
}

/** The directory above; undefined for a root. */
export function above({ path, pathBytes }: RemotePath): RemotePath | undefined {
  const root = /^([A-Za-z]:\/|\/\/[^/]+\/[^/]+|\/)/.exec(path)?.[0] ?? '/';
  if (path.length <= root.length) return undefined;
  const shown = path.slice(0, Math.max(root.length, path.lastIndexOf('/')));
  const exact = pathBytes === undefined ? undefined : unbase64(pathBytes);
  if (exact === undefined) return { path: shown };
  const upper = exact.subarray(0, Math.max(1, exact.lastIndexOf(slash)));
  return textOf(upper) === undefined ? { path: shown, pathBytes: base64(upper) } : { path: shown };
}

const slash = 0x2f;

/** Its own name; a root is called as it is. */
export function lastName(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return name === '' ? path : name;
}

/** Why a name cannot be given to a file; undefined when it can. */
export function nameFault(name: string, windows: boolean): string | undefined {
  if (name.trim() === '') return 'A name is needed.';
  if (name === '.' || name === '..') return 'This name stands for a directory already.';
  const separators = windows ? ['/', '\\', ':'] : ['/'];
  const found = separators.find((sign) => name.includes(sign));
  return found === undefined ? undefined : `A name cannot have a ${found} in it.`;
}

/** Whether paths of this machine begin with a drive. */
export function hasDrives({ facts }: Pick<Machine, 'facts'>): boolean {
  return facts.platform.startsWith('win');
}
