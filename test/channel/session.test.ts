import test from 'ava';
import { concat, hex, noBytes, utf8 } from '../../protocol/bytes.ts';
import { agentIdOf, chainKeys, maxPlainBytes, type Chain, type SecureChannel } from '../../protocol/channel/channel.ts';
import { FrameInbox } from '../../protocol/channel/frame-inbox.ts';
import { CipherState } from '../../protocol/channel/noise/cipher-state.ts';
import type { TransportKeys } from '../../protocol/channel/noise/handshake-state.ts';
import { SealedChannel } from '../../protocol/channel/secure-channel.ts';
import { limits } from '../../protocol/limits.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import type { TransportClosed } from '../../protocol/transport.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { memoryTransports, type Tap } from '../support/memory-transport.ts';
import { enrolledAgent, MemoryAgentKeys, MemoryKeyRegistry, newChain, newIdentity, runSession, type SessionOptions } from './parties.ts';

type Listener = { readonly messages: Uint8Array[]; drains: number; readonly closed: Promise<TransportClosed>; readonly arrived: (count: number) => Promise<void> };

function listenTo(channel: SecureChannel): Listener {
  const { promise: closed, resolve } = Promise.withResolvers<TransportClosed>();
  const waiting: { count: number; resolve: () => void }[] = [];
  const messages: Uint8Array[] = [];
  const listener: Listener = {
    messages, drains: 0, closed,
    arrived: (count) => new Promise((done) => {
      if (messages.length >= count) done();
      else waiting.push({ count, resolve: done });
    }),
  };
  channel.listen({
    message: (plain) => {
      messages.push(plain);
      for (const waiter of waiting) if (messages.length >= waiter.count) waiter.resolve();
    },
    drained: () => { listener.drains += 1; },
    closed: resolve,
  });
  return listener;
}

function valueOf<T>(outcome: Outcome<T>): T {
  if (!outcome.ok) throw new Error(`${outcome.code}: ${outcome.detail}`);
  return outcome.value;
}

async function channels(tap?: Tap, options: Partial<SessionOptions> = {}) {
  const { keys, registry } = await enrolledAgent();
  let isArmed = false;
  const guarded: Tap = (frame, direction) => (isArmed && tap ? tap(frame, direction) : frame);
  const { opened, accepted, pair } = await runSession({ keys, registry, tap: guarded, ...options });
  isArmed = true;
  return { agent: valueOf(opened), intermediary: valueOf(accepted), pair };
}

test('an agent enrols: the introduction arrives, the welcome returns, both sides name the agent by its key', async (t) => {
  const identity = newIdentity();
  const enrolment = newChain();
  const registry = new MemoryKeyRegistry();
  registry.enrol(enrolment);
  const keys = new MemoryAgentKeys(identity, [enrolment]);
  const introduction = concat(identity.publicKey, utf8('a machine'));
  const { opened, accepted } = await runSession({ keys, registry, introduction });
  t.is(hex(valueOf(opened).welcome), hex(utf8('welcome')));
  t.is(hex(valueOf(accepted).introduction), hex(introduction));
  t.is(valueOf(accepted).agentId, agentIdOf(identity.publicKey));
  t.regex(valueOf(accepted).agentId, /^[0-9a-f]{32}$/);
  t.deepEqual(valueOf(opened).channel.handshakeHash, valueOf(accepted).channel.handshakeHash);
  t.deepEqual(keys.chains().map(({ number }) => number), [1, 0]);
});

test('messages of every size cross in both directions in order', async (t) => {
  const { agent, intermediary } = await channels();
  const up = listenTo(intermediary.channel);
  const down = listenTo(agent.channel);
  const sizes = [0, 1, 16, 1000, maxPlainBytes];
  for (const size of sizes) {
    t.true(agent.channel.send(new Uint8Array(size).fill(1)));
    t.true(intermediary.channel.send(new Uint8Array(size).fill(2)));
  }
  await Promise.all([up.arrived(sizes.length), down.arrived(sizes.length)]);
  t.deepEqual(up.messages.map(({ length }) => length), sizes);
  t.deepEqual(down.messages.map(({ length }) => length), sizes);
  t.true(up.messages.every((message) => message.every((byte) => byte === 1)));
  agent.channel.close();
  t.is((await up.closed).code, 'closed');
  t.is((await down.closed).code, 'closed');
});

