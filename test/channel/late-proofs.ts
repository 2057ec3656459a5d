/**
 * Proofs that come late: their agent has left that way and calls over another, while the proof, or the write that it
 * brings about, still takes its time. It arrives at every moment of the later call.
 */
import type { Chain, KeyRegistry, KeyStep } from '../../protocol/channel/channel.ts';
import type { Transport } from '../../protocol/transport.ts';
import type { MemoryPair } from '../support/memory-transport.ts';
import { callOf, completedBy, faults, frameNamer } from './model.ts';
import type { Call, Copy, Fault, Result, World } from './model.ts';
import { MemoryKeyRegistry, runSession, startSession } from './parties.ts';

/** What is late: the proof on its way, or the write after it has come. */
const latenesses = ['proof', 'write'] as const;
type Late = { readonly who: Copy; readonly what: (typeof latenesses)[number]; /** The moment of the later call, from 0. */ readonly at: number };
type Later = { readonly who: Copy; readonly fault: Fault };

type Held = Late & { readonly call: Call; release(): void };

/** All of them from here: one late proof in an honest world with every fault, two with none; beside a clone, one with none. */
export async function* lateProofs(world: World): AsyncGenerator<Result> {
  const copies: readonly Copy[] = world.disks.clone ? ['original', 'clone'] : ['original'];
  const disturbances = world.disks.clone ? [undefined] : faults;
  for (const what of latenesses) {
    for (const late of copies) {
      for (const who of copies) {
        for (const fault of disturbances) yield* atEveryMoment((at) => playLate(world, [{ who: late, what, at }], { who, fault }));
      }
    }
  }
  if (world.disks.clone) return;
  for (const what of latenesses) {
    // the second one before the first, with it, and when the later call is over
    for (const second of [() => 0, (first: number) => first, () => Infinity]) {
      yield* atEveryMoment((at) => playLate(world, [{ who: 'original', what, at }, { who: 'original', what: 'proof', at: second(at) }], { who: 'original', fault: undefined }));
    }
  }
}

type Played = { readonly result: Result; /** Moments that the later call had. */ readonly moments: number };

async function* atEveryMoment(playAt: (at: number) => Promise<Played>): AsyncGenerator<Result> {
  for (let at = 0, moments = 1; at <= moments; at += 1) {
    const played = await playAt(at);
    moments = played.moments;
    yield played.result;
  }
}

