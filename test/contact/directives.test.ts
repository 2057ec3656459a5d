/** Standing directives on their way through the agent: the schedules are loaded with the first of them, and let go of in good order. */
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { pino } from 'pino';
import { Directives } from '../../agent/contact/directives.ts';
import { failure, success } from '../../protocol/outcome.ts';
import { cancelType } from '../../protocol/statements/directive.ts';
import { signStatement } from '../../protocol/statements/dsse.ts';
import { readReport } from '../../protocol/statements/read.ts';
import { makeWorkshop, until } from '../execution/support.ts';
import { makeDirective } from '../support/make-directive.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { namedSigner } from '../support/signers.ts';
import { beginning, openWorld, registry, valueOf } from '../support/world.ts';
import type { World } from '../support/world.ts';

const id = 'a'.repeat(32);
const life = { kind: 'standing', notAfter: beginning + 86_400, schedule: { cron: '30 * * * *', windowSeconds: 600, spreadSeconds: 0, catchUp: 'none' } };
const halfAnHour = 1800;

async function start(t: ExecutionContext): Promise<World> {
  const world = await openWorld();
  t.teardown(() => world.end());
  return world;
}

async function standing(world: World) {
  const { envelope, proof } = await makeDirective(world, id, { queued: true, set: { life } });
  return { kind: 'directive' as const, directiveId: id, envelope, proof: { ...proof, siblings: [...proof.siblings] } };
}

const cancel = (world: World) => signStatement(cancelType, { directiveId: id, policy: world.policy.version, issuedAt: beginning }, [namedSigner('tech')]);
const reportsOf = ({ trust }: World) => [...trust.unsent()].map(({ envelope }) => valueOf(readReport(envelope.payload)));

/** The directives of an agent that has just started; what they run ends when it is asked to, or by `end`. */
function agentOf(t: ExecutionContext, world: World) {
  const clock = new ManualClock(world.clock.now());
  const { executor, live } = makeWorkshop();
  t.teardown(() => executor.stop());
  const begun: string[] = [];
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  const find = (name: string) => {
    const known = registry(name);
    return known === undefined ? undefined : {
      ...known,
      place: 'main' as const,
      run: async (_params: unknown, { signal, directiveId }: { readonly signal: AbortSignal; readonly directiveId: string }) => {
        begun.push(directiveId);
        await Promise.race([ended, new Promise((resolve) => signal.addEventListener('abort', resolve))]);
        return signal.aborted ? failure('cancelled', 'as asked') : success(undefined);
      },
    };
  };
  const directives = new Directives({ trust: world.trust, executor, live, registry: { digest: '', find, describe: async () => [] }, clock, log: pino({ level: 'silent' }), zone: () => 'UTC' });
  const pass = (seconds: number): void => {
    world.clock.pass(seconds);
    clock.advance(seconds * 1000);
  };
  return { directives, executor, clock, begun, end, pass };
}

test('one that comes fires by its schedule, and its firing is reported as such', async (t) => {
  const world = await start(t);
  const { directives, clock, begun, end, pass } = agentOf(t, world);
  directives.resume();
  await directives.settle();
  t.is(clock.pending, 0, 'nothing stands, nothing is looked at');
  directives.receive(await standing(world));
  await until(() => clock.pending === 1, 'the schedules to be looked at');
  pass(halfAnHour);
  await until(() => begun.length === 1, 'the firing');
  end();
  await until(() => reportsOf(world).length === 1, 'its report');
  t.like(reportsOf(world), [{ directiveId: id, status: 'succeeded', firing: { at: beginning + halfAnHour } }]);
  t.deepEqual(world.trust.pending(), [id]);
  await directives.stop();
  t.is(clock.pending, 0);
});

test('a cancel ends it and what runs of it', async (t) => {
  const world = await start(t);
  const { directives, clock, begun, pass } = agentOf(t, world);
  directives.receive(await standing(world));
  await until(() => clock.pending > 0, 'the schedules to be looked at');
  pass(halfAnHour);
  await until(() => begun.length === 1, 'the firing');
  directives.cancel(await cancel(world));
  await directives.settle();
  t.like(reportsOf(world), [{ status: 'cancelled', directiveId: id }, { status: 'cancelled', directiveId: id, firing: { at: beginning + halfAnHour } }]);
  t.deepEqual(world.trust.standing(), []);
  await directives.stop();
});

test('a cancel is taken in before everything counts as written down', async (t) => {
  const world = await start(t);
  const { directives } = agentOf(t, world);
  directives.receive(await standing(world));
  await directives.settle();
  const signed = await cancel(world);
  directives.cancel(signed);
  await directives.stop();
  await directives.settle();
  t.like(reportsOf(world), [{ status: 'cancelled', directiveId: id }]);
});

test('one that comes while the agent stops is kept for the next start', async (t) => {
  const world = await start(t);
  const stopping = agentOf(t, world);
  await stopping.directives.stop();
  stopping.directives.receive(await standing(world));
  await stopping.directives.settle();
  t.deepEqual(world.trust.standing().map(({ directive }) => directive.id), [id]);
  t.is(stopping.clock.pending, 0);
  world.restart();
  const next = agentOf(t, world);
  next.directives.resume();
  await until(() => next.clock.pending > 0, 'the schedules to be looked at');
  next.pass(halfAnHour);
  await until(() => next.begun.length === 1, 'the firing');
  await next.directives.stop();
});

test('stopped while the schedules are still being loaded, nothing of them is left', async (t) => {
  const world = await start(t);
  const first = agentOf(t, world);
  first.directives.receive(await standing(world));
  await first.directives.settle();
  await first.directives.stop();
  world.restart();
  world.clock.pass(halfAnHour - 1);
  const { directives, clock, begun, pass } = agentOf(t, world);
  directives.resume();
  await directives.stop();
  await directives.settle();
  t.is(clock.pending, 0);
  pass(1);
  t.deepEqual(begun, []);
});

test('a firing that was accepted before a restart runs, and the next one waits for it', async (t) => {
  const world = await start(t);
  const first = agentOf(t, world);
  first.directives.receive(await standing(world));
  await first.directives.settle();
  const fired = valueOf(await world.trust.fire(id, { at: beginning + 60, missed: 0, expiresAt: beginning + 660 }, registry));
  await first.directives.stop();
  world.restart();
  const { directives, clock, begun, end, pass } = agentOf(t, world);
  directives.resume();
  await until(() => begun.length === 1 && clock.pending > 0, 'it to run, and the schedules to be looked at');
  t.deepEqual(begun, [fired.directive.id]);
  pass(halfAnHour);
  await until(() => clock.pending > 0, 'the schedules to be looked at');
  t.is(begun.length, 1);
  end();
  await until(() => begun.length === 2, 'the one that waited');
  await directives.stop();
});
