/**
 * What the disk family wants of a system. One implementation each; the primitive knows no system.
 */
import { existsSync, readFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { failure, success } from '../../../protocol/outcome.ts';
import type { Outcome } from '../../../protocol/outcome.ts';

/** What is not known is absent. */
export const FileSystemRow = Type.Object(
  {
    path: Type.String({ title: 'At', description: 'Directory where it begins.' }),
    kind: Type.String({ title: 'Kind', description: 'Kind of the file system.' }),
    device: Type.String({ title: 'Device', description: 'Where it is kept.' }),
    sizeBytes: Type.Optional(Type.Integer({ title: 'Size', description: 'Bytes in all.' })),
    usedBytes: Type.Optional(Type.Integer({ title: 'Used', description: 'Bytes that are taken.' })),
    freeBytes: Type.Optional(Type.Integer({ title: 'Free', description: 'Bytes that a user may still take.' })),
    usedPercent: Type.Optional(Type.Integer({ title: 'Full', description: 'Per cent of what users may take.' })),
    usedFilesPercent: Type.Optional(Type.Integer({ title: 'Files', description: 'Per cent of the files that it can hold (inodes).' })),
  },
  { additionalProperties: false },
);
export type FileSystemRow = Static<typeof FileSystemRow>;

/** A server of files that is away holds up whoever asks for its size. */
const answerMs = 3000;

/** Those of the machine that hold files of their own. */
export async function fileSystems(): Promise<Outcome<FileSystemRow[]>> {
  if (process.platform !== 'linux' && process.platform !== 'win32') return failure('not-on-this-platform', process.platform);
  const mounts = process.platform === 'win32' ? drives() : parseMounts(readFileSync('/proc/self/mountinfo', 'utf8'));
  const rows = await Promise.all(mounts.map(sized));
  return success(rows.filter((row) => row.sizeBytes !== 0));
}

/** Windows has a letter for each, which Node does not list; of what kind one is, it does not tell. */
function drives(): Mount[] {
  const letters = Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZ', (letter) => `${letter}:\\`);
  return letters.filter((path) => existsSync(path)).map((path) => ({ path, kind: '', device: path.slice(0, 2) }));
}

export type Mount = Pick<FileSystemRow, 'path' | 'kind' | 'device'>;

/** proc_pid_mountinfo(5). Of several places with the same device the first is taken, and of several at one place the last, which hides the others. */
export function parseMounts(text: string): Mount[] {
  const byPath = new Map<string, Mount & { readonly number: string }>();
  for (const line of text.split('\n')) {
    const [, number, path, rest] = /^\d+ \d+ (\d+:\d+) \S+ (\S+) \S+ (?:\S+ )*?- (.*)$/.exec(line) ?? [];
    const [kind = '', device = ''] = rest?.split(' ') ?? [];
    if (number !== undefined && path !== undefined) byPath.set(unescaped(path), { path: unescaped(path), kind, device: unescaped(device), number });
  }
  const mounts = [...byPath.values()];
  return mounts.filter((mount, index) => mounts.findIndex((each) => each.number === mount.number) === index).map(({ path, kind, device }) => ({ path, kind, device }));
}

/** White space is written as three octal digits. */
function unescaped(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}

async function sized(mount: Mount): Promise<FileSystemRow> {
  const waiting = new AbortController();
  const late = setTimeout(answerMs, undefined, { signal: waiting.signal }).catch(() => undefined);
  const stat = await Promise.race([statfs(mount.path).catch(() => undefined), late]);
  waiting.abort();
  if (stat === undefined) return mount;
  const { bsize, blocks, bfree, bavail, files, ffree } = stat;
  const used = blocks - bfree;
  return {
    ...mount,
    sizeBytes: blocks * bsize,
    usedBytes: used * bsize,
    freeBytes: bavail * bsize,
    ...percent('usedPercent', used, used + bavail),
    ...percent('usedFilesPercent', files - ffree, files),
  };
}

/** As df: rounded up. Some file systems have no bound on files. */
function percent<Name extends 'usedPercent' | 'usedFilesPercent'>(name: Name, part: number, whole: number): { [key in Name]?: number } {
  return whole > 0 ? { [name]: Math.ceil((100 * part) / whole) } as { [key in Name]: number } : {};
}
