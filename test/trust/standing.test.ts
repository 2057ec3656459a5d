/** Standing directives: each firing judged by the newest policy, begun once, and reported as what it is. */
import test from 'ava';
import { limits } from '../../protocol/limits.ts';
import { readReport } from '../../protocol/statements/read.ts';
import { makeDirective } from '../support/make-directive.ts';
import { beginning, openWorld, registry, signPolicy, valueOf } from '../support/world.ts';
import type { World } from '../support/world.ts';

const id = 'a'.repeat(32);
const schedule = { cron: '* * * * *', windowSeconds: 60, spreadSeconds: 0, catchUp: 'none' };
const standing = { queued: true, set: { life: { kind: 'standing', notAfter: beginning + 86_400, schedule } } };
const firing = (at: number, missed = 0) => ({ at, missed, expiresAt: at + 60 });

async function standingWorld(): Promise<World> {
  const world = await openWorld();
  const { envelope, proof } = await makeDirective(world, id, standing);
  mustBeAccepted(await world.trust.admit(envelope, proof, registry, 1));
  return world;
}

function mustBeAccepted({ outcome }: { outcome: string }): void {
  if (outcome !== 'accepted') throw new Error(outcome);
}

test('a firing begins once, also after a restart, and what runs when the agent is killed is interrupted', async (t) => {
  const world = await standingWorld();
  t.deepEqual(world.trust.standing().map(({ directive, through }) => [directive.id, through]), [[id, beginning]]);
  const first = valueOf(await world.trust.fire(id, firing(beginning + 60), registry));
  t.not(first.directive.id, id);
  valueOf(await world.trust.markStarted(first.directive.id, 1));
  const again = await world.trust.fire(id, firing(beginning + 60), registry);
  t.is(again.ok ? '' : again.code, 'replayed');
  world.restart();
  const after = await world.trust.fire(id, firing(beginning + 60), registry);
  t.is(after.ok ? '' : after.code, 'replayed');
  t.deepEqual(world.trust.interruptedAtStart(), [first.directive.id]);
  const [unsent] = [...world.trust.unsent()];
  t.is(unsent?.directiveId, first.directive.id);
  const report = valueOf(readReport(unsent!.envelope.payload));
  t.like(report, { directiveId: id, status: 'interrupted', firing: { at: beginning + 60, missed: 0 } });
  t.deepEqual(world.trust.pending(), [id]);
  t.deepEqual(world.trust.resumable(), []);
  world.end();
});

test('what a person may no longer do does not fire', async (t) => {
  const world = await standingWorld();
  const policy = { ...world.policy, version: world.policy.version + 1, people: world.policy.people.filter(({ keys }) => !keys.some(({ kind, id: keyId }) => kind === 'cli' && keyId === world.policy.people[0]?.keys[0]?.id)) };
  valueOf(await world.trust.acceptPolicy(await signPolicy(policy)));
  const refused = await world.trust.fire(id, firing(beginning + 60), registry);
  t.is(refused.ok ? '' : refused.code, 'signer-unknown');
  world.end();
});

test('reports that wait are bounded: what runs beyond them is counted and told by the next one', async (t) => {
  const world = await standingWorld();
  const run = async (number: number, status: 'succeeded' | 'failed') => {
    const fired = valueOf(await world.trust.fire(id, firing(beginning + 60 * number), registry));
    return valueOf(await world.trust.reportFiring(fired.directive.id, status === 'failed' ? { status, code: 'exit-nonzero', endedAtMs: 1 } : { status, endedAtMs: 1 }));
  };
  for (let number = 1; number <= limits.maxFiringsUnsent; number += 1) t.truthy(await run(number, 'succeeded'));
  t.is(await run(limits.maxFiringsUnsent + 1, 'failed'), undefined);
  t.is(await run(limits.maxFiringsUnsent + 2, 'succeeded'), undefined);
  world.trust.stored([...world.trust.unsent()].slice(0, 1).map(({ directiveId }) => directiveId));
  world.restart();
  valueOf(await world.trust.passOver(id, beginning + 60 * (limits.maxFiringsUnsent + 5), 3));
  const told = await run(limits.maxFiringsUnsent + 6, 'succeeded');
  t.like(valueOf(readReport(told!.payload)).firing, { missed: 3, uncounted: { count: 2, unsuccessful: 1 } });
  world.end();
});

test('cancelled, it is over', async (t) => {
  const world = await standingWorld();
  valueOf(await world.trust.report(id, { status: 'cancelled', code: 'cancelled', endedAtMs: 1 }));
  t.deepEqual(world.trust.standing(), []);
  const refused = await world.trust.fire(id, firing(beginning + 60), registry);
  t.is(refused.ok ? '' : refused.code, 'no-such-directive');
  world.end();
});
