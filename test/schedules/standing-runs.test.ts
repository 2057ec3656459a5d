/** Standing directives in action: a real memory on the disk, a clock that the test moves, and firings that end when it says. */
import test from 'ava';
import { pino } from 'pino';
import type { ExecutionContext } from 'ava';
import { StandingRuns } from '../../agent/schedules/standing-runs.ts';
import type { StandingNeeds } from '../../agent/schedules/standing-runs.ts';
import type { AcceptedDirective, Ending } from '../../agent/trust/trust.ts';
import { limits } from '../../protocol/limits.ts';
import { failure } from '../../protocol/outcome.ts';
import type { Schedule } from '../../protocol/statements/directive.ts';
import { spreadOf } from '../../protocol/statements/firing.ts';
import { readReport } from '../../protocol/statements/read.ts';
import type { Report } from '../../protocol/statements/report.ts';
import { until } from '../execution/support.ts';
import { makeDirective } from '../support/make-directive.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { beginning, openWorld, registry, signPolicy, valueOf } from '../support/world.ts';
import type { World } from '../support/world.ts';

const id = 'a'.repeat(32);
const other = 'b'.repeat(32);
const [minute, hour, day] = [60, 3600, 86_400];
/** It all begins at 8 o'clock; this fires half an hour later, every hour. */
const hourly: Schedule = { cron: '30 * * * *', windowSeconds: 600, spreadSeconds: 0, catchUp: 'none' };
const first = beginning + 30 * minute;

type Carried = { readonly firing: AcceptedDirective; end(): void };

type Bench = {
  readonly runs: StandingRuns;
  readonly clock: ManualClock;
  /** Firings that were begun, in order. */
  readonly carried: Carried[];
  /** Firings that were asked to end. */
  readonly cancelled: string[];
  /** Ends of directives, as they were asked for. */
  readonly ends: [string, Ending][];
  /** Lets time pass; resolves when all that is due has been looked at. */
  pass(seconds: number): Promise<void>;
  looked(): Promise<void>;
  /** Ends the firing begun last; gives its report when everything has been looked at anew. */
  endLast(): Promise<Report>;
  /** Times of those begun, by their schedule. */
  times(): (number | undefined)[];
};

async function accept(world: World, directiveId: string, schedule: Partial<Schedule>, lifeSeconds: number): Promise<void> {
  const life = { kind: 'standing', notAfter: beginning + lifeSeconds, schedule: { ...hourly, ...schedule } };
  const { envelope, proof } = await makeDirective(world, directiveId, { queued: true, set: { life } });
  const { outcome } = await world.trust.admit(envelope, proof, registry);
  if (outcome !== 'accepted') throw new Error(outcome);
}

async function worldWith(t: ExecutionContext, schedule: Partial<Schedule> = {}, lifeSeconds = 30 * day): Promise<World> {
  const world = await openWorld();
  t.teardown(() => world.end());
  await accept(world, id, schedule, lifeSeconds);
  return world;
}

type PartOfTrust = StandingNeeds['trust'];

/** The memory as it is, but for `instead`. */
function trustOf({ trust }: World, instead: Partial<PartOfTrust>): PartOfTrust {
  return { identity: trust.identity, standing: () => trust.standing(), passOver: (...of) => trust.passOver(...of), fire: (...of) => trust.fire(...of), ...instead };
}

