import test from 'ava';
import { acceptChannel } from '../../protocol/channel/channel.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { memoryTransports } from '../support/memory-transport.ts';
import { lateProofs } from './late-proofs.ts';
import { beginning, faults, nameOf, play } from './model.ts';
import type { Result, World } from './model.ts';
import { MemoryKeyRegistry, staticKey } from './parties.ts';
import type { RegistryState } from './parties.ts';

/** Everything that can happen next; an alarm ends the story, since then everybody knows. */
async function* successors(world: World): AsyncGenerator<Result> {
  if (world.registry.alarms.length > 0) return;
  const { original, clone } = world.disks;
  if (!clone) yield { world: { ...world, disks: { original, clone: original }, story: [...world.story, 'copied'] }, code: 'ok' };
  for (const who of clone ? (['original', 'clone'] as const) : (['original'] as const)) {
    for (const fault of faults) yield await play(world, who, fault);
  }
  yield* lateProofs(world);
}

/** Plays the recorded HELLOs to the intermediary once more. */
async function replay(world: World): Promise<RegistryState> {
  const registry = new MemoryKeyRegistry(world.registry);
  for (const hello of world.seenHellos) {
    const clock = new ManualClock();
    const pair = memoryTransports();
    const accepting = acceptChannel(pair.intermediary, { staticKey, registry, clock });
    pair.agent.listen({ frame: () => pair.cut(), drained: () => undefined, closed: () => undefined });
    pair.agent.send(hello);
    await accepting;
  }
  return registry.state;
}

test('in every reachable state of two keys, loss, crash, forgery, replay, late proofs and a clone: no lock-out, no false alarm, no unnoticed copy', async (t) => {
  const start = beginning();
  const worlds = new Map([[nameOf(start), start]]);
  let sessions = 0;
  let depth = 0;
  const alarms = { seen: 0 };
  for (const world of worlds.values()) {
    const { story } = world;
    depth = Math.max(depth, story.length);
    const alarmed = world.registry.alarms.length > 0;
    if (alarmed) {
      alarms.seen += 1;
      if (!world.disks.clone) t.fail(`false alarm: ${story.join(' → ')}`);
      continue;
    }
    if (world.completed.size === 2) t.fail(`unnoticed copy: ${story.join(' → ')}`);
    if (!world.disks.clone) {
      const { code } = await play(world, 'original', undefined);
      if (code !== 'ok') t.fail(`locked out with ${code}: ${story.join(' → ')}`);
    }
    if (world.completed.size === 1) {
      const other = world.completed.has('original') ? 'clone' : 'original';
      const { code, world: after } = await play(world, other, undefined);
      const noticed = code === 'key-retired' && after.registry.alarms.length === 1;
      if (!noticed && code !== 'enrolment-used-up') t.fail(`the ${other} got ${code}: ${story.join(' → ')}`);
    }
    if ((await replay(world)) !== world.registry) t.fail(`a replayed HELLO changed something: ${story.join(' → ')}`);
    for await (const result of successors(world)) {
      sessions += 1;
      const name = nameOf(result.world);
      if (!worlds.has(name)) worlds.set(name, result.world);
    }
  }
  t.log(`${worlds.size} states, all there are; ${sessions} sessions; the deepest story has ${depth} steps; ${alarms.seen} states with an alarm`);
  t.true(worlds.size > 20 && depth > 3 && alarms.seen > 0);
});

test('an honest agent of many disturbed sessions is never refused for long', async (t) => {
  let world = beginning();
  const order = [...faults, ...faults.toReversed(), ...faults];
  for (const fault of order) {
    world = (await play(world, 'original', fault)).world;
    if (fault === undefined) continue;
    const undisturbed = await play(world, 'original', undefined);
    t.is(undisturbed.code, 'ok', JSON.stringify(fault));
  }
  t.deepEqual(world.registry.alarms, []);
});