async function playLate(world: World, late: readonly Late[], later: Later): Promise<Played> {
  const registry = new MemoryKeyRegistry(world.registry);
  const committed: Copy[] = [];
  let disks = world.disks;
  const held: Held[] = [];
  for (const one of late) {
    const started = await startLate(one, disks[one.who] ?? [], noting(registry, one.who, committed));
    disks = { ...disks, [one.who]: started.call.keys.chains() };
    held.push(started);
  }
  const call = callOf(later.who, disks[later.who] ?? [], later.fault, registry);
  let moments = 0;
  const moment = async (): Promise<void> => {
    const now = moments++;
    for (const one of held) if (one.at === now) await releaseAndSettle(one);
  };
  const isIntermediaryDying = later.fault && 'crash' in later.fault && !later.fault.crash.endsWith('store');
  const gatedRegistry = gateRegistry(noting(registry, later.who, committed), moment, call.crash);
  const running = runSession({ ...call.options, registry: gatedRegistry, between: (transport) => gateTransport(transport, moment) });
  const { opened } = await nudged(running, held);
  // an intermediary that died has taken all its connections with it
  if (isIntermediaryDying !== true || opened.ok) for (const one of held) await releaseAndSettle(one);
  let completed = world.completed;
  for (const who of committed) completed = completedBy({ ...world, completed }, who);
  const story = [...world.story, `late ${late.map(({ who, what, at }) => `${who}'s ${what} at ${at}`).join(' and ')} of ${later.who} ${JSON.stringify(later.fault) ?? 'undisturbed'}`];
  const after = { disks: { ...disks, [later.who]: call.keys.chains() }, registry: registry.state, completed, seenHellos: call.seenHellos, story };
  return { result: { code: opened.ok ? 'ok' : opened.code, world: after }, moments };
}

/** Everything that can go on by itself has done so: all that is played here waits for nothing but microtasks. */
const quiet = (): Promise<void> => new Promise((resolve) => {
  setImmediate(resolve);
});

async function releaseAndSettle(held: Held): Promise<void> {
  held.release();
  await quiet();
}

/** A later call may wait for a write that is late: then, when nothing else goes on, is when it is done. */
async function nudged<T>(running: Promise<T>, held: readonly Held[]): Promise<T> {
  const ended = running.then(() => true);
  for (let rounds = 0; rounds < 30; rounds += 1) {
    if (await Promise.race([ended, quiet().then(() => false)])) return running;
  }
  for (const one of held) one.release();
  return running;
}

/** One call up to its proof, if it comes to that; then its agent is cut off, and the intermediary is not told. */
async function startLate(late: Late, chains: readonly Chain[], registry: KeyRegistry): Promise<Held> {
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const slow: KeyRegistry = late.what === 'proof' ? registry : { ...registry, commit: (step) => released.then(() => registry.commit(step)) };
  const call = callOf(late.who, chains, undefined, slow);
  let pair: MemoryPair | undefined;
  const between = (transport: Transport): Transport => holdProof(transport, { cut: () => pair?.cut(), until: late.what === 'proof' ? released : Promise.resolve() });
  startSession({ ...call.options, between, joined: (joined) => (pair = joined) });
  await quiet();
  pair?.cut(); // where it has not come to its proof: an agent is never at two calls at once
  return { ...late, call, release };
}

/** The intermediary's end of a way whose agent is cut off at its proof; that arrives when `until` resolves. */
export function holdProof(transport: Transport, { cut, until }: { cut(): void; until: Promise<void> }): Transport {
  const nameFrame = frameNamer();
  let isHeld = false;
  const listen: Transport['listen'] = (handlers) => transport.listen({
    frame: (frame) => {
      if (nameFrame(frame, 'toIntermediary') !== 'PROOF') return handlers.frame(frame);
      isHeld = true;
      cut();
      void until.then(() => handlers.frame(frame));
    },
    drained: () => handlers.drained(),
    closed: (reason) => {
      if (!isHeld) handlers.closed(reason);
    },
  });
  const send: Transport['send'] = (frame) => {
    nameFrame(frame, 'toAgent');
    return transport.send(frame);
  };
  return { name: transport.name, remoteAddress: transport.remoteAddress, listen, send, close: () => transport.close() };
}

/** Every frame of the later call, in both directions, is a moment. */
function gateTransport(transport: Transport, moment: () => Promise<void>): Transport {
  let before = Promise.resolve();
  const inTurn = (deed: () => void, isMoment = true): void => {
    before = before.then(() => (isMoment ? moment() : undefined)).then(deed);
  };
  const listen: Transport['listen'] = (handlers) => transport.listen({
    frame: (frame) => inTurn(() => handlers.frame(frame)),
    drained: () => handlers.drained(),
    closed: (reason) => inTurn(() => handlers.closed(reason), false),
  });
  const send: Transport['send'] = (frame) => {
    inTurn(() => transport.send(frame));
    return true;
  };
  return { name: transport.name, remoteAddress: transport.remoteAddress, listen, send, close: () => inTurn(() => transport.close(), false) };
}

/** So is every step of the registry, before and after. */
function gateRegistry(registry: KeyRegistry, moment: () => Promise<void>, crash: MemoryKeyRegistry['crash']): KeyRegistry {
  const between = async <T>(deed: () => Promise<T>): Promise<T> => {
    await moment();
    const done = await deed();
    await moment();
    return done;
  };
  return {
    underWay: registry.underWay,
    find: (keyId) => between(() => registry.find(keyId)),
    commit: (step) => between(async () => {
      crash('before commit');
      const welcome = await registry.commit(step);
      if (welcome.ok) crash('after commit');
      return welcome;
    }),
    outOfStep: (stray) => between(async () => {
      crash('before alarm');
      const told = await registry.outOfStep(stray);
      crash('after alarm');
      return told;
    }),
    failed: (event) => registry.failed(event),
  };
}

/** Notes whose step was taken. */
function noting(registry: MemoryKeyRegistry, who: Copy, committed: Copy[]): KeyRegistry {
  return {
    underWay: registry.underWay,
    find: (keyId) => registry.find(keyId),
    commit: async (step: KeyStep) => {
      const welcome = await registry.commit(step);
      if (welcome.ok) committed.push(who);
      return welcome;
    },
    outOfStep: (stray) => registry.outOfStep(stray),
    failed: (event) => registry.failed(event),
  };
}