/** The schedules of an agent that has just started; `instead` takes the place of what is real. */
async function bench(t: ExecutionContext, world: World, instead: Partial<StandingNeeds> = {}): Promise<Bench> {
  const clock = new ManualClock(world.clock.now());
  const [carried, cancelled, ends]: [Carried[], string[], [string, Ending][]] = [[], [], []];
  const { trust } = world;
  const reports: Promise<unknown>[] = [];
  let looks = 0;
  const runs = new StandingRuns({
    trust: trustOf(world, { standing: () => ((looks += 1), trust.standing()) }),
    clock,
    registry: { digest: '', find: registry, describe: async () => [] },
    zone: () => 'UTC',
    log: pino({ level: 'silent' }),
    carryOut: async (firing) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      carried.push({ firing, end: resolve });
      await promise;
      const report = trust.reportFiring(firing.directive.id, { status: 'succeeded', endedAtMs: clock.now() });
      reports.push(report);
      valueOf(await report);
    },
    cancel: (firingId) => {
      cancelled.push(firingId);
      carried.find(({ firing }) => firing.directive.id === firingId)?.end();
    },
    end: async (directiveId, ending) => {
      ends.push([directiveId, ending]);
      valueOf(await trust.report(directiveId, ending));
    },
    ...instead,
  });
  t.teardown(async () => {
    await runs.stop();
    await Promise.all(reports);
  });
  const looked = () => until(() => clock.pending > 0 || trust.standing().length === 0, 'everything to be looked at');
  const pass = async (seconds: number): Promise<void> => {
    world.clock.pass(seconds);
    clock.advance(seconds * 1000);
    await looked();
  };
  const endLast = async (): Promise<Report> => {
    const before = looks;
    carried.at(-1)?.end();
    await until(() => looks > before, 'the next look');
    await looked();
    return reportsOf(world).findLast(({ firing }) => firing !== undefined)!;
  };
  runs.look();
  await looked();
  return { runs, clock, carried, cancelled, ends, pass, looked, endLast, times: () => carried.map(({ firing }) => firing.firing?.at) };
}

function reportsOf(world: World): Report[] {
  return [...world.trust.unsent()].map(({ envelope }) => valueOf(readReport(envelope.payload)));
}

test('a firing begins at its time, not a second before, and once', async (t) => {
  const world = await worldWith(t);
  const at = await bench(t, world);
  await at.pass(30 * minute - 1);
  t.deepEqual(at.times(), []);
  await at.pass(1);
  t.deepEqual(at.times(), [first]);
  const report = await at.endLast();
  t.like(report, { directiveId: id, status: 'succeeded', firing: { at: first, missed: 0 } });
  await at.pass(5 * minute);
  t.deepEqual(at.times(), [first], 'its window is still open');
  await at.pass(55 * minute);
  t.deepEqual(at.times(), [first, first + hour]);
});

test('one that is accepted while others wait is looked at, whatever the others wait for', async (t) => {
  const world = await worldWith(t, { cron: '0 0 1 1 *' });
  const at = await bench(t, world);
  await accept(world, other, {}, day);
  at.runs.look();
  await at.looked();
  t.is(at.clock.pending, 1, 'one timer for all');
  await at.pass(30 * minute);
  t.deepEqual(at.carried.map(({ firing }) => firing.firing), [{ standingId: other, at: first }]);
});

test('a clock that is put forward is noticed without a timer at the right moment', async (t) => {
  const world = await worldWith(t);
  const at = await bench(t, world);
  t.is(at.clock.pending, 1);
  await at.pass(limits.lookAtClockMs / 1000);
  t.is(at.clock.pending, 1);
  await at.pass(35 * minute);
  t.deepEqual(at.times(), [first]);
});

test('within its window it begins late; after it never, and the next report tells of it', async (t) => {
  const world = await worldWith(t);
  const at = await bench(t, world);
  await at.pass(30 * minute + 600);
  t.deepEqual(at.times(), [first]);
  await at.endLast();
  await at.pass(hour + 1);
  t.deepEqual(at.times(), [first]);
  t.deepEqual(world.trust.standing().map(({ through }) => through), [first + hour]);
  await at.pass(hour - 601);
  t.deepEqual(at.times(), [first, first + 2 * hour]);
  t.like(await at.endLast(), { firing: { at: first + 2 * hour, missed: 1 } });
});

for (const catchUp of ['none', 'once'] as const) {
  test(`a machine that was off for a day, catch-up ${catchUp}`, async (t) => {
    const world = await worldWith(t, { catchUp });
    world.clock.pass(day);
    world.restart();
    const at = await bench(t, world);
    const last = first + 23 * hour;
    t.deepEqual(at.times(), catchUp === 'once' ? [last] : []);
    t.deepEqual(world.trust.standing().map(({ through }) => through), [last]);
    if (catchUp === 'once') t.like(await at.endLast(), { firing: { at: last, missed: 23 } });
    await at.pass(30 * minute);
    t.deepEqual(at.times(), catchUp === 'once' ? [last, last + hour] : [last + hour]);
    t.like(await at.endLast(), { firing: { missed: catchUp === 'once' ? 0 : 24 } });
  });
}

