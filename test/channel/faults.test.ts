import { randomBytes } from 'node:crypto';
import test from 'ava';
import { concat, noBytes, unhex, utf8 } from '../../protocol/bytes.ts';
import { acceptChannel, chainKeys, openChannel, type KeyFinding, type RejectCode } from '../../protocol/channel/channel.ts';
import { decodeHello, encodeHelloHeader } from '../../protocol/channel/frames.ts';
import { HandshakeState } from '../../protocol/channel/noise/handshake-state.ts';
import { generateKeyPair, type KeyPair } from '../../protocol/channel/noise/x25519.ts';
import { decodeReject, refusalOf } from '../../protocol/channel/reject.ts';
import { suites } from '../../protocol/channel/suites.ts';
import type { ErrorCode } from '../../protocol/errors.ts';
import { limits } from '../../protocol/limits.ts';
import { failure, success, type Outcome } from '../../protocol/outcome.ts';
import type { Transport, TransportClosed } from '../../protocol/transport.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { memoryTransports, type Direction, type Tap } from '../support/memory-transport.ts';
import { enrolledAgent, MemoryAgentKeys, MemoryKeyRegistry, newChain, newIdentity, runSession, staticKey } from './parties.ts';

const codeOf = (outcome: Outcome<unknown>): ErrorCode | 'ok' => (outcome.ok ? 'ok' : outcome.code);

/** Puts `frame` in the place of the nth frame of one direction. */
function replacing(direction: Direction, nth: number, frame: Uint8Array): Tap {
  let count = -1;
  return (original, way) => {
    if (way === direction) count += 1;
    return way === direction && count === nth ? frame : original;
  };
}

/** The raw end of a connection that a test plays itself. */
function rawEnd(transport: Transport): { readonly frames: Uint8Array[]; readonly closed: Promise<TransportClosed>; readonly next: () => Promise<Uint8Array> } {
  const { promise: closed, resolve } = Promise.withResolvers<TransportClosed>();
  const frames: Uint8Array[] = [];
  let wake: ((frame: Uint8Array) => void) | undefined;
  transport.listen({
    frame: (frame) => {
      frames.push(frame);
      wake?.(frame);
    },
    drained: () => undefined,
    closed: resolve,
  });
  return { frames, closed, next: () => new Promise((done) => { wake = done; }) };
}

function helloOf(fields: { level?: number; keyId?: Uint8Array; offeredIds?: number[]; chosenId?: number; ephemeral?: Uint8Array } = {}): { frame: Uint8Array; own: KeyPair } {
  const own = generateKeyPair();
  const { level = 1, keyId = randomBytes(8), offeredIds = [1], chosenId = 1, ephemeral = own.publicKey.raw } = fields;
  return { frame: concat(encodeHelloHeader({ level, mode: 'session', keyId, offeredIds, chosenId }), ephemeral, new Uint8Array(16)), own };
}

const garbage: Record<string, Uint8Array> = {
  'an empty frame': noBytes,
  'one byte': Uint8Array.of(1),
  'a lone ANSWER byte': Uint8Array.of(2),
  'a lone REJECT byte': Uint8Array.of(3),
  '15 bytes': new Uint8Array(15).fill(2),
  '34 bytes like a REJECT': concat(Uint8Array.of(3, 1), randomBytes(32)),
  '49 bytes like an ANSWER': concat(Uint8Array.of(2), randomBytes(48)),
  'an ANSWER with a key of low order': concat(Uint8Array.of(2), new Uint8Array(48)),
  '64 bytes like a HELLO': concat(Uint8Array.of(1, 0, 1, 0), randomBytes(60)),
  'an HTTP request': utf8('GET / HTTP/1.1\r\nHost: example.org\r\n\r\n'),
  'the largest frame': new Uint8Array(randomBytes(limits.maxFrameBytes)),
  'a frame too large': new Uint8Array(limits.maxFrameBytes + 1),
};