test('more than a record holds is the caller’s bug', async (t) => {
  const { agent } = await channels();
  t.throws(() => agent.channel.send(new Uint8Array(maxPlainBytes + 1)), { instanceOf: RangeError });
});

test('what the intermediary sends before the agent listens is held and given first', async (t) => {
  const { agent, intermediary } = await channels();
  for (let n = 0; n < limits.maxHeldFrames; n += 1) intermediary.channel.send(Uint8Array.of(n));
  await new Promise(setImmediate);
  const down = listenTo(agent.channel);
  intermediary.channel.send(Uint8Array.of(99));
  await down.arrived(limits.maxHeldFrames + 1);
  t.deepEqual(down.messages.map(([n]) => n), [...Array.from({ length: limits.maxHeldFrames }, (_, n) => n), 99]);
});

test('one held frame too many closes the channel as overrun', async (t) => {
  const { agent, intermediary } = await channels();
  for (let n = 0; n <= limits.maxHeldFrames; n += 1) intermediary.channel.send(Uint8Array.of(n));
  await new Promise(setImmediate);
  t.is((await listenTo(agent.channel).closed).code, 'overrun');
});

test('a full path asks the sender to wait and says when there is room', async (t) => {
  const { agent, intermediary } = await channels();
  const listener = listenTo(agent.channel);
  const up = listenTo(intermediary.channel);
  let sent = 1;
  while (agent.channel.send(new Uint8Array(maxPlainBytes)) && sent < 100) sent += 1;
  t.is(sent, Math.ceil(limits.transportHighWaterBytes / limits.maxFrameBytes));
  await up.arrived(sent);
  await new Promise(setImmediate);
  t.is(listener.drains, 1);
});

test('room that came before anybody listened is told to who listens then', async (t) => {
  const { agent, intermediary } = await channels();
  const up = listenTo(intermediary.channel);
  let sent = 1;
  while (agent.channel.send(new Uint8Array(maxPlainBytes)) && sent < 100) sent += 1;
  await up.arrived(sent);
  await new Promise(setImmediate);
  t.is(listenTo(agent.channel).drains, 1);
});

const tamperings: Record<string, (frames: Uint8Array[]) => Uint8Array[]> = {
  'altered in its first byte': ([first = noBytes, ...rest]) => [first.map((byte, index) => (index === 0 ? byte ^ 1 : byte)), ...rest],
  'altered in its last byte': ([first = noBytes, ...rest]) => [first.map((byte, index) => (index === first.length - 1 ? byte ^ 128 : byte)), ...rest],
  'cut short': ([first = noBytes, ...rest]) => [first.subarray(0, -1), ...rest],
  'made longer': ([first = noBytes, ...rest]) => [concat(first, Uint8Array.of(0)), ...rest],
  'repeated': ([first = noBytes, ...rest]) => [first, first, ...rest],
  'moved behind the next': ([first = noBytes, second = noBytes, ...rest]) => [second, first, ...rest],
  'left out': ([, ...rest]) => rest,
  'empty': ([, ...rest]) => [noBytes, ...rest],
  'shorter than its tag': ([, ...rest]) => [new Uint8Array(15), ...rest],
};

for (const [how, tamper] of Object.entries(tamperings)) {
  test(`a record ${how} ends the channel as unauthentic, and nothing that follows is given`, async (t) => {
    const frames: Uint8Array[] = [];
    let isCatching = true;
    const { agent, intermediary, pair } = await channels((frame) => {
      if (isCatching) frames.push(frame);
      return isCatching ? undefined : frame;
    });
    const up = listenTo(intermediary.channel);
    const down = listenTo(agent.channel);
    for (const n of [1, 2, 3]) agent.channel.send(Uint8Array.of(n));
    await new Promise(setImmediate);
    t.is(frames.length, 3);
    isCatching = false;
    for (const frame of tamper(frames)) pair.agent.send(frame);
    t.is((await up.closed).code, 'record-unauthentic');
    t.is((await down.closed).code, 'closed');
    t.deepEqual(up.messages.map(([n]) => n), how === 'repeated' ? [1] : []);
  });
}

test('a record larger than a frame may be closes the channel', async (t) => {
  const { agent, intermediary } = await channels(() => new Uint8Array(limits.maxFrameBytes + 1));
  const up = listenTo(intermediary.channel);
  agent.channel.send(Uint8Array.of(1));
  t.is((await up.closed).code, 'frame-too-large');
});