test('nothing is caught up on when the time of the directive is over', async (t) => {
  const world = await worldWith(t, { catchUp: 'once' }, 2 * hour);
  world.clock.pass(30 * day);
  world.restart();
  const at = await bench(t, world);
  await until(() => world.trust.standing().length > 0 ? (at.runs.look(), false) : true, 'its end');
  t.deepEqual(at.times(), []);
  t.deepEqual(at.ends.map(([of, { status }]) => [of, status]), [[id, 'succeeded']]);
});

test('it begins at this machine’s place in the spread, and its time is that of the schedule', async (t) => {
  const world = await worldWith(t, { spreadSeconds: 1000 });
  const offset = await spreadOf(id, world.trust.identity.agentId, 1000);
  const at = await bench(t, world);
  await at.pass(30 * minute + offset - 1);
  t.deepEqual(at.times(), []);
  await at.pass(1);
  t.deepEqual(at.times(), [first]);
});

test('one that the newest policy no longer permits does not begin, and ends the directive with the reason', async (t) => {
  const world = await worldWith(t);
  const at = await bench(t, world);
  valueOf(await world.trust.acceptPolicy(await signPolicy({ ...world.policy, version: world.policy.version + 1, people: world.policy.people.slice(1) })));
  await at.pass(30 * minute);
  t.deepEqual(at.times(), []);
  t.like(reportsOf(world), [{ directiveId: id, status: 'refused', code: 'signer-unknown' }]);
  t.is(at.ends.length, 1);
  t.is(at.clock.pending, 0, 'no timer is left behind');
});

test('a fault of the moment ends nothing: the firing begins later in its window', async (t) => {
  const world = await worldWith(t);
  let isFull = true;
  const trust = trustOf(world, { fire: async (...of) => (isFull ? failure('disk-full', 'a test') : world.trust.fire(...of)) });
  const at = await bench(t, world, { trust });
  await at.pass(30 * minute);
  await at.pass(limits.lookAtClockMs / 1000);
  t.deepEqual([at.times(), at.ends], [[], []]);
  isFull = false;
  await at.pass(limits.lookAtClockMs / 1000);
  t.deepEqual(at.times(), [first]);
});

test('one that was decided by somebody else meanwhile is left alone', async (t) => {
  const world = await worldWith(t);
  const trust = trustOf(world, {
    fire: async (...of) => {
      await world.trust.passOver(id, first, 1);
      return world.trust.fire(...of);
    },
  });
  const at = await bench(t, world, { trust });
  await at.pass(30 * minute);
  t.deepEqual([at.times(), at.ends], [[], []]);
});

test('cancelled, it begins nothing more, and the firing under way is asked to end', async (t) => {
  const world = await worldWith(t);
  const at = await bench(t, world);
  t.false(await at.runs.cancel(other));
  await at.pass(30 * minute);
  t.true(await at.runs.cancel(id));
  t.deepEqual(at.cancelled, at.carried.map(({ firing }) => firing.directive.id));
  await until(() => reportsOf(world).length === 2, 'both reports');
  t.like(reportsOf(world), [{ directiveId: id, status: 'cancelled', code: 'cancelled' }, { directiveId: id, firing: { at: first } }]);
  t.is(reportsOf(world)[0]?.firing, undefined);
  t.false(await at.runs.cancel(id));
  await at.pass(hour);
  t.deepEqual(at.times(), [first]);
  await until(() => at.clock.pending === 0, 'no timer to be left behind');
});

test('cancelled while a firing is written down, that firing is asked to end at once', async (t) => {
  const world = await worldWith(t);
  const { promise: written, resolve: goOn } = Promise.withResolvers<void>();
  const { promise: fired, resolve: saw } = Promise.withResolvers<void>();
  const trust = trustOf(world, {
    fire: async (...of) => {
      const outcome = await world.trust.fire(...of);
      saw();
      await written;
      return outcome;
    },
  });
  const at = await bench(t, world, { trust });
  world.clock.pass(30 * minute);
  at.clock.advance(30 * minute * 1000);
  await fired;
  t.true(await at.runs.cancel(id));
  goOn();
  await until(() => at.cancelled.length > 0, 'the firing to be asked');
  t.deepEqual(at.cancelled, at.carried.map(({ firing }) => firing.directive.id));
});

