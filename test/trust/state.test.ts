import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { openState } from '../../agent/trust/state.ts';
import { valueOf, newFolder, openWorld, registry } from '../support/world.ts';
import { makeDirective } from '../support/make-directive.ts';

function fresh(t: ExecutionContext): string {
  const folder = newFolder();
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'data', 'agent.db');
}

test('a fresh folder is made private', (t) => {
  const path = fresh(t);
  valueOf(openState(path)).close();
  t.is(statSync(path).mode & 0o777, 0o600);
  t.is(statSync(join(path, '..')).mode & 0o777, 0o700);
});

test('it writes ahead, waits for the disk and survives opening again', (t) => {
  const path = fresh(t);
  const first = valueOf(openState(path));
  t.like(first.db.prepare('PRAGMA journal_mode').get(), { journal_mode: 'wal' });
  t.like(first.db.prepare('PRAGMA synchronous').get(), { synchronous: 1 });
  t.like(first.db.prepare('PRAGMA foreign_keys').get(), { foreign_keys: 1 });
  first.close();
  valueOf(openState(path)).close();
});

test('a second opening in this process is refused, and possible after closing', (t) => {
  const path = fresh(t);
  const first = valueOf(openState(path));
  t.like(openState(path), { ok: false, code: 'data-locked' });
  first.close();
  valueOf(openState(path)).close();
});

test('a second process is refused until the first is killed', async (t) => {
  const path = fresh(t);
  const holder = spawn(process.execPath, ['--input-type=module', '--eval', `import { openState } from ${JSON.stringify(new URL('../../agent/trust/state.ts', import.meta.url).href)}; console.log(openState(${JSON.stringify(path)}).ok); setInterval(() => {}, 1000);`], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.teardown(() => holder.kill('SIGKILL'));
  const [said] = await once(holder.stdout, 'data');
  t.is(String(said).trim(), 'true');
  t.like(openState(path), { ok: false, code: 'data-locked' });
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  valueOf(openState(path)).close();
});

function filled(path: string): void {
  const state = valueOf(openState(path));
  state.db.exec("INSERT INTO directives (id, digest, authentic, state, expires_at) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) SELECT printf('%032x', i), randomblob(32), 1, 'reported', 1 FROM n");
  state.close();
}

test('damage of any kind is told and left as it is', (t) => {
  const damages: Record<string, (path: string) => void> = {
    'no database at all': (path) => writeFileSync(path, 'this is not a database, it is a text'.repeat(100)),
    'the first bytes overwritten': (path) => overwrite(path, 0),
    'a page in the middle overwritten': (path) => overwrite(path, 4096 * 8),
    'cut in the middle': (path) => truncateSync(path, 4096 * 10 + 17),
  };
  for (const [what, damage] of Object.entries(damages)) {
    const path = fresh(t);
    filled(path);
    damage(path);
    const before = readFileSync(path);
    t.like(openState(path), { ok: false, code: 'store-damaged' }, what);
    t.true(before.equals(readFileSync(path)), what);
  }
});

function overwrite(path: string, at: number): void {
  const bytes = readFileSync(path);
  bytes.fill(0xa5, at, at + 2048);
  writeFileSync(path, bytes);
}

test('a database of a newer program is left alone', (t) => {
  const path = fresh(t);
  valueOf(openState(path)).close();
  const db = new DatabaseSync(path);
  db.exec('PRAGMA user_version = 99');
  db.close();
  t.like(openState(path), { ok: false, code: 'store-too-new' });
});

test('a folder that cannot be is told as unwritable', (t) => {
  const path = fresh(t);
  writeFileSync(join(path, '..', '..', 'file'), '');
  t.like(openState(join(path, '..', '..', 'file', 'agent.db')), { ok: false, code: 'data-unwritable' });
  mkdirSync(path, { recursive: true });
  t.like(openState(path), { ok: false, code: 'data-unwritable' });
});

test('a read-only folder is told as unwritable', (t) => {
  if (process.getuid?.() === 0) {
    t.log('skipped, since nothing is read-only to root');
    return t.pass();
  }
  const path = fresh(t);
  const folder = join(path, '..', '..');
  chmodSync(folder, 0o500);
  t.like(openState(path), { ok: false, code: 'data-unwritable' });
  chmodSync(folder, 0o700);
});

/** A file system of so many KiB, or undefined where this process may not mount one. */
function smallDisk(t: ExecutionContext, kibibytes: number): string | undefined {
  const folder = newFolder();
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${kibibytes}k`, 'tmpfs', folder]).status === 0;
  t.teardown(() => {
    if (mounted) spawnSync('umount', [folder]);
    rmSync(folder, { recursive: true, force: true });
  });
  if (mounted) return folder;
  t.log('skipped, since this user may not mount a small disk');
  t.pass();
  return undefined;
}

test('a disk without room for the database is told, and nothing half-made stays', (t) => {
  const disk = smallDisk(t, 16);
  if (disk === undefined) return;
  const path = join(disk, 'agent.db');
  t.like(openState(path), { ok: false, code: 'disk-full' });
  t.false(existsSync(path));
});

test('a disk that fills up loses nothing that was accepted, and goes on when there is room', async (t) => {
  const disk = smallDisk(t, 1500);
  if (disk === undefined) return;
  const world = await openWorld(disk);
  t.teardown(() => world.end());
  const filler = join(disk, 'filler');
  const accepted: string[] = [];
  let refusedWith: string | undefined;
  writeFileSync(filler, new Uint8Array(600 * 1024));
  for (let number = 0; refusedWith === undefined && number < 2000; number += 1) {
    const id = number.toString(16).padStart(32, '0');
    const { envelope, proof } = await makeDirective(world, id, { set: { 'params.text': { $repeat: ['x', 4000] } } });
    const admission = await world.trust.admit(envelope, proof, registry);
    if (admission.outcome === 'accepted') accepted.push(id);
    else if (admission.outcome === 'refused') {
      refusedWith = admission.code;
      t.is(admission.report, undefined);
    }
  }
  t.is(refusedWith, 'disk-full');
  t.true(accepted.length > 0);
  t.deepEqual(world.trust.pending().sort(), accepted.toSorted());
  t.like(await world.trust.report(accepted[0]!, { status: 'succeeded', result: 'y'.repeat(200_000), endedAtMs: 1 }), { ok: false, code: 'disk-full' });
  rmSync(filler);
  t.true((await world.trust.report(accepted[0]!, { status: 'succeeded', endedAtMs: 1 })).ok);
  world.restart();
  t.deepEqual(world.trust.resumable().map(({ directive }) => directive.id).sort(), accepted.slice(1).sort());
});
