/** The store keeps what it has acknowledged, whatever happens to its process. */
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createInterface } from 'node:readline';
import test from 'ava';
import { AuditLog } from '../../intermediary/audit-log/audit-log.ts';
import { takeDataFolder } from '../../intermediary/store/data-folder.ts';
import { openStore } from '../../intermediary/store/store.ts';
import { systemClock } from '../../protocol/clock.ts';
import { failure, success } from '../../protocol/outcome.ts';
import { seeded } from '../support/seeded.ts';
import { valueOf } from '../support/relay.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const kills = Number(process.env['BEHEST_KILLS'] ?? 30);
const seed = Number(process.env['BEHEST_SEED'] ?? 20_261_122);

function invitation(id: string) {
  return { id, access_digest: '', not_after_ms: 0, used: 0 };
}

test('writes of one tick share a commit, and each has its own outcome', async (t) => {
  const store = valueOf(await openStore(join(await temporaryFolder(t), 'store.db')));
  t.teardown(() => store.close());
  const add = (id: string) => store.write(async (tx) => success(void (await tx.insertInto('invitations').values(invitation(id)).execute())));
  const outcomes = await Promise.allSettled([
    add('a'),
    store.write(async (tx) => {
      await tx.insertInto('invitations').values(invitation('undone')).execute();
      return failure('conflict', 'thought better of it');
    }),
    add('a'),
    add('b'),
  ]);
  t.deepEqual(outcomes.map((each) => (each.status === 'rejected' ? 'threw' : each.value.ok ? 'kept' : each.value.code)), ['kept', 'conflict', 'threw', 'kept']);
  const ids = await store.read.selectFrom('invitations').select('id').execute();
  t.deepEqual(ids.map(({ id }) => id), ['a', 'b']);
});

test('a reader sees nothing of a change before it is committed', async (t) => {
  const store = valueOf(await openStore(join(await temporaryFolder(t), 'store.db')));
  t.teardown(() => store.close());
  let seen: number | undefined;
  await store.write(async (tx) => {
    await tx.insertInto('invitations').values(invitation('a')).execute();
    seen = (await store.read.selectFrom('invitations').select('id').execute()).length;
    return success(undefined);
  });
  t.is(seen, 0);
});

test('a store that is closing finishes what it has and refuses the rest', async (t) => {
  const store = valueOf(await openStore(join(await temporaryFolder(t), 'store.db')));
  const early = store.write(async (tx) => success(void (await tx.insertInto('invitations').values(invitation('a')).execute())));
  const closed = store.close();
  const late = await store.write(async () => success(undefined));
  t.is(late.ok ? '' : late.code, 'stopping');
  t.true((await early).ok);
  await closed;
});

test(`killed ${kills} times at random, it has all it acknowledged (seed ${seed})`, async (t) => {
  t.timeout(300_000);
  const path = join(await temporaryFolder(t), 'store.db');
  const random = seeded(seed);
  const acknowledged = new Set<string>();
  for (let kill = 0; kill < kills; kill += 1) {
    const writer = spawn(process.execPath, [join(import.meta.dirname, '..', 'support', 'store-writer.ts'), path], { stdio: ['ignore', 'pipe', 'inherit'] });
    let left = 1 + random.below(120);
    const lines = createInterface({ input: writer.stdout });
    lines.on('line', (id) => {
      if (id.length === 36) acknowledged.add(id);
      left -= 1;
      if (left === 0) writer.kill('SIGKILL');
    });
    await new Promise((resolve) => writer.once('close', resolve));
  }
  const database = new DatabaseSync(path);
  t.is(database.prepare('pragma integrity_check').get()?.['integrity_check'], 'ok');
  database.close();
  const store = valueOf(await openStore(path));
  t.teardown(() => store.close());
  const kept = new Set((await store.read.selectFrom('invitations').select('id').execute()).map(({ id }) => id));
  t.deepEqual([...acknowledged].filter((id) => !kept.has(id)), []);
  t.true(acknowledged.size > kills);
  t.is(valueOf(await new AuditLog(store, systemClock).verify()).seq, kept.size);
});

test('a damaged database is recognised and left as it is', async (t) => {
  const folder = await temporaryFolder(t);
  const path = join(folder, 'store.db');
  const store = valueOf(await openStore(path));
  for (let n = 0; n < 200; n += 1) await store.write(async (tx) => success(void (await tx.insertInto('invitations').values({ ...invitation(String(n)), access_digest: 'x'.repeat(500) }).execute())));
  await store.close();
  const bytes = readFileSync(path);
  bytes.fill(0x5a, 4096 * 20, 4096 * 24);
  writeFileSync(path, bytes);
  const opened = await openStore(path);
  t.is(opened.ok ? 'opened' : opened.code, 'store-damaged');
  t.deepEqual(readFileSync(path), bytes);
  const nonsense = join(folder, 'nonsense.db');
  writeFileSync(nonsense, 'this is not a database, but long enough to look like a file of some kind'.repeat(20));
  const other = await openStore(nonsense);
  t.is(other.ok ? 'opened' : other.code, 'store-damaged');
});

test('a data folder is taken by one at a time, and free again afterwards', async (t) => {
  const path = join(await temporaryFolder(t), 'data');
  const first = valueOf(takeDataFolder(path));
  const second = takeDataFolder(path);
  t.is(second.ok ? '' : second.code, 'data-locked');
  first.release();
  valueOf(takeDataFolder(path)).release();
});

test('a folder that cannot be made says so', async (t) => {
  const folder = await temporaryFolder(t);
  writeFileSync(join(folder, 'file'), '');
  const taken = takeDataFolder(join(folder, 'file', 'data'));
  t.is(taken.ok ? '' : taken.code, 'data-unwritable');
  await mkdir(join(folder, 'taken', 'lock.db'), { recursive: true });
  const blocked = takeDataFolder(join(folder, 'taken'));
  t.is(blocked.ok ? '' : blocked.code, 'data-unwritable');
});
