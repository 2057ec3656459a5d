import { hash } from 'node:crypto';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { base64Url } from '../../protocol/bytes.ts';
import type { Envelope } from '../../protocol/envelope.ts';
import { limits } from '../../protocol/limits.ts';
import { cancelType } from '../../protocol/statements/directive.ts';
import { signStatement, verifySignature } from '../../protocol/statements/dsse.ts';
import { readReport } from '../../protocol/statements/read.ts';
import { makeDirective } from '../support/make-directive.ts';
import type { Make, Offered } from '../support/make-directive.ts';
import { namedSigner } from '../support/signers.ts';
import { beginning, openWorld, registry, valueOf } from '../support/world.ts';
import type { World } from '../support/world.ts';
import { idFor } from './case-files.ts';

async function start(t: ExecutionContext): Promise<World> {
  const world = await openWorld();
  t.teardown(() => world.end());
  return world;
}

function admit(world: World, { envelope, proof }: Offered, startAtMs?: number) {
  return world.trust.admit(envelope, proof, registry, startAtMs);
}

async function accept(world: World, name: string, make: Make = {}): Promise<string> {
  const id = idFor(name);
  const admission = await admit(world, await makeDirective(world, id, make));
  if (admission.outcome !== 'accepted') throw new Error(JSON.stringify(admission));
  return id;
}

const done = { status: 'succeeded', result: { exitCode: 0 }, endedAtMs: beginning * 1000 } as const;

function read(envelope: Envelope) {
  return valueOf(readReport(envelope.payload));
}

test('a directive goes from accepted to started to reported to stored', async (t) => {
  const world = await start(t);
  const offered = await makeDirective(world, idFor('a'));
  const { directive, digest } = (await admit(world, offered)) as { directive: { id: string }; digest: Uint8Array };
  t.true((await world.trust.markStarted(directive.id, 5000)).ok);
  const envelope = valueOf(await world.trust.report(directive.id, done));
  t.like(read(envelope), { directiveId: directive.id, directiveDigest: base64Url(digest), agentId: world.trust.identity.agentId, counter: 1, previous: '', status: 'succeeded', startedAtMs: 5000, policy: 5 });
  t.true(await verifySignature(envelope, { id: world.trust.identity.agentId, algorithm: 'Ed25519', key: base64Url(world.trust.identity.publicKey) }));
  t.deepEqual([...world.trust.unsent()].map(({ directiveId }) => directiveId), [directive.id]);
  world.trust.stored([directive.id]);
  t.deepEqual([...world.trust.unsent()], []);
  t.deepEqual(world.trust.pending(), []);
});

test('reports form a chain, also over a restart and over refusals', async (t) => {
  const world = await start(t);
  const envelopes: Envelope[] = [];
  for (const name of ['a', 'b', 'c']) {
    envelopes.push(valueOf(await world.trust.report(await accept(world, name), done)));
    const refused = await admit(world, await makeDirective(world, idFor(`${name} refused`), { signers: ['stranger'] }));
    if (refused.outcome === 'refused' && refused.report !== undefined) envelopes.push(refused.report);
    world.restart();
  }
  t.deepEqual(envelopes.map((each) => read(each).counter), [1, 2, 3, 4, 5, 6]);
  for (const [index, envelope] of envelopes.entries()) {
    const before = envelopes[index - 1];
    t.is(read(envelope).previous, before === undefined ? '' : base64Url(hash('sha256', before.payload, 'buffer')));
  }
  t.deepEqual([...world.trust.unsent()].map(({ envelope }) => read(envelope).counter), [1, 2, 3, 4, 5, 6]);
});

test('the same directive again: running until it is reported, then its report, never a second start', async (t) => {
  const world = await start(t);
  const offered = await makeDirective(world, idFor('a'));
  t.is((await admit(world, offered)).outcome, 'accepted');
  t.is((await admit(world, offered)).outcome, 'running');
  world.trust.rotateNonce();
  world.trust.rotateNonce();
  t.is((await admit(world, offered)).outcome, 'running', 'its nonce is stale, but it is known');
  const envelope = valueOf(await world.trust.report(idFor('a'), done));
  t.deepEqual(await admit(world, offered), { outcome: 'reported', directiveId: idFor('a'), envelope });
  world.restart();
  t.deepEqual(await admit(world, offered), { outcome: 'reported', directiveId: idFor('a'), envelope });
});

test('of many copies in one tick one is accepted', async (t) => {
  const world = await start(t);
  const offered = await makeDirective(world, idFor('a'));
  const outcomes = (await Promise.all(Array.from({ length: 20 }, () => admit(world, offered)))).map(({ outcome }) => outcome);
  t.is(outcomes.filter((outcome) => outcome === 'accepted').length, 1);
  t.is(outcomes.filter((outcome) => outcome === 'running').length, 19);
});