const stages = [
  { name: 'HELLO', direction: 'toIntermediary', nth: 0 },
  { name: 'ANSWER', direction: 'toAgent', nth: 0 },
  { name: 'the proof', direction: 'toIntermediary', nth: 1 },
  { name: 'the welcome', direction: 'toAgent', nth: 1 },
] as const;

const expectedCodes = new Set<ErrorCode | 'ok'>(['handshake-malformed', 'handshake-refused', 'record-unauthentic', 'frame-too-large', 'connection-lost']);

for (const { name, direction, nth } of stages) {
  for (const [what, frame] of Object.entries(garbage)) {
    test(`${what} instead of ${name} ends in a code, closes both ends, and the next session works`, async (t) => {
      const { keys, registry } = await enrolledAgent();
      const before = registry.state;
      const { opened, accepted, pair } = await runSession({ keys, registry, tap: replacing(direction, nth, frame) });
      t.true(expectedCodes.has(codeOf(opened)), codeOf(opened));
      t.true(expectedCodes.has(codeOf(accepted)) || name === 'the welcome', codeOf(accepted));
      if (name !== 'the welcome') t.is(registry.state, before);
      t.false(pair.agent.send(noBytes));
      t.false(pair.intermediary.send(noBytes));
      t.is(codeOf((await runSession({ keys, registry })).opened), 'ok');
      t.deepEqual(registry.state.alarms, []);
    });
  }
}

test('every altered byte of HELLO is noticed before anything changes', async (t) => {
  const { keys, registry } = await enrolledAgent();
  const before = registry.state;
  const chains = keys.chains();
  for (let index = 0; index < 63; index += 1) {
    const tap: Tap = (frame, way) => (way === 'toIntermediary' ? frame.map((byte, at) => (at === index ? byte ^ 1 : byte)) : frame);
    const { opened, accepted } = await runSession({ keys, registry, tap });
    t.false(opened.ok, `byte ${index}`);
    t.false(accepted.ok, `byte ${index}`);
  }
  t.is(registry.state, before);
  t.is(keys.chains(), chains);
});

test('another list of offered transports than the agent sent is noticed, though it is one that could be', async (t) => {
  const { keys, registry } = await enrolledAgent();
  const firstOffered = 13;
  const tap: Tap = (frame, way) => (way === 'toIntermediary' ? frame.map((byte, at) => (at === firstOffered ? 2 : byte)) : frame);
  t.is(codeOf((await runSession({ keys, registry, offered: ['wss', 'wss'] })).opened), 'ok');
  const before = registry.state;
  const { opened, accepted } = await runSession({ keys, registry, offered: ['wss', 'wss'], tap });
  t.deepEqual([codeOf(opened), codeOf(accepted)], ['handshake-refused', 'handshake-refused']);
  t.is(registry.state, before);
});

test('every altered byte of a REJECT makes it worthless', async (t) => {
  const { keys, registry } = await enrolledAgent();
  keys.store([newChain(7), ...keys.chains().slice(0, 1)]);
  const chains = keys.chains();
  for (let index = 0; index < 34; index += 1) {
    const tap: Tap = (frame, way) => (way === 'toAgent' ? frame.map((byte, at) => (at === index ? byte ^ 4 : byte)) : frame);
    const { opened } = await runSession({ keys, registry, tap });
    t.true(['handshake-refused', 'handshake-malformed'].includes(codeOf(opened)), codeOf(opened));
  }
  t.is(keys.chains(), chains);
  t.is(codeOf((await runSession({ keys, registry })).opened), 'ok');
});

test('an ANSWER that carries data is refused, though it is authentic', async (t) => {
  const { keys } = await enrolledAgent();
  const [chain = newChain()] = keys.chains();
  const pair = memoryTransports();
  const end = rawEnd(pair.intermediary);
  const dial = async (): Promise<Outcome<Transport>> => success(pair.agent);
  const called = end.next();
  const opening = openChannel({ dial, offered: ['wss'], serverKey: staticKey.publicKey.raw, keys, introduction: noBytes, clock: new ManualClock() });
  const hello = decodeHello(await called);
  if (!hello.ok) return t.fail();
  const noise = new HandshakeState({ suite: suites.session, role: 'responder', prologue: hello.value.prologue, ownStatic: staticKey, psks: [chainKeys(chain).psk] });
  t.true(noise.readMessage(hello.value.noise).ok);
  const answer = noise.writeMessage(utf8('data'));
  pair.intermediary.send(concat(Uint8Array.of(2), answer.ok ? answer.value : noBytes));
  t.is(codeOf(await opening), 'handshake-malformed');
  await end.closed;
});

