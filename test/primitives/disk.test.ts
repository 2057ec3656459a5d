import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { assert, property, string } from 'fast-check';
import type { SizeRow } from '../../agent/primitives/disk/directory-sizes.ts';
import type { FileSystemRow } from '../../agent/primitives/disk/file-systems.ts';
import { parseMounts } from '../../agent/primitives/disk/file-systems.ts';
import { makeWorkshop, newId } from '../execution/support.ts';
import { has } from '../support/needs.ts';
import { folderInMemory, temporaryFolder } from '../support/temporary-folder.ts';

const { run, executor } = makeWorkshop();
test.after.always(() => executor.stop());

const usage = async (params: Record<string, unknown> = {}) => {
  const { ending } = await run('disk.usage', params);
  return { code: ending.code ?? ending.status, ...Object(ending.result) };
};

test('file systems have the sizes that df gives', async (t) => {
  const { fileSystems } = await usage();
  const root = fileSystems.find(({ path }: FileSystemRow) => path === '/');
  const [size, , free] = execFileSync('df', ['--block-size=1', '--output=size,used,avail', '/'], { encoding: 'utf8' }).split('\n')[1]!.trim().split(/\s+/).map(Number);
  t.is(root.sizeBytes, size);
  t.true(Math.abs(root.freeBytes - (free ?? 0)) < 2 ** 28, `${root.freeBytes} ${free}`);
  t.true(root.usedPercent > 0 && root.usedPercent <= 100);
  t.false(fileSystems.some(({ kind }: FileSystemRow) => kind === 'proc' || kind === 'sysfs'));
});

test('a directory is measured as du measures it: files of several names once, links not followed, names of any bytes', async (t) => {
  const folder = await temporaryFolder(t);
  mkdirSync(join(folder, 'large', 'deep', 'deeper'), { recursive: true });
  writeFileSync(join(folder, 'large', 'deep', 'deeper', 'data'), Buffer.alloc(3_000_000, 1));
  linkSync(join(folder, 'large', 'deep', 'deeper', 'data'), join(folder, 'same'));
  mkdirSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.of(0xff, 0x41)]));
  writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.of(0xff, 0x41), Buffer.from('/in')]), Buffer.alloc(100_000, 1));
  symlinkSync('/usr', join(folder, 'link'));
  execFileSync('mkfifo', [join(folder, 'pipe')]);
  const noted: number[] = [];
  const { ending } = await run('disk.usage', { path: folder }, { progress: (percent) => noted.push(percent) });
  const result = Object(ending.result);
  t.is(result.usedBytes, 1024 * Number(execFileSync('du', ['--summarize', '--block-size=1024', folder], { encoding: 'utf8' }).split('\t')[0]));
  t.is(result.entries, 9);
  const byName = new Map((result.contents as SizeRow[]).map((row) => [row.name, row]));
  t.like(byName.get('\uFFFDA'), { kind: 'directory', entries: 2 });
  t.like(byName.get('link'), { kind: 'other', entries: 1 });
  t.like(byName.get('pipe'), { kind: 'other', usedBytes: 0 });
  t.deepEqual(result.contents.map(({ usedBytes }: SizeRow) => usedBytes), result.contents.map(({ usedBytes }: SizeRow) => usedBytes).toSorted((left: number, right: number) => right - left));
  t.is(noted.at(-1), 100);
  t.like(await usage({ path: folder, most: 1 }), { truncated: true });
});

test('other file systems below are not counted', async (t) => {
  if (!has(t, 'network namespaces')) return;
  const folder = await temporaryFolder(t);
  mkdirSync(join(folder, 'mounted'));
  const commands = 'set -e; mount -t tmpfs tmpfs "$FOLDER/mounted"; head -c 5000000 /dev/zero > "$FOLDER/mounted/data"; "$NODE" "$RUNNER" disk.usage "{\\"path\\":\\"$FOLDER\\"}"';
  const environment = { ...process.env, NODE: process.execPath, RUNNER: join(import.meta.dirname, '../support/run-primitive.ts'), FOLDER: folder };
  const { result } = JSON.parse(execFileSync('unshare', ['--mount', 'sh', '-c', commands], { encoding: 'utf8', timeout: 60_000, env: environment }));
  t.deepEqual(result.contents, []);
  t.like(result.fileSystems.find(({ path }: FileSystemRow) => path === join(folder, 'mounted')), { kind: 'tmpfs' });
});

test('what is no directory is told, and a long count can be cancelled', async (t) => {
  t.is((await usage({ path: '/etc/passwd' })).code, 'not-a-directory');
  t.is((await usage({ path: '/nonexistent' })).code, 'not-found');
  const folder = await folderInMemory(t);
  for (let index = 0; index < 3000; index += 1) writeFileSync(join(folder, String(index)), '');
  const id = newId();
  const { ending } = await run('disk.usage', { path: folder }, { id, progress: () => void executor.cancel(id) });
  t.is(ending.status, 'cancelled');
});

test('mounts are read whatever their names hold', (t) => {
  const text = '22 27 0:21 / /proc rw,relatime - proc proc rw\n30 27 8:1 / / rw shared:1 master:2 - ext4 /dev/sda1 rw\n31 30 8:1 /x /bound rw - ext4 /dev/sda1 rw\n32 30 0:50 / /with\\040space rw - cifs //server/a\\040b rw\n';
  t.deepEqual(parseMounts(text), [
    { path: '/proc', kind: 'proc', device: 'proc' },
    { path: '/', kind: 'ext4', device: '/dev/sda1' },
    { path: '/with space', kind: 'cifs', device: '//server/a b' },
  ]);
  t.notThrows(() => assert(property(string(), (any) => Array.isArray(parseMounts(any)))));
});
