import test from 'ava';
import type { ExecutionContext } from 'ava';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { openTrust } from '../../agent/trust/trust.ts';
import { hex } from '../../protocol/bytes.ts';
import { systemRandom } from '../../protocol/clock.ts';
import type { Root } from '../../protocol/statements/root.ts';
import { makeDirective } from '../support/make-directive.ts';
import { namedSigner } from '../support/signers.ts';
import { firstEnrolment, firstPolicy, firstRoot, newFolder, openWorld, owner, registry, signPolicy, signRoot, valueOf, worldClock } from '../support/world.ts';
import type { World } from '../support/world.ts';

async function start(t: ExecutionContext): Promise<World> {
  const world = await openWorld();
  t.teardown(() => world.end());
  return world;
}

function blank(t: ExecutionContext) {
  const folder = newFolder();
  const trust = valueOf(openTrust(join(folder, 'agent.db'), { clock: worldClock(), random: systemRandom, platform: 'linux' }));
  t.teardown(() => {
    trust.close();
    rmSync(folder, { recursive: true });
  });
  return trust;
}

const heir = namedSigner('heir');
const secondRoot: Root = { ...firstRoot, version: 2, owners: [heir.publicKey], intermediary: { ...firstRoot.intermediary, addresses: ['new.example:443'] } };

test('a fresh machine has an identity, no home, no root and no policy', async (t) => {
  const trust = blank(t);
  t.regex(trust.identity.agentId, /^[0-9a-f]{32}$/);
  t.is(trust.home, undefined);
  t.deepEqual(trust.versions, { root: 0, policy: 0 });
  t.deepEqual(trust.keys.chains(), []);
  t.like(await trust.acceptPolicy(await signPolicy(firstPolicy)), { ok: false, code: 'policy-refused' });
  t.like(await trust.acceptRoots([await signRoot(firstRoot, owner)]), { ok: false, code: 'root-refused' });
});

test('enrolling pins the home and makes the secret the first chain, once', async (t) => {
  const trust = blank(t);
  const enrolment = await firstEnrolment();
  valueOf(trust.enrol(enrolment));
  t.like(trust.home, { site: 'home', enrolmentId: enrolment.enrolmentId, addresses: enrolment.addresses });
  t.is(trust.keys.chains().length, 1);
  t.is(trust.keys.chains()[0]?.number, 0);
  t.like(trust.enrol({ ...enrolment, site: 'elsewhere' }), { ok: false, code: 'already-enrolled' });
  t.is(trust.home?.site, 'home');
});

test('identity, home, root, policy and chains outlive a restart', async (t) => {
  const world = await start(t);
  const { agentId } = world.trust.identity;
  world.trust.keys.store([{ secret: new Uint8Array(32).fill(2), number: 2 }, { secret: new Uint8Array(32).fill(1), number: 1 }]);
  const home = world.trust.home;
  world.restart();
  t.is(world.trust.identity.agentId, agentId);
  t.deepEqual(world.trust.home, home);
  t.deepEqual(world.trust.versions, { root: 1, policy: 5 });
  t.deepEqual(world.trust.keys.chains().map(({ number, secret }) => [number, hex(secret).slice(0, 2)]), [[2, '02'], [1, '01']]);
});

test('a chain that has been replaced stands nowhere on the disk', async (t) => {
  const world = await start(t);
  const secrets = [1, 2, 3].map((fill) => new Uint8Array(32).fill(0x50 + fill));
  const onDisk = (secret: Uint8Array): boolean => [world.path, `${world.path}-wal`].some((file) => readFileSync(file).includes(secret));
  world.trust.keys.store([{ secret: secrets[0]!, number: 1 }]);
  t.true(onDisk(secrets[0]!));
  world.trust.keys.store([{ secret: secrets[1]!, number: 2 }]);
  world.trust.keys.store([{ secret: secrets[2]!, number: 3 }, { secret: secrets[1]!, number: 2 }]);
  t.deepEqual(secrets.map(onDisk), [false, true, true]);
});

