import test from 'ava';
import { utf8 } from '../../protocol/bytes.ts';
import { limits } from '../../protocol/limits.ts';
import { seeded } from '../support/seeded.ts';
import type { SessionLink } from '../../protocol/session/session.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { SessionEnd, SessionPair, settled } from '../support/session-pair.ts';

function bytesOf(number: number): Uint8Array {
  return Uint8Array.of(number >> 8, number & 255);
}

test('messages of any size arrive whole and in order, both ways', async (t) => {
  const pair = await SessionPair.connected();
  const random = seeded(1);
  const sizes = [0, 1, limits.maxMessageBytes, limits.maxMessageBytes + 1, 200, limits.maxControlBytes, 3];
  const messages = sizes.map((size) => new Uint8Array(size).fill(random.below(256)));
  for (const message of messages) {
    pair.agent.session.send(message);
    pair.intermediary.session.send(message);
  }
  await settled();
  t.true(pair.agent.messages.every((message, index) => Buffer.from(message).equals(messages[index]!)));
  t.is(pair.agent.messages.length, messages.length);
  t.true(pair.intermediary.messages.every((message, index) => Buffer.from(message).equals(messages[index]!)));
  t.is(pair.intermediary.messages.length, messages.length);
});

test('everything that is sent in one go leaves in one record, with the acknowledgement on it', async (t) => {
  let records = 0;
  const pair = await SessionPair.connected((frame, direction) => {
    if (direction === 'toAgent') records += 1;
    return frame;
  });
  pair.agent.session.send(utf8('question'));
  pair.intermediary.onMessage = () => {
    for (let index = 0; index < 50; index += 1) pair.intermediary.session.send(bytesOf(index));
  };
  records = 0;
  await settled();
  t.is(pair.agent.messages.length, 50);
  t.is(records, 1);
  t.is(pair.agent.session.load.unacknowledgedMessages, 0);
});

test('1,000 messages in flight are answered in any order, each once', async (t) => {
  const pair = await SessionPair.connected();
  const random = seeded(7);
  const waiting: Uint8Array[] = [];
  pair.intermediary.onMessage = (message) => waiting.push(message);
  for (let index = 0; index < 1000; index += 1) pair.agent.session.send(bytesOf(index));
  await settled();
  t.is(waiting.length, 1000);
  while (waiting.length > 0) {
    const [message] = waiting.splice(random.below(waiting.length), 1);
    pair.intermediary.session.send(message!, random.below(2) === 0 ? 'interactive' : 'normal');
  }
  await settled();
  const answers = pair.agent.messages.map((message) => (message[0]! << 8) | message[1]!);
  t.deepEqual(answers.toSorted((a, b) => a - b), Array.from({ length: 1000 }, (_, index) => index));
  pair.clock.advance(limits.acknowledgeAfterMs);
  await settled();
  for (const end of [pair.agent, pair.intermediary]) t.is(end.session.load.unacknowledgedMessages, 0);
});

test('an acknowledgement leaves by itself after a while, and leaves no timer behind', async (t) => {
  const pair = await SessionPair.connected();
  pair.agent.session.send(utf8('x'));
  await settled();
  t.is(pair.agent.session.load.unacknowledgedMessages, 1);
  const timers = pair.clock.pending;
  pair.clock.advance(limits.acknowledgeAfterMs);
  await settled();
  t.is(pair.agent.session.load.unacknowledgedMessages, 0);
  t.is(pair.clock.pending, timers - 1);
});

test('a message that is larger than allowed is the caller’s bug', async (t) => {
  const pair = await SessionPair.connected();
  t.throws(() => pair.agent.session.send(new Uint8Array(limits.maxControlBytes + 1)), { instanceOf: RangeError });
  t.throws(() => pair.agent.session.open(new Uint8Array(limits.maxLabelBytes + 1), 'bulk'), { instanceOf: RangeError });
});

test('send returns false while much is waiting, then drained comes once', async (t) => {
  const pair = await SessionPair.connected();
  let taken = 0;
  while (pair.agent.session.send(new Uint8Array(10_000))) taken += 1;
  t.true(taken * 10_000 <= limits.transportHighWaterBytes);
  t.false(pair.agent.session.send(new Uint8Array(1)));
  await settled();
  t.deepEqual(pair.agent.events, ['drained']);
  t.is(pair.intermediary.messages.length, taken + 2);
});

