/**
 * Names of files are bytes on Linux and text elsewhere. Everywhere here a path is what the system is given: bytes on Linux.
 * What is no UTF-8 is shown with �, and its bytes are said beside it.
 */
import { textOf } from '../../../protocol/bytes.ts';

export type Path = Buffer | string;

const isText = process.platform === 'win32';
const separator = 0x2f;

/** Windows takes either separator; from here on there is one. */
export function encoded(path: Path): Buffer {
  if (Buffer.isBuffer(path)) return path;
  return Buffer.from(isText ? path.replaceAll('\\', '/') : path);
}

/** For people. */
export function decoded(name: Path): string {
  return typeof name === 'string' ? name : name.toString('utf8');
}

/** The name for people and, where that loses something, its bytes. */
export function shownName(name: Path): { readonly name: string; readonly nameBytes?: string } {
  if (typeof name === 'string') return { name };
  const text = textOf(name);
  return text === undefined ? { name: name.toString('utf8'), nameBytes: name.toString('base64') } : { name: text };
}

export function joined(directory: Path, name: Path): Path & Buffer {
  const parts = [encoded(directory), encoded(name)] as const;
  const isEnded = parts[0].at(-1) === separator;
  return Buffer.concat(isEnded ? parts : [parts[0], Buffer.of(separator), parts[1]]);
}

/** What the system is given for a path: without separators at its end, which would follow a link. */
export function withoutEnd(path: Buffer): Path {
  let end = path.byteLength;
  while (end > 1 && path[end - 1] === separator) end -= 1;
  return isText ? path.toString('utf8', 0, end) : path.subarray(0, end);
}

/** The names in a path, without empty ones and `.`. */
export function namesIn(path: Buffer): Buffer[] {
  const names: Buffer[] = [];
  for (let from = 0; from <= path.byteLength;) {
    const at = path.indexOf(separator, from);
    const end = at < 0 ? path.byteLength : at;
    const name = path.subarray(from, end);
    if (name.byteLength > 0 && !name.equals(here)) names.push(name);
    from = end + 1;
  }
  return names;
}

export function lastName(path: Buffer): Buffer {
  return path.subarray(path.lastIndexOf(separator) + 1);
}

const here = Buffer.from('.');