test('a connection that ends in the first tick is lost for both', async (t) => {
  for (const end of ['agent', 'intermediary'] as const) {
    const { keys, registry } = await enrolledAgent();
    const { opened, accepted } = await runSession({ keys, registry, joined: (pair) => pair[end].close() });
    t.deepEqual([codeOf(opened), codeOf(accepted)], ['connection-lost', 'connection-lost']);
  }
  const { keys, registry } = await enrolledAgent();
  const { opened, accepted } = await runSession({ keys, registry, joined: (pair) => pair.cut() });
  t.deepEqual([codeOf(opened), codeOf(accepted)], ['connection-lost', 'connection-lost']);
});

test('another static key than the pinned one is refused by the agent, and no key is rolled', async (t) => {
  const { keys, registry } = await enrolledAgent();
  const chains = keys.chains();
  const { opened, accepted } = await runSession({ keys, registry, serverKey: generateKeyPair().publicKey.raw });
  t.deepEqual([codeOf(opened), codeOf(accepted)], ['handshake-refused', 'handshake-refused']);
  t.is(keys.chains(), chains);
});

test('a key id shown without its secret is refused', async (t) => {
  const { keys, registry } = await enrolledAgent();
  const find = registry.find.bind(registry);
  registry.find = async (keyId): Promise<KeyFinding> => {
    const finding = await find(keyId);
    return finding.status === 'live' ? { ...finding, chain: newChain() } : finding;
  };
  const before = registry.state;
  const { opened, accepted } = await runSession({ keys, registry });
  t.deepEqual([codeOf(opened), codeOf(accepted)], ['handshake-refused', 'handshake-refused']);
  t.is(registry.state, before);
});

test('a stolen chain secret without the identity key opens nothing and changes nothing', async (t) => {
  const { keys, registry } = await enrolledAgent();
  const before = registry.state;
  const thief = new MemoryAgentKeys(newIdentity(), keys.chains());
  const { opened, accepted } = await runSession({ keys: thief, registry });
  t.deepEqual([codeOf(opened), codeOf(accepted)], ['identity-refused', 'identity-refused']);
  t.is(registry.state, before);
});

test('a retired key with the identity raises the alarm, and both copies are told', async (t) => {
  const { identity, keys, registry } = await enrolledAgent();
  const clone = new MemoryAgentKeys(identity, keys.chains());
  t.is(codeOf((await runSession({ keys, registry })).opened), 'ok');
  const { opened, accepted } = await runSession({ keys: clone, registry });
  t.deepEqual([codeOf(opened), codeOf(accepted)], ['key-retired', 'key-retired']);
  t.deepEqual(registry.state.alarms, [identity.agentId]);
  t.is(codeOf((await runSession({ keys: clone, registry })).opened), 'quarantined');
  t.is(codeOf((await runSession({ keys, registry })).opened), 'quarantined');
});

test('a retired key without the identity raises no alarm', async (t) => {
  const { keys, registry } = await enrolledAgent();
  const thief = new MemoryAgentKeys(newIdentity(), keys.chains());
  t.is(codeOf((await runSession({ keys, registry })).opened), 'ok');
  t.is(codeOf((await runSession({ keys: thief, registry })).opened), 'identity-refused');
  t.deepEqual(registry.state.alarms, []);
});

test('an agent whose keys are all unknown is told so after trying each', async (t) => {
  const { identity, registry } = await enrolledAgent();
  const stranger = new MemoryAgentKeys(identity, [newChain(2), newChain(1)]);
  const shownBefore = registry.shownKeys.length;
  const { opened, accepted } = await runSession({ keys: stranger, registry });
  t.deepEqual([codeOf(opened), codeOf(accepted)], ['key-unknown', 'key-unknown']);
  t.is(registry.shownKeys.length - shownBefore, 3, 'its two keys, and the newest again with its identity');
});

