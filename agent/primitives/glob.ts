/**
 * Whether a path fits a glob. A name that begins with a dot is a name like any other: what is looked for may well be hidden.
 */
import { matchesGlob } from 'node:path';

export function fitsGlob(path: string, pattern: string): boolean {
  // the library passes hidden names over, so each name and what it must fit is tried with a letter before it too
  return matchesGlob(path, pattern) || matchesGlob(path.replaceAll(nameBegins, 'x'), pattern.replaceAll(nameBegins, 'x'));
}

/** Where a name begins; `**` is none. A backslash is a separator on Windows, and elsewhere takes the next sign as it is. */
const nameBegins = process.platform === 'win32' ? /(?<=^|[/\\])(?!\*\*(?:[/\\]|$))/g : /(?<=^|\/)(?!\*\*(?:\/|$))/g;
