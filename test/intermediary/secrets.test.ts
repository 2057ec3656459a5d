/** Chain secrets at rest: worth nothing without the key beside the database. */
import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import test from 'ava';
import { pino } from 'pino';
import { startIntermediary } from '../../intermediary/intermediary.ts';
import type { Settings } from '../../intermediary/intermediary.ts';
import { base64Url, hex } from '../../protocol/bytes.ts';
import { systemClock, systemRandom } from '../../protocol/clock.ts';
import { signStatement } from '../../protocol/statements/dsse.ts';
import { toJson } from '../../protocol/statements/envelope-json.ts';
import { resyncType } from '../../protocol/statements/resync.ts';
import { connectedAgent } from '../support/protocol-agent.ts';
import { owner, Relay } from '../support/relay.ts';

function inDatabase(relay: Relay, deed: (database: DatabaseSync) => void): void {
  const database = new DatabaseSync(join(relay.folder, 'intermediary.db'));
  deed(database);
  database.close();
}

async function startCode(settings: Settings): Promise<string> {
  const started = await startIntermediary(settings, { clock: systemClock, random: systemRandom, log: pino({ level: 'silent' }) });
  if (!started.ok) return started.code;
  await started.value.close();
  return 'started';
}

test('no secret of an agent or an enrolment stands in the database, and the key is for its owner alone', async (t) => {
  const relay = await Relay.start(t);
  const unused = await relay.enrolment();
  const agent = await connectedAgent(relay, await relay.enrolment());
  agent.end();
  t.true((await agent.connect()).ok);
  agent.end();
  await relay.now.close();
  const stored = readFileSync(join(relay.folder, 'intermediary.db'));
  for (const secret of [unused, ...agent.chains.map((chain) => chain.secret)]) t.is(stored.indexOf(secret), -1);
  t.is(statSync(join(relay.folder, 'secrets-key')).mode & 0o777, 0o600);
  await relay.open();
  t.true((await agent.connect()).ok);
  agent.end();
});

test('secrets of a database from before are wrapped at the next start', async (t) => {
  const relay = await Relay.start(t);
  const agent = await connectedAgent(relay, await relay.enrolment());
  agent.end();
  await relay.now.close();
  const live = agent.chains[0]?.secret ?? new Uint8Array();
  inDatabase(relay, (database) => {
    for (const table of ['live_keys', 'enrolments']) database.prepare(`UPDATE ${table} SET secret = ?`).run(live);
  });
  rmSync(join(relay.folder, 'secrets-key'));
  await relay.open();
  const [row] = await relay.now.store.read.selectFrom('live_keys').select('secret').execute();
  t.is(row?.secret.length, 60);
  t.true((await agent.connect()).ok);
  agent.end();
});

test('a secret that was moved to another machine does not open', async (t) => {
  const relay = await Relay.start(t);
  const [one, other] = [await connectedAgent(relay, await relay.enrolment()), await connectedAgent(relay, await relay.enrolment())];
  one.end();
  other.end();
  await relay.now.close();
  inDatabase(relay, (database) => database.prepare('UPDATE live_keys SET secret = (SELECT secret FROM live_keys WHERE agent_id = ?) WHERE agent_id = ?').run(one.agentId, other.agentId));
  await relay.open();
  const connected = await other.connect();
  t.is(connected.ok ? 'connected' : connected.code, 'internal');
  t.true((await one.connect()).ok);
  one.end();
});

test('without its key, or with another, the intermediary does not start and says so; told to forget, it has everybody back by one resync', async (t) => {
  const relay = await Relay.start(t);
  const agent = await connectedAgent(relay, await relay.enrolment());
  agent.end();
  await relay.now.close();
  const key = join(relay.folder, 'secrets-key');
  renameSync(key, `${key}.away`);
  t.is(await startCode(relay.settings), 'secrets-key-lost');
  writeFileSync(key, base64Url(systemRandom(32)));
  t.is(await startCode(relay.settings), 'secrets-key-lost');
  rmSync(key);
  t.is(await startCode({ ...relay.settings, forgetSecrets: true }), 'started');
  await relay.open();
  const refused = await agent.connect();
  t.is(refused.ok ? 'connected' : refused.code, 'key-unknown');
  const now = Math.floor(Date.now() / 1000);
  const envelope = await signStatement(resyncType, { id: hex(systemRandom(16)), issuedAt: now, notAfter: now + 60, maxUses: 1, reason: 'key lost' }, [owner]);
  t.is((await relay.ask('/api/resync', { method: 'PUT', body: toJson(envelope) })).status, 200);
  t.true((await agent.connect()).ok);
  agent.end();
});