test('close ends both sides at once with session-lost, resets every stream, and what was sent before still arrives', async (t) => {
  const pair = await SessionPair.connected();
  const resets: string[] = [];
  const listener = (name: string) => ({ data: () => undefined, ended: () => undefined, drained: () => undefined, reset: (code: string) => resets.push(`${name} ${code}`) });
  pair.intermediary.onOpened = (stream) => stream.listen(listener('theirs'));
  const opened = pair.agent.session.open(utf8('label'), 'bulk');
  if (!opened.ok) return t.fail();
  opened.value.listen(listener('ours'));
  await settled();
  pair.agent.session.send(utf8('last words'));
  pair.agent.session.close();
  pair.agent.session.close();
  await settled();
  t.deepEqual(resets.toSorted(), ['ours session-lost', 'theirs session-lost']);
  for (const end of [pair.agent, pair.intermediary]) t.deepEqual(end.events, ['ended session-lost']);
  t.is(pair.intermediary.messages.length, 1);
  t.is(pair.clock.pending, 0);
  t.false(pair.agent.session.send(utf8('too late')));
  t.false(opened.value.write(utf8('too late')));
  t.is(pair.agent.session.open(utf8('x'), 'bulk').ok, false);
});

test('a session that is closed in the tick in which it began ends on both sides', async (t) => {
  const pair = await SessionPair.connected();
  pair.intermediary.session.close();
  await settled();
  for (const end of [pair.agent, pair.intermediary]) t.deepEqual(end.events, ['ended session-lost']);
});

test('a handler that closes the session in the middle of a record gets nothing more', async (t) => {
  const pair = await SessionPair.connected();
  for (let index = 0; index < 10; index += 1) pair.agent.session.send(bytesOf(index));
  pair.intermediary.onMessage = () => pair.intermediary.session.close();
  await settled();
  t.is(pair.intermediary.messages.length, 1);
  t.deepEqual(pair.intermediary.events, ['ended session-lost']);
});

test('a link over which nothing comes any more is noticed by both ends within 45 seconds', async (t) => {
  let isDead = false;
  const pair = await SessionPair.connected((frame) => isDead ? undefined : frame);
  for (let hour = 0; hour < 3600; hour += 10) {
    pair.clock.advance(10_000);
    await settled();
  }
  t.deepEqual([...pair.agent.events, ...pair.intermediary.events], [], 'idle for an hour, kept alive by pings');
  isDead = true;
  for (let second = 0; second < 45; second += 1) {
    pair.clock.advance(1000);
    await settled();
  }
  t.deepEqual([pair.agent.events, pair.intermediary.events].map((events) => events[0]), ['interrupted timed-out', 'interrupted timed-out']);
});

test('over a link that watches itself nothing is sent in an idle hour, and over the next, which does not, pings are', async (t) => {
  const clock = new ManualClock();
  const sent: number[] = [];
  const end = new SessionEnd('agent', clock);
  const session = end.make(new Uint8Array(16));
  const link = (watchesItself: boolean): SessionLink => ({ watchesItself, listen: () => undefined, send: (record) => sent.push(record.byteLength) > 0, close: () => undefined });
  const idle = async (): Promise<void> => {
    for (let minute = 0; minute < 60 * 60; minute += 1) {
      clock.advance(1000);
      await settled();
    }
  };
  session.attach(link(true), 0);
  await idle();
  t.deepEqual([sent, end.events], [[], []]);
  session.attach(link(false), 0);
  await idle();
  t.true(sent.length > 0);
  t.deepEqual(end.events, ['interrupted timed-out', 'ended session-lost'], 'nobody answered the ping');
});

test('only one direction is dead: still both ends notice within 45 seconds of each other', async (t) => {
  let isDead = false;
  const pair = await SessionPair.connected((frame, direction) => isDead && direction === 'toAgent' ? undefined : frame);
  isDead = true;
  for (let second = 0; second < 45; second += 1) {
    pair.clock.advance(1000);
    await settled();
  }
  t.is(pair.agent.events[0], 'interrupted timed-out');
  t.true(pair.intermediary.events[0]?.startsWith('interrupted'));
});

test('a peer that says nothing is not waited for longer than a handshake may take', async (t) => {
  const pair = new SessionPair();
  const connecting = pair.connect((frame, direction) => direction === 'toAgent' ? undefined : frame);
  await settled();
  pair.clock.advance(limits.handshakeMs);
  const { joined } = await connecting;
  t.is(joined.ok ? '' : joined.code, 'timed-out');
});