test('of two directives under one id in one tick one is accepted', async (t) => {
  const world = await start(t);
  const one = await makeDirective(world, idFor('a'));
  const two = await makeDirective(world, idFor('a'), { set: { 'params.text': 'other' } });
  const outcomes = await Promise.all([admit(world, one), admit(world, two)]);
  t.deepEqual(outcomes.map(({ outcome }) => outcome).sort(), ['accepted', 'refused']);
});

test('a forged directive does not block the honest one under the same id', async (t) => {
  const world = await start(t);
  const forged = await makeDirective(world, idFor('a'), { signers: ['stranger'], set: { 'params.text': 'forged' } });
  t.like(await admit(world, forged), { outcome: 'refused', code: 'signer-unknown' });
  t.like(await admit(world, await makeDirective(world, idFor('a'))), { outcome: 'accepted' });
});

test('a refusal is final: the relay cannot show it and start the directive afterwards', async (t) => {
  const world = await start(t);
  const honest = await makeDirective(world, idFor('a'));
  const { report } = (await admit(world, { ...honest, proof: { ...honest.proof, index: 1 } })) as { report: Envelope };
  t.deepEqual(await admit(world, honest), { outcome: 'reported', directiveId: idFor('a'), envelope: report });
});

test('what was running at a crash is interrupted, what had not started may start', async (t) => {
  const world = await start(t);
  const running = await accept(world, 'running');
  const waiting = await accept(world, 'waiting');
  const atOnce = idFor('at once');
  await admit(world, await makeDirective(world, atOnce), 7000);
  valueOf(await world.trust.markStarted(running, 6000));
  world.restart();
  t.deepEqual(world.trust.interruptedAtStart().toSorted(), [running, atOnce].sort());
  t.deepEqual(world.trust.resumable().map(({ directive, signer }) => [directive.id, signer.keyId]), [[waiting, namedSigner('tech').keyId]]);
  const reports = [...world.trust.unsent()].map(({ envelope }) => read(envelope));
  t.deepEqual(reports.map(({ status, startedAtMs }) => [status, startedAtMs]), [['interrupted', 6000], ['interrupted', 7000]]);
  t.true((await world.trust.markStarted(waiting, 8000)).ok);
  t.like(await world.trust.markStarted(waiting, 8001), { ok: false, code: 'replayed' });
  world.restart();
  t.deepEqual(world.trust.interruptedAtStart(), [waiting]);
});

test('what lapsed before it could start is reported as expired', async (t) => {
  const world = await start(t);
  await accept(world, 'interactive');
  await accept(world, 'queued', { queued: true });
  world.clock.pass(2 * 3600);
  world.restart();
  t.deepEqual(world.trust.resumable(), []);
  t.deepEqual([...world.trust.unsent()].map(({ envelope }) => read(envelope).status), ['expired', 'expired']);
});

test('nothing starts that was not accepted, and nothing twice', async (t) => {
  const world = await start(t);
  t.like(await world.trust.markStarted(idFor('never'), 1), { ok: false, code: 'replayed' });
  const [first, second] = await Promise.all([accept(world, 'a').then((id) => world.trust.markStarted(id, 1)), accept(world, 'b').then((id) => world.trust.markStarted(id, 1))]);
  t.true(first.ok && second.ok);
  t.like(await world.trust.markStarted(idFor('a'), 2), { ok: false });
});

test('a second report changes nothing', async (t) => {
  const world = await start(t);
  const id = await accept(world, 'a');
  const first = valueOf(await world.trust.report(id, done));
  t.deepEqual(valueOf(await world.trust.report(id, { status: 'failed', code: 'internal', endedAtMs: 1 })), first);
  const [one, two] = await Promise.all([world.trust.report(id, done), world.trust.report(id, done)]);
  t.deepEqual(one, two);
  t.like(await world.trust.report(idFor('never'), done), { ok: false, code: 'no-such-directive' });
});

test('two reports of one directive in one tick are one', async (t) => {
  const world = await start(t);
  const id = await accept(world, 'a');
  const [one, two] = await Promise.all([world.trust.report(id, done), world.trust.report(id, { status: 'cancelled', code: 'cancelled', endedAtMs: 1 })]);
  t.deepEqual(one, two);
  t.is([...world.trust.unsent()].length, 1);
});

test('a result that fits no report is left out, and that is said', async (t) => {
  const world = await start(t);
  for (const [name, result] of Object.entries({ large: 'x'.repeat(limits.maxStatementBytes), bigint: 1n, deep: JSON.parse('['.repeat(30) + ']'.repeat(30)) })) {
    const report = read(valueOf(await world.trust.report(await accept(world, name), { ...done, result })));
    t.like(report, { status: 'failed', code: 'statement-too-large' });
    t.false(Object.hasOwn(report, 'result'));
  }
  t.like(read(valueOf(await world.trust.report(await accept(world, 'float'), { ...done, result: { load: 0.25 } }))), { result: { load: 0.25 } });
  t.is(read(valueOf(await world.trust.report(await accept(world, 'words'), { ...done, status: 'failed', code: 'internal', detail: 'x'.repeat(9000) }))).detail?.length, 4000);
});

