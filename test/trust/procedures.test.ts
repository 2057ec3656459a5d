import test from 'ava';
import type { ExecutionContext } from 'ava';
import type { Stand } from '../../agent/trust/trust.ts';
import { namedSigner } from '../support/signers.ts';
import { cancelType } from '../../protocol/statements/directive.ts';
import { policyType } from '../../protocol/statements/policy.ts';
import { signStatement } from '../../protocol/statements/dsse.ts';
import { readReport } from '../../protocol/statements/read.ts';
import { makeDirective, setAt } from '../support/make-directive.ts';
import { beginning, openWorld, owner, registry, valueOf } from '../support/world.ts';
import type { World } from '../support/world.ts';
import { idFor } from './case-files.ts';

const run = (primitive: string) => ({ primitive, params: { text: 'hi' } });
const steps = [{ name: 'a', run: run('test.echo') }, { name: 'b', run: run('test.control'), repeatable: true }];
const stand = (step: string): Stand => ({ variables: { v: 'w' }, walk: { at: step, running: [step], jumps: 0, deeds: 1, steps: { [step]: { state: 'running', startedAtMs: 1 } } } });

async function start(t: ExecutionContext): Promise<World> {
  const world = await openWorld();
  t.teardown(() => world.end());
  return world;
}

/** A procedure that was accepted and has started. */
async function begun(world: World, name: string): Promise<string> {
  const id = idFor(name);
  const { envelope, proof } = await makeDirective(world, id, { set: { primitive: 'procedure.run', params: { procedure: { name: 'p', title: 'P', steps } } } });
  const admission = await world.trust.admit(envelope, proof, registry, 5000);
  if (admission.outcome !== 'accepted') throw new Error(JSON.stringify(admission));
  return id;
}

async function newPolicy(world: World, path: string, value: unknown): Promise<void> {
  const policy = structuredClone({ ...world.policy, version: world.policy.version + 1 });
  setAt(policy, path, value);
  valueOf(await world.trust.acceptPolicy(await signStatement(policyType, policy, [owner])));
  world.policy = policy;
}

test('after a crash, a procedure goes on in a step that is repeatable, and is interrupted by name in any other', async (t) => {
  const world = await start(t);
  const [before, inA, inB] = [await begun(world, 'before'), await begun(world, 'in a'), await begun(world, 'in b')];
  valueOf(await world.trust.procedures.write(inA, stand('a'), undefined));
  valueOf(await world.trust.procedures.write(inB, stand('b'), undefined));
  t.deepEqual([before, inA, inB].map((id) => world.trust.goesOn(id)), [false, false, true]);
  world.restart();
  t.deepEqual(world.trust.interruptedAtStart().toSorted(), [before, inA, inB].toSorted(), 'whatever any of them has started is ended');
  t.deepEqual(world.trust.resumable().map(({ directive, startedAtMs }) => [directive.id, startedAtMs]), [[inB, 5000]]);
  t.deepEqual(world.trust.procedures.read(inB), stand('b'));
  const reports = new Map([...world.trust.unsent()].map(({ directiveId, envelope }) => [directiveId, valueOf(readReport(envelope.payload))]));
  t.like(reports.get(before), { status: 'interrupted', detail: 'before its first step' });
  t.like(reports.get(inA), { status: 'interrupted', detail: 'at step a', result: { steps: [{ name: 'a', state: 'running' }, { name: 'b', state: 'not-reached' }] } });
});

test('where it stands is read back as it was written, step by step, and is gone with the report', async (t) => {
  const world = await start(t);
  const id = await begun(world, 'written');
  const first = stand('a');
  valueOf(await world.trust.procedures.write(id, first, undefined));
  const next: Stand = { ...first, walk: { ...first.walk, at: 'b', running: ['b'], deeds: 2, steps: { a: { state: 'succeeded', result: { deep: [1, null] } }, b: { state: 'running' } } } };
  valueOf(await world.trust.procedures.write(id, next, first.walk));
  t.deepEqual(world.trust.procedures.read(id), next);
  valueOf(await world.trust.report(id, { status: 'succeeded', endedAtMs: beginning * 1000 }));
  t.is(world.trust.procedures.read(id), undefined);
  t.false(world.trust.goesOn(id));
});

test('a step is judged by the newest policy, with the key that signed', async (t) => {
  const world = await start(t);
  const id = await begun(world, 'judged');
  const control = { name: 'test.control', risk: 'control' } as const;
  t.true(world.trust.permitsStep(id, control).ok);
  await newPolicy(world, 'roles.0.highestRisk', 'change');
  t.like(world.trust.permitsStep(id, control), { ok: false, code: 'risk-denied' });
  t.true(world.trust.permitsStep(id, { name: 'test.echo', risk: 'read' }).ok);
  await newPolicy(world, 'people.0.keys', []);
  t.like(world.trust.permitsStep(id, { name: 'test.echo', risk: 'read' }), { ok: false, code: 'signer-unknown' });
});

test('another person may cancel it only with the right to every step', async (t) => {
  const world = await start(t);
  const id = await begun(world, 'cancelled');
  const cancel = async (name: string) => world.trust.admitCancel(await signStatement(cancelType, { directiveId: id, policy: world.policy.version, issuedAt: beginning }, [namedSigner(name)]), registry);
  t.like(await cancel('reader'), { ok: false, code: 'risk-denied' });
  t.like(await cancel('page'), { ok: false, code: 'key-kind-denied' });
  t.deepEqual(await cancel('chief'), { ok: true, value: id });
});
