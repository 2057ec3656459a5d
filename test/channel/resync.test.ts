/**
 * The way back of a machine that is out of step: the owners' word opens it, once and for the copy they name; nobody else
 * can, the intermediary included. Real stores on both sides.
 */
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { hex, utf8 } from '../../protocol/bytes.ts';
import { chainKeys, UnderWay } from '../../protocol/channel/channel.ts';
import { systemRandom } from '../../protocol/clock.ts';
import type { Envelope } from '../../protocol/envelope.ts';
import { success } from '../../protocol/outcome.ts';
import { signStatement } from '../../protocol/statements/dsse.ts';
import { toJson } from '../../protocol/statements/envelope-json.ts';
import { resyncType } from '../../protocol/statements/resync.ts';
import type { Resync } from '../../protocol/statements/resync.ts';
import { seeded } from '../support/seeded.ts';
import { namedSigner } from '../support/signers.ts';
import { firstRoot, owner, signRoot, valueOf } from '../support/world.ts';
import { agentPoints, commitPoints, framesPerSession, rulingPoints, startCampaign } from './campaign.ts';
import type { Campaign, Fault } from './campaign.ts';
import { runSession } from './parties.ts';
import { clock } from './real-parties.ts';
import type { RealAgent } from './real-parties.ts';

const now = (): number => Math.floor(clock.now() / 1000);

function resyncOf(part: Partial<Resync> = {}): Resync {
  return { id: hex(systemRandom(16)), issuedAt: now(), notAfter: now() + 3600, maxUses: 1, reason: 'test', ...part };
}

function sign(part: Partial<Resync> = {}, signer = owner): Promise<Envelope> {
  return signStatement(resyncType, resyncOf(part), [signer]);
}

/** What tells this copy from others. */
function copyIdOf(agent: RealAgent): string {
  return hex(chainKeys(agent.trust.keys.offer()).keyId);
}

type Fork = { readonly campaign: Campaign; readonly live: RealAgent; readonly stray: RealAgent };

/** Two copies of one disk have called: one holds the live key, the other was refused. */
async function fork(t: ExecutionContext, seed = 1): Promise<Fork> {
  const campaign = await startCampaign(t, seeded(seed));
  for (let sessions = 0; sessions < 3; sessions += 1) t.is(await campaign.session(campaign.agent, undefined), 'ok');
  const live = campaign.agent;
  const stray = live.copy(campaign.newPath());
  t.is(await campaign.session(live, undefined), 'ok');
  t.is(await campaign.session(stray, undefined), 'key-retired');
  t.true(await campaign.registry.isQuarantined(live.agentId));
  campaign.registry.alarms.length = 0;
  t.teardown(async () => {
    stray.trust.close();
    await campaign.end();
  });
  return { campaign, live, stray };
}

async function audited(campaign: Campaign): Promise<string[]> {
  return (await campaign.registry.audit.read(0, 500)).map(({ kind }) => kind);
}

test('the copy that owners name comes back; the other is refused from then on, without another alarm', async (t) => {
  const { campaign, live, stray } = await fork(t);
  const { registry } = campaign;
  valueOf(await registry.resyncs.take(await sign({ machines: [{ agentId: stray.agentId, copy: copyIdOf(stray) }] })));
  t.is(await campaign.session(stray, undefined), 'ok');
  t.false(await registry.isQuarantined(stray.agentId));
  for (let calls = 0; calls < 3; calls += 1) t.is(await campaign.session(live, undefined), 'key-retired');
  t.deepEqual(registry.alarms, []);
  t.false(await registry.isQuarantined(stray.agentId));
  t.is(await campaign.session(stray, undefined), 'ok');
  const kinds = await audited(campaign);
  t.deepEqual(kinds.filter((kind) => /fork|copy|resync/.test(kind)), ['machine-forked', 'resync-taken', 'machine-resynced', 'copy-refused']);
});

test('the copy with the live key is confirmed where it is; the refused one stays out, also when all may come back', async (t) => {
  const { campaign, live, stray } = await fork(t);
  const { registry } = campaign;
  valueOf(await registry.resyncs.take(await sign({ machines: [{ agentId: live.agentId, copy: 'live' }] })));
  t.false(await registry.isQuarantined(live.agentId));
  t.is(await campaign.session(live, undefined), 'ok');
  t.is(await campaign.session(stray, undefined), 'key-retired');
  valueOf(await registry.resyncs.take(await sign({ maxUses: 100 })));
  t.is(await campaign.session(stray, undefined), 'key-retired');
  t.deepEqual(registry.alarms, []);
  t.is(await campaign.session(live, undefined), 'ok');
});

test('where anyone may come first, the second copy raises the alarm again', async (t) => {
  const { campaign, live, stray } = await fork(t);
  const { registry } = campaign;
  valueOf(await registry.resyncs.take(await sign({ machines: [{ agentId: stray.agentId, copy: 'first' }] })));
  t.is(await campaign.session(stray, undefined), 'ok');
  t.is(await campaign.session(live, undefined), 'key-retired');
  t.deepEqual(registry.alarms, [live.agentId]);
  t.true(await registry.isQuarantined(live.agentId));
});

