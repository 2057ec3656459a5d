import { failure, success } from '../../../protocol/outcome.ts';
import type { FileEntry } from '../../../protocol/files/facts.ts';
import type { MachineFiles } from '../../../console/web/state/client-port.ts';

const nowMs = Date.now();

function entry(name: string, part: Partial<FileEntry> = {}): FileEntry {
  return { name, kind: 'file', size: 1000 + name.length * 7919, modifiedMs: nowMs - name.length * 3_600_000, mode: '0644', ...part };
}

const folder = (name: string): FileEntry => entry(name, { kind: 'directory', size: 4096, mode: '0755' });
const root = ['bin', 'boot', 'etc', 'home', 'opt', 'root', 'srv', 'tmp', 'usr', 'var'].map(folder);
const few = [folder('archive'), folder('incoming'), entry('current', { kind: 'link', linkTarget: 'archive/2026-11', linkKind: 'directory' }), entry('release-1.4.2.tar.gz', { size: 1_423_551_022 }), entry('notes from the night shift with a name that is longer than most.txt'), entry('Übersicht.pdf', { size: 182_331 }), entry('empty', { size: 0 })];
const crowded = Array.from({ length: 100_000 }, (_, index) => entry(`reading-${index}.csv`, { size: (index * 7919) % 5_000_000 }));
const directories: Readonly<Record<string, readonly FileEntry[]>> = { '/': root, 'C:/': root, '/srv': few, '/var': crowded, '/tmp': [] };

/** The roots and `/srv` have a few, `/var` a hundred thousand, `/tmp` nothing, `/root` is not permitted; others do not exist. */
export const mockFiles: MachineFiles = {
  async list({ path }, { after = '0', limit = 500 } = {}) {
    const all = directories[path];
    if (path === '/home') return new Promise(() => undefined);
    if (all === undefined) return failure(path === '/root' ? 'not-permitted' : 'not-found', path);
    const to = Number(after) + limit;
    return success({ path, entries: all.slice(Number(after), to), truncated: to < all.length, total: all.length, ...(to < all.length ? { cursor: String(to) } : {}) });
  },
  async properties({ path }) {
    const found = Object.values(directories).flat().find(({ name }) => path.endsWith(`/${name}`)) ?? folder('x');
    return success({ ...found, path, allocatedBytes: found.size, accessedMs: nowMs, changedMs: nowMs, createdMs: nowMs, ownerId: 0, groupId: 0, names: 1, identity: 'made-up' });
  },
  makeDirectory: async ({ path }) => failure('already-exists', path),
  delete: async () => success(undefined),
  move: async () => success(undefined),
  download: async () => failure('disk-full', ''),
  downloadArchive: async () => failure('disk-full', ''),
  async upload({ size }, { path }, { progress, signal } = {}) {
    if (path.endsWith('there.txt')) return failure('already-exists', path);
    progress?.({ bytes: Math.floor(size / 3), total: size, bytesPerSecond: 88_000_000, secondsLeft: 28, interrupted: path.endsWith('cut.txt') });
    await new Promise((resolve) => signal?.addEventListener('abort', resolve));
    return failure('cancelled', '');
  },
};