test('the first root is the one that the enrolment string names', async (t) => {
  const trust = blank(t);
  valueOf(trust.enrol(await firstEnrolment()));
  const other = { ...firstRoot, owners: [heir.publicKey] };
  t.like(await trust.acceptRoots([await signRoot(other, heir)]), { ok: false, code: 'root-refused' });
  valueOf(await trust.acceptRoots([await signRoot(firstRoot, owner)]));
});

test('roots are walked forward; those already taken do no harm; others of the same version do', async (t) => {
  const world = await start(t);
  const chain = [await signRoot(firstRoot, owner), await signRoot(secondRoot, owner, heir)];
  valueOf(await world.trust.acceptRoots(chain));
  valueOf(await world.trust.acceptRoots(chain));
  t.is(world.trust.versions.root, 2);
  t.deepEqual(world.trust.home?.addresses, ['new.example:443', 'relay.example:443', '192.0.2.7:443']);
  world.restart();
  t.is(world.trust.versions.root, 2);
  t.like(await world.trust.acceptRoots([await signRoot({ ...secondRoot, issuedAt: 1 }, owner, heir)]), { ok: false, code: 'root-refused' });
  t.like(await world.trust.acceptRoots([await signRoot({ ...firstRoot, issuedAt: 1 }, owner)]), { ok: false, code: 'root-refused' });
});

test('a chain with a gap is walked up to the gap', async (t) => {
  const world = await start(t);
  const later = { ...secondRoot, version: 4 };
  t.like(await world.trust.acceptRoots([await signRoot(secondRoot, owner, heir), await signRoot(later, heir)]), { ok: false, code: 'root-refused' });
  t.is(world.trust.versions.root, 2);
});

test('a policy is never rolled back, not even over a restart, nor taken from a removed owner', async (t) => {
  const world = await start(t);
  valueOf(await world.trust.acceptPolicy(await signPolicy({ ...firstPolicy, version: 7 })));
  world.restart();
  t.like(await world.trust.acceptPolicy(await signPolicy(firstPolicy)), { ok: false, code: 'policy-outdated' });
  t.like(await world.trust.acceptPolicy(await signPolicy({ ...firstPolicy, version: 7, issuedAt: 1 })), { ok: false, code: 'policy-refused' });
  valueOf(await world.trust.acceptPolicy(await signPolicy({ ...firstPolicy, version: 7 })));
  valueOf(await world.trust.acceptRoots([await signRoot(secondRoot, owner, heir)]));
  t.like(await world.trust.acceptPolicy(await signPolicy({ ...firstPolicy, version: 8 })), { ok: false, code: 'policy-refused' });
  valueOf(await world.trust.acceptPolicy(await signPolicy({ ...firstPolicy, version: 8 }, heir)));
  t.is(world.trust.versions.policy, 8);
});

test('a relay that freezes the policy is told on by the first honest directive', async (t) => {
  const world = await start(t);
  const { envelope, proof } = await makeDirective(world, 'a'.repeat(32), { set: { policy: 6 } });
  t.like(await world.trust.admit(envelope, proof, registry), { outcome: 'refused', code: 'policy-unknown' });
});

test('two policies at once leave the newer in force', async (t) => {
  const world = await start(t);
  await Promise.all([world.trust.acceptPolicy(await signPolicy({ ...firstPolicy, version: 9 })), world.trust.acceptPolicy(await signPolicy({ ...firstPolicy, version: 8 }))]);
  t.is(world.trust.versions.policy, 9);
  world.restart();
  t.is(world.trust.versions.policy, 9);
});

test('the nonce changes with time and on demand', async (t) => {
  const world = await start(t);
  const first = world.trust.nonce();
  world.clock.wall(100_000);
  t.is(world.trust.nonce(), first, 'the wall clock does not matter');
  world.clock.pass(299);
  t.is(world.trust.nonce(), first);
  world.clock.pass(1);
  const second = world.trust.nonce();
  t.not(second, first);
  t.not(world.trust.rotateNonce(), second);
});
