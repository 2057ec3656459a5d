import test from 'ava';
import { hex, noBytes } from '../../protocol/bytes.ts';
import { acceptChannel, type Chain } from '../../protocol/channel/channel.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { memoryTransports, type MemoryPair, type Tap } from '../support/memory-transport.ts';
import {
  emptyRegistry, keyName, MemoryAgentKeys, MemoryKeyRegistry, newChain, newIdentity, runSession, staticKey,
  type CrashPoint, type RegistryState,
} from './parties.ts';

/** The messages of one session, as the model counts them; the number says which HELLO of the session it is or answers. */
type FrameName = `HELLO ${number}` | `REJECT ${number}` | 'ANSWER' | 'PROOF' | 'WELCOME';

type Fault = { readonly lose: FrameName } | { readonly forge: FrameName } | { readonly crash: CrashPoint } | undefined;

type Copy = 'original' | 'clone';

type World = {
  readonly disks: { readonly original: readonly Chain[]; readonly clone: readonly Chain[] | undefined };
  readonly registry: RegistryState;
  /** Whether each copy completed a session since there have been two. */
  readonly completed: ReadonlySet<Copy>;
  /** HELLOs that an eavesdropper saw in the session that led here. */
  readonly seenHellos: readonly Uint8Array[];
  readonly story: readonly string[];
};

type Result = { readonly world: World; readonly code: string; readonly completed: boolean };

const tries = [0, 1, 2];
const lost: FrameName[] = [...tries.map((n): FrameName => `HELLO ${n}`), ...tries.map((n): FrameName => `REJECT ${n}`), 'ANSWER', 'PROOF', 'WELCOME'];
const crashes: CrashPoint[] = ['before store', 'after store', 'before commit', 'after commit', 'before alarm', 'after alarm'];
const faults: Fault[] = [
  undefined,
  ...lost.map((lose) => ({ lose })),
  ...crashes.map((crash) => ({ crash })),
  ...[...tries.map((n): FrameName => `REJECT ${n}`), 'ANSWER' as const].map((forge) => ({ forge })),
];

const identity = newIdentity();
const forgedReject = new Uint8Array(34).fill(7);
forgedReject.set([3, 1]);

/** Names each frame of a session as it passes. */
function frameNamer(): (frame: Uint8Array, direction: string) => FrameName {
  let hellos = -1;
  let isAnswered = false;
  return (frame, direction) => {
    if (direction === 'toIntermediary') {
      if (isAnswered) return 'PROOF';
      hellos += 1;
      return `HELLO ${hellos}`;
    }
    if (isAnswered) return 'WELCOME';
    isAnswered = frame[0] === 2;
    return isAnswered ? 'ANSWER' : `REJECT ${hellos}`;
  };
}

function saboteur(fault: Fault, pairOf: () => MemoryPair | undefined, seen: Uint8Array[]): Tap {
  const nameFrame = frameNamer();
  return (frame, direction) => {
    const name = nameFrame(frame, direction);
    if (name.startsWith('HELLO')) seen.push(frame);
    if (fault && 'forge' in fault && fault.forge === name) return forgedReject;
    if (!fault || !('lose' in fault) || fault.lose !== name) return frame;
    pairOf()?.cut();
    return undefined;
  };
}

/** Plays one session of the real code from a state of the world. */
async function play(world: World, who: Copy, fault: Fault): Promise<Result> {
  const keys = new MemoryAgentKeys(identity, world.disks[who] ?? []);
  const registry = new MemoryKeyRegistry(world.registry);
  let pair: MemoryPair | undefined;
  const crash = (point: CrashPoint): void => {
    if (!fault || !('crash' in fault) || fault.crash !== point) return;
    pair?.cut();
    throw new Error(`crashed ${point}`);
  };
  keys.crash = crash;
  registry.crash = crash;
  const seenHellos: Uint8Array[] = [];
  const tap = saboteur(fault, () => pair, seenHellos);
  const introduction = keys.chains().some(({ number }) => number === 0) ? identity.publicKey : noBytes;
  const { opened } = await runSession({ keys, registry, tap, introduction, joined: (joined) => { pair = joined; } });
  const completed = registry.commits > 0;
  return {
    code: opened.ok ? 'ok' : opened.code,
    completed,
    world: {
      disks: { ...world.disks, [who]: keys.chains() },
      registry: registry.state,
      completed: completed && world.disks.clone ? new Set([...world.completed, who]) : world.completed,
      seenHellos,
      story: [...world.story, `${who} ${JSON.stringify(fault) ?? 'undisturbed'}`],
    },
  };
}

/** Two worlds with the same name behave the same: secrets are told apart only by what the intermediary knows of them and by which are equal. */
function nameOf(world: World): string {
  const names = new Map<string, string>();
  const label = (chain: Chain): string => {
    const secret = hex(chain.secret);
    const keyId = keyName(chain);
    const { live, retired, enrolments } = world.registry;
    const standing = live.has(keyId) ? 'live' : retired.has(keyId) ? 'retired' : enrolments.has(keyId) ? 'enrolment' : 'unknown';
    if (!names.has(secret)) names.set(secret, `${standing}${names.size}`);
    return names.get(secret) ?? '';
  };
  const { original, clone } = world.disks;
  const used = [...world.registry.enrolments.values()].map(({ usesLeft }) => usesLeft);
  return JSON.stringify([original.map(label), clone?.map(label), used, world.registry.alarms.length, [...world.completed].sort()]);
}

function beginning(): World {
  const enrolment = newChain();
  const registry = new MemoryKeyRegistry(emptyRegistry);
  registry.enrol(enrolment);
  return { disks: { original: [enrolment], clone: undefined }, registry: registry.state, completed: new Set(), seenHellos: [], story: [] };
}

/** Everything that can happen next; an alarm ends the story, since then everybody knows. */
async function* successors(world: World): AsyncGenerator<Result> {
  if (world.registry.alarms.length > 0) return;
  const { original, clone } = world.disks;
  if (!clone) yield { world: { ...world, disks: { original, clone: original }, story: [...world.story, 'copied'] }, code: 'ok', completed: false };
  for (const who of clone ? (['original', 'clone'] as const) : (['original'] as const)) {
    for (const fault of faults) yield await play(world, who, fault);
  }
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

test('in every reachable state of two keys, loss, crash, forgery, replay and a clone: no lock-out, no false alarm, no unnoticed copy', async (t) => {
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
