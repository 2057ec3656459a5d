import test from 'ava';
import type { FileEntry } from '../../protocol/files/facts.ts';
import { arrange, parseFileSort } from '../../console/web/state/file-order.ts';
import { above, crumbsOf, nameFault, placeOf } from '../../console/web/state/file-place.ts';
import { Transfers } from '../../console/web/state/transfers.ts';
import type { TransferJob } from '../../console/web/state/transfers.ts';
import { within } from '../../console/client/files/walk.ts';
import { failure, success } from '../../protocol/outcome.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import { seeded } from '../support/seeded.ts';

function entry(name: string, part: Partial<FileEntry> = {}): FileEntry {
  return { name, kind: 'file', size: 0, modifiedMs: 0, ...part };
}

test('the way to a directory leads from the root name by name, on Linux and on Windows', (t) => {
  const labels = (path: string, windows: boolean): string[] => crumbsOf(placeOf({ path }, windows)).map(({ label }) => label);
  t.deepEqual(labels('/srv/a b/', false), ['/', 'srv', 'a b']);
  t.deepEqual(labels('C:\\Users\\Ada', true), ['C:/', 'Users', 'Ada']);
  t.deepEqual(labels('\\\\server\\share\\folder', true), ['//server/share', 'folder']);
  t.deepEqual(placeOf({ path: 'not/absolute' }, false), { path: '/' });
  t.deepEqual(placeOf({ path: 'C:' }, true), { path: 'C:/' });
  t.is(above({ path: '/' }), undefined);
  t.is(above({ path: 'C:/' }), undefined);
});

test('going into anything and up again is where one was, whatever bytes the names have', (t) => {
  const seed = Number(process.env['BEHEST_SEED'] ?? Date.now() % 1_000_000);
  t.log(`BEHEST_SEED=${seed}`);
  const { below } = seeded(seed);
  for (let round = 0; round < 500; round++) {
    let at = placeOf({}, below(2) === 0);
    for (let depth = below(6); depth >= 0; depth--) {
      const bytes = Buffer.from(Array.from({ length: 1 + below(8) }, () => [0x61, 0xff, 0xc3, 0xa4, 0x20, 0x2e][below(6)] ?? 0x61));
      const name = bytes.toString();
      const inside = within(at, Buffer.from(name).equals(bytes) ? { name } : { name, nameBytes: bytes.toString('base64') });
      t.deepEqual(above(inside), at);
      at = inside;
    }
  }
});

test('directories and links to them stand first; numbers in names count as numbers; the order can be turned', (t) => {
  const entries = [entry('b10', { size: 1 }), entry('b9', { size: 2 }), entry('z', { kind: 'directory' }), entry('l', { kind: 'link', linkKind: 'directory' })];
  const names = (sort: string, filter = ''): string[] => arrange(entries, parseFileSort(sort), filter).map(({ name }) => name);
  t.deepEqual(names('name'), ['l', 'z', 'b9', 'b10']);
  t.deepEqual(names('-name'), ['z', 'l', 'b10', 'b9']);
  t.deepEqual(names('-size'), ['l', 'z', 'b9', 'b10']);
  t.deepEqual(names('nonsense', ' B1'), ['b10']);
  t.deepEqual(arrange([entry('new', { modifiedMs: 2 }), entry('old', { modifiedMs: 1 })], parseFileSort('modified'), '').map(({ name }) => name), ['old', 'new']);
});

test('a name that would lead elsewhere is refused', (t) => {
  for (const name of ['', ' ', '.', '..', 'a/b']) t.is(typeof nameFault(name, false), 'string', name);
  for (const name of ['a\\b', 'C:']) t.deepEqual([nameFault(name, false), typeof nameFault(name, true)], [undefined, 'string'], name);
  t.is(nameFault('a.b', true), undefined);
});

/** A job that ends when it is told to. */
function job(name: string): TransferJob & { readonly runs: ((ended: Outcome<unknown>) => void)[]; dropped: boolean; replaced: boolean; isDone: boolean } {
  const made = {
    agentId: 'a', direction: 'up' as const, name, dropped: false, replaced: false, isDone: false,
    runs: [] as ((ended: Outcome<unknown>) => void)[],
    run: ({ signal }: { signal?: AbortSignal }) => new Promise<Outcome<unknown>>((resolve) => {
      made.runs.push(resolve);
      signal?.addEventListener('abort', () => resolve(failure('cancelled', '')));
    }),
    drop: async () => void (made.dropped = true),
    replace: () => void (made.replaced = true),
    done: () => void (made.isDone = true),
  };
  return made;
}

test('two transfers run at once; the others wait, can be stopped, resumed and dismissed', async (t) => {
  let busy = false;
  const transfers = new Transfers((isBusy) => (busy = isBusy));
  const jobs = ['one', 'two', 'three', 'four'].map(job);
  jobs.forEach((each) => transfers.start(each));
  const states = (): string => transfers.live.get().map(({ state }) => state).join(' ');
  t.is(states(), 'running running waiting waiting');
  transfers.stop(4);
  jobs[0]?.runs[0]?.(success(undefined));
  await new Promise(setImmediate);
  t.is(states(), 'done running running stopped');
  transfers.stop(2);
  await new Promise(setImmediate);
  t.is(states(), 'done stopped running stopped');
  transfers.resume(2);
  jobs[2]?.runs[0]?.(failure('disk-full', 'there'));
  await new Promise(setImmediate);
  t.is(states(), 'done running failed stopped');
  t.is(transfers.live.get()[2]?.failure?.code, 'disk-full');
  t.true(busy);
  t.deepEqual(jobs.map(({ isDone }) => isDone), [true, false, false, false]);
  transfers.replace(3);
  t.true(jobs[2]?.replaced);
  t.is(transfers.live.get()[2]?.failure, undefined);
  transfers.dismiss(1);
  transfers.dismiss(2);
  transfers.dismiss(4);
  t.deepEqual(transfers.live.get().map(({ id }) => id), [2, 3]);
  t.deepEqual(jobs.map(({ dropped }) => dropped), [false, false, false, true]);
});
