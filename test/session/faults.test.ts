/** What a peer that breaks the rules gets: the session ends once, with the right code, and nothing is thrown. */
import test from 'ava';
import * as fc from 'fast-check';
import { concat } from '../../protocol/bytes.ts';
import { limits } from '../../protocol/limits.ts';
import { decodeRecord, encodeAcknowledge, encodeBye, encodeHello, encodeNumbered, ping } from '../../protocol/session/wire.ts';
import type { Body } from '../../protocol/session/wire.ts';
import { againstRawPeer, settled } from '../support/session-pair.ts';
import type { SessionEnd } from '../support/session-pair.ts';

const seed = Number(process.env['BEHEST_SEED'] ?? 20_261_122);

/** Numbered bodies from 1, several to a record. */
function* recordsOf(bodies: Iterable<Body>): Generator<Uint8Array> {
  let number = 0;
  let items: Uint8Array[] = [];
  let length = 0;
  for (const body of bodies) {
    number += 1;
    const item = encodeNumbered(number, body);
    if (length + item.byteLength > limits.maxRecordBytes) {
      yield concat(...items);
      [items, length] = [[], 0];
    }
    items.push(item);
    length += item.byteLength;
  }
  if (items.length > 0) yield concat(...items);
}

const open = (stream: number): Body => ({ kind: 'open', stream, priority: 'bulk', label: new Uint8Array(0) });
const data = (stream: number, length: number): Body => ({ kind: 'data', stream, bytes: new Uint8Array(length) });
const part = (length: number, isMore: boolean): Body => ({ kind: 'part', priority: 'normal', isMore, bytes: new Uint8Array(length) });

function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

const piece = 32 * 1024;

const offences: readonly (readonly [string, string, readonly Uint8Array[]])[] = [
  ['garbage', 'message-malformed', [Uint8Array.of(0xff, 0x00, 0x13)]],
  ['an item that is cut off', 'message-malformed', [encodeNumbered(1, data(1, 100)).subarray(0, 50)]],
  ['a second hello', 'message-malformed', [encodeHello(null, 0)]],
  ['number 2 first', 'message-out-of-order', [encodeNumbered(2, part(1, false))]],
  ['number 1, then 3', 'message-out-of-order', [concat(encodeNumbered(1, part(1, false)), encodeNumbered(3, part(1, false)))]],
  ['an acknowledgement of what was never sent', 'message-out-of-order', [encodeAcknowledge(1)]],
  ['data on a stream that was never opened', 'stream-unknown', [...recordsOf([data(1, 1)])]],
  ['data on a stream of the other side’s that was never opened', 'stream-unknown', [...recordsOf([data(2, 1)])]],
  ['a reset of stream 0', 'stream-unknown', [...recordsOf([{ kind: 'reset', stream: 0, code: 'cancelled' }])]],
  ['the opening of a stream with a number of the other side’s', 'message-malformed', [...recordsOf([open(2)])]],
  ['the opening of a stream that is open', 'message-malformed', [...recordsOf([open(1), open(1)])]],
  ['the opening of a stream whose number leaves one out', 'message-malformed', [...recordsOf([open(3)])]],
  ['one stream more than allowed', 'too-many-streams', [...recordsOf(times(limits.maxStreams + 1, (index) => open(2 * index + 1)))]],
  ['one byte more than credit was given', 'credit-exceeded', [...recordsOf([open(1), ...times(limits.streamCreditBytes / piece, () => data(1, piece)), data(1, 1)])]],
  ['credit for what was never written', 'credit-exceeded', [...recordsOf([open(1), { kind: 'credit', stream: 1, bytes: 1 }])]],
  ['data after the end', 'message-malformed', [...recordsOf([open(1), { kind: 'end', stream: 1 }, data(1, 1)])]],
  ['a second end', 'message-malformed', [...recordsOf([open(1), { kind: 'end', stream: 1 }, { kind: 'end', stream: 1 }])]],
  ['a message larger than allowed', 'message-malformed', [...recordsOf([...times(limits.maxControlBytes / piece, () => part(piece, true)), part(1, false)])]],
  ['parts without bytes, without end', 'message-malformed', [...recordsOf([part(0, true)])]],
];

function endings(end: SessionEnd): string[] {
  return end.events.filter((event) => event.startsWith('ended'));
}

for (const [offence, code, records] of offences) {
  test(`${offence}: ${code}, and the other side is told`, async (t) => {
    const { end, peer, records: heard } = await againstRawPeer('intermediary');
    peer.send(encodeHello(null, 0));
    await settled();
    for (const record of records) {
      peer.send(record);
      await settled();
    }
    peer.send(ping);
    await settled();
    t.deepEqual(endings(end), [`ended ${code}`]);
    const last = decodeRecord(heard.at(-1) ?? new Uint8Array(0));
    t.deepEqual(last.ok ? last.value.at(-1) : last, { kind: 'bye', code });
  });
}

