import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { PassThrough } from 'node:stream';
import test from 'ava';
import { openState } from '../../agent/trust/state.ts';
import { WalSync } from '../../disk/wal-sync.ts';
import { openStore } from '../../intermediary/store/store.ts';
import { success } from '../../protocol/outcome.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

type Sync = typeof fs.fdatasync;
const real = fs.fdatasync;

/** Every wait for the disk from here on goes through `instead`. */
function replaceSync(instead: (file: number, done: fs.NoParamCallback) => void): void {
  fs.fdatasync = Object.assign(instead, { __promisify__: real.__promisify__ }) as Sync;
  syncBuiltinESMExports();
}

test.afterEach.always(() => replaceSync(real));

type HeldSync = { readonly finish: () => void; readonly fail: (error: Error) => void };

/** Holds every wait for the disk from here on, until the test ends it; they come one by one from `next`. */
function holdSyncs(): { next(): Promise<HeldSync> } {
  const begun = new PassThrough({ objectMode: true });
  replaceSync((file, done) => begun.write({ finish: () => real(file, done), fail: done } satisfies HeldSync));
  const each: AsyncIterator<HeldSync> = begun[Symbol.asyncIterator]();
  return { next: async () => (await each.next()).value };
}

async function openLog(folder: string) {
  const path = join(folder, 'a.db');
  const db = new DatabaseSync(path);
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; CREATE TABLE rows (one INTEGER)');
  return { db, wal: new WalSync(path) };
}

test.serial('those who come while a sync is under way share the next one, and none is told early', async (t) => {
  const { wal } = await openLog(await temporaryFolder(t));
  const syncs: fs.NoParamCallback[] = [];
  replaceSync((_file, done) => syncs.push(done));
  const told: string[] = [];
  const first = wal.flush().then(() => told.push('first'));
  const others = ['second', 'third'].map((name) => wal.flush().then(() => told.push(name)));
  t.is(syncs.length, 1);
  syncs[0]?.(null);
  await first;
  t.deepEqual([told, syncs.length], [['first'], 2]);
  syncs[1]?.(null);
  await Promise.all(others);
  t.deepEqual([told, syncs.length], [['first', 'second', 'third'], 2]);
});

test.serial('a failed sync fails those who waited for it, and the next is tried anew', async (t) => {
  const { wal } = await openLog(await temporaryFolder(t));
  let syncs = 0;
  replaceSync((_file, done) => queueMicrotask(() => done((syncs += 1) === 1 ? new Error('EIO') : null)));
  await t.throwsAsync(wal.flush());
  await t.notThrowsAsync(wal.flush());
});

test.serial("the agent's memory says of nothing that it is durable before the disk does, and of nothing at all after the disk has failed", async (t) => {
  const opened = openState(join(await temporaryFolder(t), 'agent.db'));
  if (!opened.ok) return t.fail(opened.detail);
  const { db, group } = opened.value;
  const held = holdSyncs();
  let told = false;
  const written = group.write(() => db.exec('UPDATE marks SET max_seen = 1')).then(() => { told = true; });
  const sync = await held.next();
  for (let tick = 0; tick < 20; tick += 1) await new Promise((resolve) => setImmediate(resolve));
  t.false(told);
  sync.finish();
  await written;
  t.true(told);
  const lost = group.write(() => db.exec('UPDATE marks SET max_seen = 2'));
  (await held.next()).fail(Object.assign(new Error('EIO: i/o error'), { code: 'EIO', syscall: 'fdatasync' }));
  t.like(await lost, { ok: false });
  t.like(await group.write(() => undefined), { ok: false });
});

test.serial("the intermediary's store answers a write only when the disk has it", async (t) => {
  const opened = await openStore(join(await temporaryFolder(t), 'intermediary.db'));
  if (!opened.ok) return t.fail(opened.detail);
  const held = holdSyncs();
  let told = false;
  const written = opened.value.write(async () => success(undefined)).then(() => { told = true; });
  const sync = await held.next();
  for (let tick = 0; tick < 20; tick += 1) await new Promise((resolve) => setImmediate(resolve));
  t.false(told);
  sync.finish();
  await written;
  replaceSync(real);
  await opened.value.close();
});