test('cut at every frame and killed at every write, a way back is walked once and to its end', async (t) => {
  const faults: Fault[] = [...Array.from({ length: framesPerSession + 4 }, (_, cutAtFrame) => ({ cutAtFrame })), ...agentPoints.map((agentDies) => ({ agentDies })), ...[...rulingPoints, ...commitPoints].map((intermediaryDies) => ({ intermediaryDies }))];
  for (const fault of faults) {
    const { campaign, stray } = await fork(t);
    valueOf(await campaign.registry.resyncs.take(await sign({ machines: [{ agentId: stray.agentId, copy: copyIdOf(stray) }] })));
    await campaign.session(stray, fault);
    if (fault !== undefined && 'intermediaryDies' in fault) t.true(campaign.struck.has(`intermediary dies ${fault.intermediaryDies}`));
    t.is(await campaign.session(stray, undefined), 'ok', JSON.stringify(fault));
    t.is(await campaign.session(stray, undefined), 'ok', JSON.stringify(fault));
    t.deepEqual(campaign.registry.alarms, [], JSON.stringify(fault));
    t.is((await audited(campaign)).filter((kind) => kind === 'machine-resynced').length, 1);
  }
});

test('a proof of identity that comes late raises no alarm, whenever it comes while its machine walks back over another way', async (t) => {
  // two sessions and some frames more: the second one comes back and calls again, the third is an ordinary one
  for (let proofLateBy = 0; proofLateBy < 3 * framesPerSession; proofLateBy += 1) {
    const { campaign, stray } = await fork(t);
    valueOf(await campaign.registry.resyncs.take(await sign({ machines: [{ agentId: stray.agentId, copy: 'first' }] })));
    await campaign.session(stray, { proofLateBy });
    const told = [];
    for (let sessions = 0; sessions < 4; sessions += 1) told.push(await campaign.session(stray, undefined));
    t.deepEqual(told.filter((code) => code !== 'ok' && code !== 'conflict'), [], `late by ${proofLateBy} frames`);
    t.is(told.at(-1), 'ok', `late by ${proofLateBy} frames`);
    await campaign.settled();
    t.true(campaign.struck.has('proof late'));
    t.deepEqual(campaign.registry.alarms, [], `late by ${proofLateBy} frames`);
    t.false(await campaign.registry.isQuarantined(stray.agentId));
    t.is((await audited(campaign)).filter((kind) => kind === 'machine-resynced').length, 1);
  }
});

/** By its name: what is wrong with it, and what the intermediary and the agent say to it. */
const refusals: Readonly<Record<string, { make(stray: RealAgent): Promise<Envelope>; intermediary: string; agent: string }>> = {
  'signed by nobody of the owners': { make: () => sign({}, namedSigner('somebody')), intermediary: 'resync-refused', agent: 'resync-refused' },
  'altered after it was signed': {
    make: async () => {
      const envelope = await sign({ reason: 'honest' });
      return { ...envelope, payload: utf8(new TextDecoder().decode(envelope.payload).replace('honest', 'forged')) };
    },
    intermediary: 'resync-refused',
    agent: 'resync-refused',
  },
  'of another type': { make: () => signRoot(firstRoot, owner), intermediary: 'statement-type-unknown', agent: 'statement-type-unknown' },
  'past its time': { make: () => sign({ issuedAt: now() - 7200, notAfter: now() - 1 }), intermediary: 'expired', agent: 'expired' },
  'from the future': { make: () => sign({ issuedAt: now() + 3600, notAfter: now() + 7200 }), intermediary: 'issued-in-future', agent: 'issued-in-future' },
  'for longer than a day': { make: () => sign({ notAfter: now() + 86_401 }), intermediary: 'life-too-long', agent: 'life-too-long' },
  'for another machine': { make: () => sign({ machines: [{ agentId: 'a'.repeat(32), copy: 'first' }] }), intermediary: 'taken', agent: 'resync-refused' },
  'for another copy': { make: ({ agentId }) => sign({ machines: [{ agentId, copy: 'a'.repeat(16) }] }), intermediary: 'taken', agent: 'resync-refused' },
  'for the live copy': { make: ({ agentId }) => sign({ machines: [{ agentId, copy: 'live' }] }), intermediary: 'taken', agent: 'resync-refused' },
};

for (const [name, { make, intermediary, agent }] of Object.entries(refusals)) {
  test(`a resync ${name} lets nobody in: not the intermediary, and not the agent whom a captured one gives it to`, async (t) => {
    const { campaign, stray } = await fork(t);
    const envelope = await make(stray);
    const taken = await campaign.registry.resyncs.take(envelope);
    t.is(taken.ok ? 'taken' : taken.code, intermediary);
    t.is(await campaign.session(stray, undefined), 'key-retired');
    const captured = { underWay: new UnderWay(), find: (keyId: Uint8Array) => campaign.registry.find(keyId), commit: () => Promise.reject(new Error('not asked')), failed: () => undefined, outOfStep: async () => success(utf8(toJson(envelope))) };
    const before = stray.trust.keys.chains();
    const { opened } = await runSession({ keys: stray.keys, registry: captured });
    t.is(opened.ok ? 'opened' : opened.code, agent);
    t.deepEqual(stray.trust.keys.chains(), before, 'its keys are as they were');
  });
}

test('a resync serves as often as it says, each machine once, and no agent takes the same one again', async (t) => {
  const { campaign, stray } = await fork(t);
  const { registry } = campaign;
  const envelope = await sign();
  valueOf(await registry.resyncs.take(envelope));
  t.like(await registry.resyncs.take(envelope), { ok: false, code: 'replayed' });
  t.is(await campaign.session(stray, undefined), 'ok');
  const copy = stray.copy(campaign.newPath());
  t.is(await campaign.session(stray, undefined), 'ok');
  t.is(await campaign.session(copy, undefined), 'key-retired', 'its one use is gone');
  const captured = { underWay: new UnderWay(), find: (keyId: Uint8Array) => registry.find(keyId), commit: () => Promise.reject(new Error('not asked')), failed: () => undefined, outOfStep: async () => success(utf8(toJson(envelope))) };
  const { opened } = await runSession({ keys: copy.keys, registry: captured });
  t.is(opened.ok ? 'opened' : opened.code, 'replayed');
  copy.trust.close();
});
