/** Every state that the rolling key can get into, by playing sessions of the real code from each state found so far. */
import { hex, noBytes } from '../../protocol/bytes.ts';
import type { Chain } from '../../protocol/channel/channel.ts';
import type { MemoryPair, Tap } from '../support/memory-transport.ts';
import {
  emptyRegistry, keyName, MemoryAgentKeys, MemoryKeyRegistry, newChain, newIdentity, runSession,
  type CrashPoint, type RegistryState, type SessionOptions,
} from './parties.ts';

/** The messages of one session, as the model counts them; the number says which HELLO of the session it is or answers. */
export type FrameName = `HELLO ${number}` | `REJECT ${number}` | 'ANSWER' | 'PROOF' | 'WELCOME';

export type Fault = { readonly lose: FrameName } | { readonly forge: FrameName } | { readonly crash: CrashPoint } | undefined;

export type Copy = 'original' | 'clone';

export type World = {
  readonly disks: { readonly original: readonly Chain[]; readonly clone: readonly Chain[] | undefined };
  readonly registry: RegistryState;
  /** Whether each copy completed a session since there have been two. */
  readonly completed: ReadonlySet<Copy>;
  /** HELLOs that an eavesdropper saw in the session that led here. */
  readonly seenHellos: readonly Uint8Array[];
  readonly story: readonly string[];
};

export type Result = { readonly world: World; readonly code: string };

const tries = [0, 1, 2];
const lost: FrameName[] = [...tries.map((n): FrameName => `HELLO ${n}`), ...tries.map((n): FrameName => `REJECT ${n}`), 'ANSWER', 'PROOF', 'WELCOME'];
const crashes: CrashPoint[] = ['before store', 'after store', 'before commit', 'after commit', 'before alarm', 'after alarm'];
export const faults: Fault[] = [
  undefined,
  ...lost.map((lose) => ({ lose })),
  ...crashes.map((crash) => ({ crash })),
  ...[...tries.map((n): FrameName => `REJECT ${n}`), 'ANSWER' as const].map((forge) => ({ forge })),
];

const identity = newIdentity();
const forgedReject = new Uint8Array(34).fill(7);
forgedReject.set([3, 1]);

/** Names each frame of a session as it passes. */
export function frameNamer(): (frame: Uint8Array, direction: string) => FrameName {
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

/** One call of a copy, over what may be shared with other calls. */
export type Call = {
  readonly who: Copy;
  readonly fault: Fault;
  readonly keys: MemoryAgentKeys;
  readonly seenHellos: Uint8Array[];
  /** What this call crashes with. */
  readonly crash: (point: CrashPoint) => void;
  readonly options: SessionOptions;
};

/** Makes ready a call by a copy that holds `chains`. */
export function callOf(who: Copy, chains: readonly Chain[], fault: Fault, registry: SessionOptions['registry']): Call {
  const keys = new MemoryAgentKeys(identity, chains);
  let pair: MemoryPair | undefined;
  const crash = (point: CrashPoint): void => {
    if (!fault || !('crash' in fault) || fault.crash !== point) return;
    pair?.cut();
    throw new Error(`crashed ${point}`);
  };
  keys.crash = crash;
  const seenHellos: Uint8Array[] = [];
  const tap = saboteur(fault, () => pair, seenHellos);
  const introduction = chains.some(({ number }) => number === 0) ? identity.publicKey : noBytes;
  return { who, fault, keys, seenHellos, crash, options: { keys, registry, tap, introduction, joined: (joined) => { pair = joined; } } };
}

/** Plays one session of the real code from a state of the world. */
export async function play(world: World, who: Copy, fault: Fault): Promise<Result> {
  const registry = new MemoryKeyRegistry(world.registry);
  const call = callOf(who, world.disks[who] ?? [], fault, registry);
  registry.crash = call.crash;
  const { opened } = await runSession(call.options);
  const isCompleted = registry.commits > 0;
  return {
    code: opened.ok ? 'ok' : opened.code,
    world: {
      disks: { ...world.disks, [who]: call.keys.chains() },
      registry: registry.state,
      completed: isCompleted ? completedBy(world, who) : world.completed,
      seenHellos: call.seenHellos,
      story: [...world.story, `${who} ${JSON.stringify(fault) ?? 'undisturbed'}`],
    },
  };
}

/** Which copies have completed a session, when this one has as well. */
export function completedBy(world: World, who: Copy): ReadonlySet<Copy> {
  return world.disks.clone ? new Set([...world.completed, who]) : world.completed;
}

/** Two worlds with the same name behave the same: secrets are told apart only by what the intermediary knows of them and by which are equal. */
export function nameOf(world: World): string {
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

export function beginning(): World {
  const enrolment = newChain();
  const registry = new MemoryKeyRegistry(emptyRegistry);
  registry.enrol(enrolment);
  return { disks: { original: [enrolment], clone: undefined }, registry: registry.state, completed: new Set(), seenHellos: [], story: [] };
}