test('entries are forgotten only when acknowledged, lapsed and past the grace', async (t) => {
  const world = await start(t);
  const offered = await makeDirective(world, idFor('a'), { queued: true });
  await admit(world, offered);
  valueOf(await world.trust.report(idFor('a'), done));
  world.clock.pass(3 * 86_400);
  world.restart();
  t.is((await admit(world, offered)).outcome, 'reported', 'not acknowledged: kept');
  world.trust.stored([idFor('a')]);
  world.clock.pass(120);
  await accept(world, 'b');
  t.like(await admit(world, offered), { outcome: 'refused', code: 'expired' }, 'forgotten, and past its time');
});

test('what was forgotten by a fast clock is not accepted again when the clock is put right', async (t) => {
  const world = await start(t);
  const offered = await makeDirective(world, idFor('a'), { queued: true });
  await admit(world, offered);
  valueOf(await world.trust.report(idFor('a'), done));
  world.trust.stored([idFor('a')]);
  world.clock.wall(40 * 86_400);
  world.restart();
  world.clock.wall(-40 * 86_400);
  t.like(await admit(world, offered), { outcome: 'refused', code: 'expired' });
  t.like(await admit(world, await makeDirective(world, idFor('b'), { queued: true, set: { 'life.notAfter': { $time: 7200 } } })), { outcome: 'accepted' });
});

test('an interactive one is not forgotten while its nonce is good, however the clock jumps', async (t) => {
  const world = await start(t);
  const offered = await makeDirective(world, idFor('a'));
  await admit(world, offered);
  valueOf(await world.trust.report(idFor('a'), done));
  world.trust.stored([idFor('a')]);
  world.clock.pass(120);
  world.clock.wall(40 * 86_400);
  t.is((await admit(world, await makeDirective(world, idFor('b')))).outcome, 'accepted');
  t.is((await admit(world, offered)).outcome, 'reported');
});

test('beyond their bound, refusals of what cannot be verified get no report', async (t) => {
  const world = await start(t);
  const offers = await Promise.all(Array.from({ length: limits.maxLedgerRefusals + 2 }, (_, number) => makeDirective(world, idFor(`flood ${number}`), { signers: ['stranger'] })));
  const reports = (await Promise.all(offers.map((offer) => admit(world, offer)))).filter((admission) => admission.outcome === 'refused' && admission.report !== undefined);
  t.is(reports.length, limits.maxLedgerRefusals);
  t.is([...world.trust.unsent()].length, limits.maxLedgerRefusals);
  t.is((await admit(world, await makeDirective(world, idFor('honest')))).outcome, 'accepted');
});

async function cancel(world: World, id: string, signer: string, changes: { type?: string; policy?: number } = {}): Promise<string> {
  const envelope = await signStatement(changes.type ?? cancelType, { directiveId: id, policy: changes.policy ?? 5, issuedAt: beginning }, [namedSigner(signer)]);
  const outcome = await world.trust.admitCancel(envelope, registry);
  return outcome.ok ? outcome.value : outcome.code;
}

test('a directive is cancelled by its author, with any key, or by whoever may give it', async (t) => {
  const world = await start(t);
  const id = await accept(world, 'a', { set: { primitive: 'test.control' } });
  t.is(await cancel(world, id, 'tech'), id);
  t.is(await cancel(world, id, 'tech page'), id);
  t.is(await cancel(world, id, 'chief'), id);
});

test('others cannot cancel, each for its reason', async (t) => {
  const world = await start(t);
  const id = await accept(world, 'a', { set: { primitive: 'test.control' } });
  t.is(await cancel(world, id, 'page'), 'key-kind-denied');
  t.is(await cancel(world, id, 'reader'), 'risk-denied');
  t.is(await cancel(world, id, 'away'), 'out-of-scope');
  t.is(await cancel(world, id, 'tech dead'), 'signer-expired');
  t.is(await cancel(world, id, 'stranger'), 'signer-unknown');
  t.is(await cancel(world, id, 'tech', { policy: 6 }), 'policy-unknown');
  t.is(await cancel(world, id, 'tech', { type: 'text/plain' }), 'statement-type-unknown');
  t.is(await cancel(world, idFor('never'), 'tech'), 'no-such-directive');
  t.is(await cancel(world, 'short', 'tech'), 'statement-malformed');
  valueOf(await world.trust.report(id, done));
  t.is(await cancel(world, id, 'tech'), 'no-such-directive');
});

test('a forged cancel is refused', async (t) => {
  const world = await start(t);
  const id = await accept(world, 'a');
  const envelope = await signStatement(cancelType, { directiveId: id, policy: 5, issuedAt: beginning }, [namedSigner('stranger')]);
  const forged = { ...envelope, signatures: envelope.signatures.map((each) => ({ ...each, keyId: namedSigner('tech').keyId })) };
  t.like(await world.trust.admitCancel(forged, registry), { ok: false, code: 'signature-invalid' });
});