test('a fourth HELLO on one transport is not looked at', async (t) => {
  const registry = new MemoryKeyRegistry();
  const pair = memoryTransports();
  const end = rawEnd(pair.agent);
  const accepting = acceptChannel(pair.intermediary, { staticKey, registry, clock: new ManualClock() });
  for (let n = 0; n < limits.maxHellosPerTransport + 1; n += 1) pair.agent.send(helloOf().frame);
  t.is(codeOf(await accepting), 'key-unknown');
  t.is((await end.closed).code, 'closed');
  t.is(end.frames.length, limits.maxHellosPerTransport);
  t.deepEqual(registry.failures, ['key-unknown']);
});

const hellosRefused: Record<string, { readonly hello: Parameters<typeof helloOf>[0]; readonly code: ErrorCode }> = {
  'chosen for another transport': { hello: { offeredIds: [1, 9], chosenId: 9 }, code: 'handshake-malformed' },
  'choosing what was not offered': { hello: { offeredIds: [9], chosenId: 1 }, code: 'handshake-malformed' },
  'with a key of low order': { hello: { ephemeral: new Uint8Array(32) }, code: 'handshake-malformed' },
};

for (const [how, { hello, code }] of Object.entries(hellosRefused)) {
  test(`a HELLO ${how} is ${code} and unanswered`, async (t) => {
    const registry = new MemoryKeyRegistry();
    const pair = memoryTransports();
    const end = rawEnd(pair.agent);
    const accepting = acceptChannel(pair.intermediary, { staticKey, registry, clock: new ManualClock() });
    pair.agent.send(helloOf(hello).frame);
    t.is(codeOf(await accepting), code);
    await end.closed;
    t.is(end.frames.length, 0);
    t.deepEqual(registry.failures, [code]);
  });
}

test('a level that the intermediary does not speak is refused authentically', async (t) => {
  for (const level of [0, 2, 0xffff]) {
    const pair = memoryTransports();
    const end = rawEnd(pair.agent);
    const accepting = acceptChannel(pair.intermediary, { staticKey, registry: new MemoryKeyRegistry(), clock: new ManualClock() });
    const answer = end.next();
    const { frame, own } = helloOf({ level });
    pair.agent.send(frame);
    const rejected = decodeReject(await answer, frame, { own, remote: staticKey.publicKey });
    t.is(rejected.ok && refusalOf(rejected.value).code, 'level-unsupported');
    pair.agent.close();
    t.is(codeOf(await accepting), 'level-unsupported');
  }
});

test('every reason of the registry reaches the agent by its code', async (t) => {
  const codes: RejectCode[] = ['key-unknown', 'level-unsupported', 'rate-limited', 'enrolment-expired', 'enrolment-used-up', 'quarantined', 'handshake-refused', 'identity-refused', 'conflict', 'store-unavailable', 'internal'];
  for (const code of codes) {
    const { keys, registry } = await enrolledAgent();
    registry.find = async (): Promise<KeyFinding> => ({ status: 'refused', code });
    const { opened, accepted } = await runSession({ keys, registry });
    t.deepEqual([codeOf(opened), codeOf(accepted)], [code, code]);
  }
});

test('a commit that fails reaches the agent by its code, or as internal where agents have no word for it', async (t) => {
  for (const [code, told] of [['conflict', 'conflict'], ['store-unavailable', 'store-unavailable'], ['disk-full', 'internal']] as const) {
    const { keys, registry } = await enrolledAgent();
    registry.commit = async () => failure(code, 'as the test wants');
    const { opened, accepted } = await runSession({ keys, registry });
    t.deepEqual([codeOf(opened), codeOf(accepted)], [told, code]);
  }
});

test('of two sessions under one key at once exactly one is made', async (t) => {
  const { identity, keys, registry } = await enrolledAgent();
  const twin = new MemoryAgentKeys(identity, keys.chains());
  const results = await Promise.all([runSession({ keys, registry }), runSession({ keys: twin, registry })]);
  t.deepEqual(results.map(({ opened }) => codeOf(opened)).sort(), ['conflict', 'ok']);
});