test('a cut is told to both ends', async (t) => {
  const { agent, intermediary, pair } = await channels();
  const ends = [listenTo(agent.channel).closed, listenTo(intermediary.channel).closed];
  pair.cut();
  t.deepEqual((await Promise.all(ends)).map(({ code }) => code), ['connection-lost', 'connection-lost']);
  t.false(agent.channel.send(Uint8Array.of(1)));
});

for (const side of ['sender', 'receiver'] as const) {
  test(`a key that has served as many records as it may ends the channel at the ${side}`, async (t) => {
    const pair = memoryTransports();
    const keysAt = (counter: number): TransportKeys => {
      const cipher = new CipherState('AESGCM', new Uint8Array(32).fill(3));
      cipher.setCounter(counter);
      return { send: cipher, receive: cipher, handshakeHash: noBytes, chainingKey: noBytes };
    };
    const last = limits.maxRecordsPerKey - 1;
    const sender = new SealedChannel(new FrameInbox(pair.agent), keysAt(side === 'sender' ? last : 0));
    const receiver = new SealedChannel(new FrameInbox(pair.intermediary), keysAt(side === 'sender' ? last : limits.maxRecordsPerKey));
    const [sending, receiving] = [listenTo(sender), listenTo(receiver)];
    t.true(sender.send(Uint8Array.of(1)));
    if (side === 'sender') t.false(sender.send(Uint8Array.of(2)));
    const ended = side === 'sender' ? sending : receiving;
    t.is((await ended.closed).code, 'channel-exhausted');
    await (side === 'sender' ? receiving : sending).closed;
    t.deepEqual(receiving.messages.map(([n]) => n), side === 'sender' ? [1] : []);
  });
}

test('the key id changes with every session, and no two sessions share a key, a hash or a secret', async (t) => {
  const { keys, registry } = await enrolledAgent();
  const hashes = new Set<string>();
  const sealed: string[] = [];
  const secrets = new Set<string>(keys.chains().map(({ secret }) => hex(secret)));
  const rounds = 8;
  for (let round = 0; round < rounds; round += 1) {
    const { opened } = await runSession({
      keys, registry,
      tap: (frame) => {
        if (frame.length === 16 + 5) sealed.push(hex(frame));
        return frame;
      },
    });
    const { channel } = valueOf(opened);
    hashes.add(hex(channel.handshakeHash));
    channel.send(utf8('hello'));
    await new Promise(setImmediate);
    const [newest] = keys.chains();
    if (newest) secrets.add(hex(newest.secret));
  }
  t.is(hashes.size, rounds);
  t.is(sealed.length, rounds);
  t.is(new Set(sealed).size, rounds);
  t.is(secrets.size, rounds + 2);
  t.is(new Set(registry.shownKeys).size, registry.shownKeys.length);
});

test('what crosses holds no secret, no identity and nothing of the introduction', async (t) => {
  const identity = newIdentity();
  const enrolment = newChain();
  const registry = new MemoryKeyRegistry();
  registry.enrol(enrolment);
  const keys = new MemoryAgentKeys(identity, [enrolment]);
  const frames: Uint8Array[] = [];
  const tap: Tap = (frame) => {
    frames.push(frame);
    return frame;
  };
  const first = await runSession({ keys, registry, tap, introduction: concat(identity.publicKey, utf8('machine-name')) });
  const second = await runSession({ keys, registry, tap, introduction: utf8('machine-name') });
  valueOf(second.opened).channel.send(utf8('a very private message'));
  await new Promise(setImmediate);
  const crossed = frames.map(hex).join(' ');
  const [newest, used] = keys.chains() as [Chain, Chain];
  const secrets = [enrolment, newest, used].flatMap((chain) => [chain.secret, chainKeys(chain).psk]);
  const hidden = [...secrets, identity.publicKey, utf8(identity.agentId), utf8('machine-name'), utf8('welcome'), utf8('private'), valueOf(first.opened).channel.handshakeHash];
  for (const bytes of hidden) t.false(crossed.includes(hex(bytes)));
  t.true(crossed.includes(hex(chainKeys(used).keyId)));
  t.is(frames.length, 9);
});

test('no timer is left behind by a handshake that is over', async (t) => {
  const { keys, registry } = await enrolledAgent();
  const clock = new ManualClock();
  const { opened, accepted } = await runSession({ keys, registry, clock });
  t.true(opened.ok && accepted.ok);
  t.is(clock.pending, 0);
});
