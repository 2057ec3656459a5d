/** The way back of machines, through the whole intermediary: after a fork, and after its database was restored. */
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { pino } from 'pino';
import type { ExecutionContext } from 'ava';
import { startAgent } from '../../agent/agent.ts';
import type { Agent } from '../../agent/agent.ts';
import { base64Url, hex } from '../../protocol/bytes.ts';
import { systemClock, systemRandom } from '../../protocol/clock.ts';
import { payloadDigest, signStatement } from '../../protocol/statements/dsse.ts';
import { encodeEnrolment } from '../../protocol/statements/enrolment.ts';
import { toJson } from '../../protocol/statements/envelope-json.ts';
import { resyncType } from '../../protocol/statements/resync.ts';
import type { Resync } from '../../protocol/statements/resync.ts';
import { rootType } from '../../protocol/statements/root.ts';
import { dialWebSocket } from '../../transports/websocket/dial.ts';
import { connectedAgent } from '../support/protocol-agent.ts';
import type { ProtocolAgent } from '../support/protocol-agent.ts';
import { owner, Relay, valueOf } from '../support/relay.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

async function resync(relay: Relay, part: Partial<Resync> = {}): Promise<{ status: number; body: string }> {
  const now = Math.floor(relay.clock.now() / 1000);
  const envelope = await signStatement(resyncType, { id: hex(systemRandom(16)), issuedAt: now, notAfter: now + 3600, maxUses: 1, reason: 'test', ...part }, [owner]);
  return relay.ask('/api/resync', { method: 'PUT', body: toJson(envelope) });
}

async function codeOf(agent: ProtocolAgent): Promise<string> {
  const connected = await agent.connect();
  return connected.ok ? 'connected' : connected.code;
}

test('after a fork an administrator sees the copies, and the one that owners name is given directives again', async (t) => {
  const relay = await Relay.start(t);
  const agent = await connectedAgent(relay, await relay.enrolment());
  const copy = agent.copy();
  agent.end();
  t.true((await agent.connect()).ok);
  t.is(await codeOf(copy), 'key-retired');
  t.is(await codeOf(copy), 'key-retired');
  await agent.until(() => agent.session === undefined);
  t.true((await agent.connect()).ok);
  t.is((await relay.now.audit.read(0, 500)).filter(({ kind }) => kind === 'machine-forked').length, 1, 'one alarm for one copy, however often it calls');
  const token = await relay.tokenOf('admin');
  const { json } = await relay.ask(`/api/machines/${agent.agentId}/copies`, { token });
  t.like(json, [{ copy: copy.copyId, shown: 'retired' }]);
  t.is(json.length, 1);
  t.is((await relay.ask(`/api/machines/${agent.agentId}/copies`, { token: await relay.tokenOf('technician') })).status, 403);

  t.is((await resync(relay, { machines: [{ agentId: agent.agentId, copy: 'live' }] })).status, 200);
  await agent.until(() => agent.session === undefined);
  t.true((await agent.connect()).ok);
  t.teardown(() => agent.end());
  const live = await relay.live(t, 'technician');
  const directive = await relay.directive('technician', [{ agentId: agent.agentId }]);
  t.is(await live.submit(directive), 'submitted');
  await agent.until(() => agent.stored.has(directive.id));
  t.is(await codeOf(copy), 'key-retired');
  t.truthy(agent.session, 'the refused copy disturbs nobody any more');
});

/** What they are told, a few at a time. */
async function codesOf(fleet: readonly ProtocolAgent[]): Promise<Set<string>> {
  const codes = new Set<string>();
  for (let from = 0; from < fleet.length; from += 8) for (const code of await Promise.all(fleet.slice(from, from + 8).map(codeOf))) codes.add(code);
  return codes;
}

/** The database as it is on the disk now. */
function backUp(relay: Relay, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const end of ['', '-wal']) if (existsSync(join(relay.folder, `intermediary.db${end}`))) copyFileSync(join(relay.folder, `intermediary.db${end}`), join(to, `intermediary.db${end}`));
}