test('a registry that throws is internal, and the transport is closed', async (t) => {
  const { keys, registry } = await enrolledAgent();
  registry.find = async () => { throw new Error('broken'); };
  const { opened, accepted } = await runSession({ keys, registry });
  t.deepEqual([codeOf(opened), codeOf(accepted)], ['connection-lost', 'internal']);
});

test('a next key that cannot be stored is never used', async (t) => {
  const { keys, registry } = await enrolledAgent();
  const before = registry.state;
  keys.crash = () => { throw new Error('disk full'); };
  const { opened, accepted } = await runSession({ keys, registry });
  t.deepEqual([codeOf(opened), codeOf(accepted)], ['data-unwritable', 'connection-lost']);
  t.is(registry.state, before);
});

test('without a key, without a way, or with too long an introduction there is no channel', async (t) => {
  const { identity, keys, registry } = await enrolledAgent();
  t.is(codeOf((await runSession({ keys: new MemoryAgentKeys(identity, []), registry })).opened), 'not-enrolled');
  t.is(codeOf((await runSession({ keys, registry, introduction: new Uint8Array(limits.maxFrameBytes) })).opened), 'frame-too-large');
  const dial = async (): Promise<Outcome<Transport>> => failure('unreachable', 'no network');
  const opened = await openChannel({ dial, offered: ['wss'], serverKey: staticKey.publicKey.raw, keys, introduction: noBytes, clock: new ManualClock() });
  t.is(codeOf(opened), 'unreachable');
});

test('an enrolment whose introduction does not begin with the key that signed is refused', async (t) => {
  for (const introduction of [noBytes, new Uint8Array(31), new Uint8Array(32), newIdentity().publicKey]) {
    const registry = new MemoryKeyRegistry();
    const enrolment = newChain();
    registry.enrol(enrolment);
    const { opened, accepted } = await runSession({ keys: new MemoryAgentKeys(newIdentity(), [enrolment]), registry, introduction });
    t.deepEqual([codeOf(opened), codeOf(accepted)], ['identity-refused', 'identity-refused']);
    t.is(registry.state.live.size, 0);
  }
});

for (const { name, direction, nth } of stages) {
  test(`both ends give up in time when ${name} never comes`, async (t) => {
    const { keys, registry } = await enrolledAgent();
    const clock = new ManualClock();
    const { promise: dropped, resolve } = Promise.withResolvers<void>();
    let count = -1;
    const tap: Tap = (frame, way) => {
      if (way === direction) count += 1;
      if (way !== direction || count !== nth) return frame;
      resolve();
      return undefined;
    };
    const running = runSession({ keys, registry, tap, clock });
    await dropped;
    await new Promise(setImmediate);
    clock.advance(limits.handshakeMs - 1);
    await new Promise(setImmediate);
    t.is(clock.pending, name === 'the welcome' ? 1 : 2);
    clock.advance(1);
    const { opened, accepted } = await running;
    t.deepEqual([codeOf(opened), codeOf(accepted)], ['timed-out', name === 'the welcome' ? 'ok' : 'timed-out']);
    t.is(clock.pending, 0);
    t.is(codeOf((await runSession({ keys, registry })).opened), 'ok');
  });
}

test('a decoder gives back what was encoded', (t) => {
  const keyId = unhex('0102030405060708') ?? noBytes;
  const hello = decodeHello(helloOf({ level: 258, keyId, offeredIds: [1, 7], chosenId: 7 }).frame);
  t.true(hello.ok);
  if (!hello.ok) return;
  const { level, mode, offeredIds, chosenId } = hello.value;
  t.deepEqual({ level, mode, offeredIds, chosenId }, { level: 258, mode: 'session', offeredIds: [1, 7], chosenId: 7 });
  t.deepEqual(hello.value.keyId, Uint8Array.from(keyId));
  t.deepEqual(success(hello.value.noise.length), success(48));
});