test('an end that cannot be written yet is asked for once, and nothing begins meanwhile', async (t) => {
  const world = await worldWith(t);
  const asked: string[] = [];
  const at = await bench(t, world, { end: async (directiveId) => void asked.push(directiveId) });
  t.true(await at.runs.cancel(id));
  await at.pass(30 * minute);
  await at.pass(day);
  t.deepEqual([at.times(), asked], [[], [id]]);
});

test('when its time is over it has succeeded, once, and nothing is looked at any more', async (t) => {
  const world = await worldWith(t, {}, 35 * minute);
  const at = await bench(t, world);
  await at.pass(30 * minute);
  await at.endLast();
  await at.pass(5 * minute);
  t.deepEqual(at.ends, [], 'not before it is over');
  await at.pass(1);
  await at.pass(limits.lookAtClockMs / 1000);
  t.deepEqual(at.ends.map(([of, { status }]) => [of, status]), [[id, 'succeeded']]);
  t.like(reportsOf(world).at(-1), { directiveId: id, status: 'succeeded' });
  t.is(at.clock.pending, 0);
});

test('none begins while the one before runs: the next waits within its window, and is missed after it', async (t) => {
  const world = await worldWith(t);
  const at = await bench(t, world);
  await at.pass(30 * minute);
  await at.pass(hour + 5 * minute);
  t.deepEqual(at.times(), [first]);
  await at.endLast();
  await until(() => at.carried.length === 2, 'the one that waited');
  t.deepEqual(at.times(), [first, first + hour]);
  await at.pass(hour + 11 * minute);
  await at.endLast();
  t.deepEqual(at.times(), [first, first + hour]);
  await at.pass(hour - 16 * minute);
  t.deepEqual(at.times(), [first, first + hour, first + 3 * hour]);
  t.like(await at.endLast(), { firing: { missed: 1 } });
});

test('a firing of before a restart holds the next one back, too', async (t) => {
  const world = await worldWith(t);
  valueOf(await world.trust.fire(id, { at: first, missed: 0, expiresAt: first + 600 }, registry));
  world.restart();
  const at = await bench(t, world);
  const [resumed] = world.trust.resumable();
  t.is(resumed?.firing?.standingId, id);
  at.runs.begin(id, resumed!);
  await at.pass(90 * minute);
  t.deepEqual(at.times(), [first]);
  await at.endLast();
  await until(() => at.carried.length === 2, 'the one that waited');
  t.deepEqual(at.times(), [first, first + hour]);
});

for (const others of [[], [other]]) {
  test(`stopped, it begins nothing, not even what is being written down: that is for the next start (${others.length} more)`, async (t) => {
    const world = await worldWith(t);
    for (const one of others) await accept(world, one, {}, day);
    const { promise: written, resolve: goOn } = Promise.withResolvers<void>();
    let fired = 0;
    const trust = trustOf(world, {
      fire: async (...of) => {
        fired += 1;
        await written;
        return world.trust.fire(...of);
      },
    });
    const at = await bench(t, world, { trust });
    world.clock.pass(30 * minute);
    at.clock.advance(30 * minute * 1000);
    await until(() => fired > 0, 'the first to be written down');
    const stopped = at.runs.stop();
    at.runs.look();
    goOn();
    await stopped;
    t.deepEqual([fired, at.times(), at.clock.pending], [1, [], 0]);
    world.clock.pass(hourly.windowSeconds);
    world.restart();
    t.deepEqual(world.trust.resumable().map(({ firing }) => firing), [{ standingId: id, at: first }]);
  });
}

test('stopped while a firing runs, its end begins nothing', async (t) => {
  const world = await worldWith(t);
  const at = await bench(t, world);
  await at.pass(30 * minute);
  await at.runs.stop();
  t.is(at.clock.pending, 0);
  world.clock.pass(hour);
  at.clock.advance(hour * 1000);
  at.carried[0]?.end();
  await until(() => reportsOf(world).length === 1, 'its report');
  await until(() => true, 'one turn');
  t.deepEqual([at.times(), at.clock.pending], [[first], 0]);
});