test('a bye ends the session with the code that it carries', async (t) => {
  const { end, peer } = await againstRawPeer('intermediary');
  peer.send(encodeHello(null, 0));
  peer.send(concat(encodeNumbered(1, part(1, false)), encodeBye('stopping'), encodeNumbered(2, part(1, false))));
  await settled();
  t.deepEqual([end.events, end.messages.length], [['ended stopping'], 1]);
});

test('what comes twice is dropped, and acknowledged again', async (t) => {
  const { end, peer, records, clock } = await againstRawPeer('intermediary');
  peer.send(encodeHello(null, 0));
  for (let round = 0; round < 3; round += 1) peer.send(encodeNumbered(1, part(5, false)));
  await settled();
  t.is(end.messages.length, 1);
  clock.advance(limits.acknowledgeAfterMs);
  await settled();
  t.deepEqual(decodeRecord(records.at(-1)!), { ok: true, value: [{ kind: 'acknowledge', received: 1 }] });
});

test('pings without number are answered with few pongs and keep nothing', async (t) => {
  const { end, peer, records } = await againstRawPeer('intermediary');
  peer.send(encodeHello(null, 0));
  peer.send(concat(...times(10_000, () => ping)));
  await settled();
  t.is(records.length, 2);
  t.deepEqual(end.events, []);
});

test('tiny parts cost no more memory than large ones', async (t) => {
  const { end, peer } = await againstRawPeer('intermediary');
  peer.send(encodeHello(null, 0));
  for (const record of recordsOf(times(100_000, (index) => part(1, index < 99_999)))) {
    peer.send(record);
    await settled();
  }
  t.deepEqual(end.messages.map((message) => message.byteLength), [100_000]);
  t.true((end.messages[0]?.buffer.byteLength ?? 0) <= 2 * 100_000);
});

for (const [what, first] of [
  ['garbage', Uint8Array.of(0xff)],
  ['nothing', new Uint8Array(0)],
  ['something numbered', encodeNumbered(1, part(1, false))],
  ['a hello and more', concat(encodeHello(null, 0), ping)],
] as const) {
  test(`a first record that holds ${what} begins no session`, async (t) => {
    const { peer, outcome } = await againstRawPeer('intermediary');
    peer.send(first);
    const admitted = await outcome;
    t.is(admitted.ok ? '' : admitted.code, 'message-malformed');
  });
}

for (const [what, answer] of [
  ['no session', encodeHello(null, 0)],
  ['a new session of which it has received something', encodeHello(new Uint8Array(16), 1)],
] as const) {
  test(`an intermediary that answers with ${what} is refused`, async (t) => {
    const { peer, outcome } = await againstRawPeer('agent');
    peer.send(answer);
    const joined = await outcome;
    t.is(joined.ok ? '' : joined.code, 'message-malformed');
  });
}

test('whatever a peer sends after its hello, the session ends at most once and nothing is thrown', async (t) => {
  const number = fc.oneof(fc.nat(5), fc.maxSafeNat());
  const body: fc.Arbitrary<Body> = fc.oneof(
    fc.record({ kind: fc.constant('part' as const), priority: fc.constantFrom('interactive' as const, 'bulk' as const), isMore: fc.boolean(), bytes: fc.uint8Array({ maxLength: 9 }) }),
    fc.record({ kind: fc.constant('open' as const), stream: fc.constantFrom(1, 3, 5, 2), priority: fc.constant('bulk' as const), label: fc.uint8Array({ maxLength: 9 }) }),
    fc.record({ kind: fc.constant('data' as const), stream: fc.nat(6), bytes: fc.uint8Array({ maxLength: 9 }) }),
    fc.record({ kind: fc.constant('credit' as const), stream: fc.nat(6), bytes: number }),
    fc.record({ kind: fc.constant('end' as const), stream: fc.nat(6) }),
    fc.record({ kind: fc.constant('reset' as const), stream: fc.nat(6), code: fc.constant('cancelled' as const) }),
  );
  await fc.assert(fc.asyncProperty(fc.array(body, { maxLength: 12 }), fc.uint8Array({ maxLength: 40 }), async (bodies, garbage) => {
    const { end, peer } = await againstRawPeer('intermediary');
    peer.send(encodeHello(null, 0));
    for (const record of recordsOf(bodies)) peer.send(record);
    peer.send(garbage);
    await settled();
    t.true(endings(end).length <= 1);
    t.is(end.events.length > 0 && end.events.at(-1)?.startsWith('ended'), end.events.length > 0);
  }), { seed, numRuns: 300 });
});
