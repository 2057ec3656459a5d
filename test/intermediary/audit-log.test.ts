/** The audit log shows each kind of alteration, and each thing that happened. */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import test from 'ava';
import { auditStart, followAuditChain } from '../../protocol/audit-chain.ts';
import { AuditLog } from '../../intermediary/audit-log/audit-log.ts';
import { openStore } from '../../intermediary/store/store.ts';
import { systemClock } from '../../protocol/clock.ts';
import { Relay, valueOf } from '../support/relay.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const alterations: Record<string, string> = {
  'a changed detail': `update audit_log set data = '{"n":99}' where seq = 5`,
  'a changed kind': `update audit_log set kind = 'sign-out' where seq = 5`,
  'a changed time': 'update audit_log set at_ms = at_ms + 1 where seq = 5',
  'a removed entry': 'delete from audit_log where seq = 5',
  'a removed beginning': 'delete from audit_log where seq <= 3',
  'an entry put in': `update audit_log set seq = seq + 1000 where seq > 5; update audit_log set seq = seq - 999 where seq > 1000; insert into audit_log select 6, at_ms, kind, data, previous, hash from audit_log where seq = 5`,
  'two entries swapped': 'update audit_log set seq = 1000 where seq = 5; update audit_log set seq = 5 where seq = 6; update audit_log set seq = 6 where seq = 1000',
  'a changed hash': `update audit_log set hash = randomblob(32) where seq = 10`,
};

for (const [name, sql] of Object.entries(alterations)) {
  test(`${name} is found`, async (t) => {
    const path = join(await temporaryFolder(t), 'log.db');
    const store = valueOf(await openStore(path));
    t.teardown(() => store.close());
    const log = new AuditLog(store, systemClock);
    await Promise.all(Array.from({ length: 10 }, (_, n) => log.note('sign-in', { n })));
    t.is(valueOf(await log.verify()).seq, 10);
    const knife = new DatabaseSync(path);
    knife.exec(sql);
    knife.close();
    const verified = await log.verify();
    t.is(verified.ok ? 'whole' : verified.code, 'log-altered');
  });
}

test('an end that was cut off shows to whoever remembers a later hash', async (t) => {
  const path = join(await temporaryFolder(t), 'log.db');
  const store = valueOf(await openStore(path));
  t.teardown(() => store.close());
  const log = new AuditLog(store, systemClock);
  for (let n = 0; n < 10; n += 1) await log.note('sign-in', { n });
  const head = valueOf(await log.verify());
  const knife = new DatabaseSync(path);
  knife.exec('delete from audit_log where seq > 7');
  knife.close();
  await log.note('sign-in', { n: 'another eighth' });
  t.not(valueOf(await log.verify()).hash, head.hash);
  t.deepEqual(await log.read(head.seq, 10), []);
});

test('entries that come at once stand in one unbroken chain, and one that is undone leaves no gap', async (t) => {
  const store = valueOf(await openStore(join(await temporaryFolder(t), 'log.db')));
  t.teardown(() => store.close());
  const log = new AuditLog(store, systemClock);
  const writes = Array.from({ length: 50 }, (_, n) =>
    store.write(async (tx) => {
      await log.append(tx, 'sign-in', { n });
      return n % 5 === 0 ? { ok: false, code: 'conflict', detail: '' } : { ok: true, value: n };
    }),
  );
  await Promise.all(writes);
  t.is(valueOf(await log.verify()).seq, 40);
});

test('what a hostile text brings along stays inside its entry', async (t) => {
  const relay = await Relay.start(t);
  const name = '\r\n{"kind":"sign-in"}\u001b[31m\u202e';
  await relay.ask('/api/sign-in', { method: 'POST', body: { name, password: 'x' } });
  const { json } = await relay.ask('/api/audit-log', { token: await relay.tokenOf('admin') });
  const entry = json.find(({ kind }: { kind: string }) => kind === 'sign-in-refused');
  for (const control of ["\r", "\n", "\u{1b}"]) t.false(entry.data.includes(control));
  t.is(JSON.parse(entry.data).name, name);
  t.true((await followAuditChain(auditStart, json)).ok);
});
