/**
 * What of the family `file` goes over a live stream: an archive, and a file on its way to its place.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import type { LiveStart } from '../../agent/execution/live-process.ts';
import { Reception } from '../../agent/primitives/file/reception.ts';
import { findPrimitive } from '../../agent/primitives/registry.ts';
import { PieceReader } from '../../protocol/files/pieces.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

test('a folder is sent as an archive that tar unpacks, whole or not at all', async (t) => {
  const at = await temporaryFolder(t);
  mkdirSync(join(at, 'tree', 'empty'), { recursive: true });
  writeFileSync(join(at, 'tree', `${'long '.repeat(40)}ü`), Buffer.alloc(300_000, 'content'));
  writeFileSync(join(at, 'tree', 'short'), 'x');
  symlinkSync('short', join(at, 'tree', 'link'));
  execFileSync('mkfifo', [join(at, 'tree', 'pipe')]);
  for (const gzip of [false, true]) {
    const { ending, pieces } = await archived({ path: join(at, 'tree'), gzip });
    t.like(ending, { ok: true, value: { entries: 4, bytes: 300_001, leftOut: 1, changed: 0 } });
    const unpacked = join(at, gzip ? 'z' : 'plain');
    mkdirSync(unpacked);
    execFileSync('tar', [gzip ? '-xzf' : '-xf', '-', '-C', unpacked], { input: Buffer.concat(pieces) });
    execFileSync('rm', ['-f', join(unpacked, 'tree/pipe')]);
    t.is(execFileSync('diff', ['-r', '--no-dereference', '--exclude=pipe', join(at, 'tree'), join(unpacked, 'tree')]).toString(), '');
    t.like((await archived({ path: join(at, 'tree', 'short'), gzip })).ending, { ok: false, code: 'not-a-directory' });
  }
});

/** What a live stream would carry of an archive. */
async function archived(params: Record<string, unknown>) {
  const served = (await findPrimitive('file.archive'))?.serve?.(params);
  if (served?.ok !== true) throw new Error('it is not served');
  const pieces: Uint8Array[] = [];
  const reader = new PieceReader();
  const output = (_: string, bytes: Uint8Array): void => {
    for (const piece of reader.read(bytes)) if (piece !== 'malformed' && piece.type === 'data') pieces.push(Uint8Array.from(piece.bytes));
  };
  const live = await served.value({ output } as LiveStart);
  if (!live.ok) throw new Error(live.detail);
  return { ending: await live.value.ended, pieces };
}

test.serial('a file on its way that cannot begin, or is taken over while it begins, leaves nothing open', async (t) => {
  const at = await temporaryFolder(t);
  const ids = ['a', 'b'].map((letter) => letter.repeat(32));
  mkdirSync(join(at, `.behest-${ids[0]}.part`));
  writeFileSync(join(at, `.behest-${ids[1]}.part`), Buffer.alloc(5_000_000));
  const [failing, first, second] = [ids[0], ids[1], ids[1]].map((transferId = '') => new Reception({ path: join(at, 'file'), root: at, size: 9_000_000, transferId }));
  if (failing === undefined || first === undefined || second === undefined) throw new Error('three are made');
  const open = (): string[] => readdirSync('/proc/self/fd').map((number) => linkOf(`/proc/self/fd/${number}`)).filter((path) => path.startsWith(at));
  t.like(await failing.begin(), { ok: false, code: 'not-a-file' });
  const [beginning, taking] = await Promise.all([first.begin(), second.begin()]);
  t.like(beginning, { ok: false, code: 'cancelled' });
  t.like(taking, { ok: true, value: 5_000_000 });
  t.is(open().length, 2, 'the root and the file of the one that goes on');
  for (const each of [failing, first, second]) await each.close();
  t.deepEqual(open(), []);
});

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return ''; // that of reading the folder itself
  }
}