async function restore(relay: Relay, from: string): Promise<void> {
  await relay.now.close();
  writeFileSync(join(relay.folder, 'intermediary.db-wal'), '');
  for (const end of ['', '-wal']) if (existsSync(join(from, `intermediary.db${end}`))) copyFileSync(join(from, `intermediary.db${end}`), join(relay.folder, `intermediary.db${end}`));
  await relay.open();
}

/** A real agent, with real ledger and programs, in a folder of its own. */
async function realAgent(t: ExecutionContext, relay: Relay): Promise<Agent> {
  const rootDigest = hex(await payloadDigest(await signStatement(rootType, relay.root, [owner])));
  const secret = base64Url(await relay.enrolment());
  const notAfter = Math.floor(relay.clock.now() / 1000) + 3600;
  const enrol = encodeEnrolment({ addresses: ['localhost:1'], key: base64Url(relay.serverKey), rootDigest, site: 'home', enrolmentId: hex(systemRandom(16)), secret, notAfter, uses: 1, authority: relay.authority });

  const agent = valueOf(await startAgent({
    data: await temporaryFolder(t), enrol, version: '0', metered: 'no', clock: systemClock, random: systemRandom, log: pino({ level: 'silent' }),
    rungs: [{ name: 'wss', dial: ({ authority, signal, clock }) => dialWebSocket({ address: `wss://localhost:${relay.port}/agent`, authority, signal, clock }) }],
    connected: () => undefined, failed: () => undefined,
  }));
  t.teardown(() => agent.stop());
  return agent;
}

test('an intermediary restored from yesterday has fifty machines back by one resync, and nothing of old runs again', async (t) => {
  t.timeout(120_000);
  const relay = await Relay.start(t);
  const secret = await relay.enrolment('home', 46);
  const fleet = await Promise.all(Array.from({ length: 46 }, () => connectedAgent(relay, secret)));
  const real = await Promise.all(Array.from({ length: 4 }, () => realAgent(t, relay)));
  const ids = [...fleet, ...real].map(({ agentId }) => agentId);
  const markers = join(await temporaryFolder(t), 'markers');
  writeFileSync(markers, '');
  for (const { agentId } of real) await relay.shows(t, agentId, true);
  const live = await relay.live(t, 'technician');
  const directive = await relay.directive('technician', ids.map((agentId) => ({ agentId })), { primitive: 'shell.execute', params: { command: `echo x >> ${markers}` } });
  t.is(await live.submit(directive), 'submitted');
  // taken while the directive is on its way: what is restored says that it may never have left
  const backup = join(await temporaryFolder(t), 'backup');
  backUp(relay, backup);
  const runs = (): number => readFileSync(markers, 'utf8').length / 2;
  const deadline = performance.now() + 30_000;
  while (runs() < real.length && performance.now() < deadline) await new Promise((resolve) => setImmediate(resolve));
  await Promise.all(fleet.map((agent) => agent.until(() => agent.stored.has(directive.id))));
  for (let sessions = 0; sessions < 2; sessions += 1) {
    await relay.restart();
    t.deepEqual(await codesOf(fleet), new Set(['connected']));
    await Promise.all(real.map(({ agentId }) => relay.shows(t, agentId, true)));
  }
  await restore(relay, backup);
  t.deepEqual(await codesOf(fleet), new Set(['key-unknown']));

  t.is((await resync(relay, { maxUses: 50 })).status, 200);
  t.deepEqual(await codesOf(fleet), new Set(['connected']));
  t.teardown(() => fleet.forEach((agent) => agent.end()));
  for (const { agentId } of real) await relay.shows(t, agentId, true);
  const token = await relay.signIn('technician');
  const states = async (): Promise<string[]> => (await relay.ask(`/api/directives/${directive.id}`, { token })).json.targets.filter(({ agentId }: { agentId: string }) => real.some((each) => each.agentId === agentId)).map(({ state }: { state: string }) => state);
  const until = performance.now() + 20_000;
  while (performance.now() < until && (await states()).some((state) => state !== 'succeeded')) await new Promise((resolve) => setImmediate(resolve));
  t.deepEqual(new Set(await states()), new Set(['succeeded']), 'the real agents answer what is asked again with the report they have');
  t.is(runs(), real.length, 'and run nothing twice');
  t.is((await relay.now.audit.read(0, 500)).filter(({ kind }) => kind === 'machine-resynced').length, 50);
});
