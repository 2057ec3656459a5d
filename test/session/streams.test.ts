import test from 'ava';
import type { ExecutionContext } from 'ava';
import { concat, textOf, utf8 } from '../../protocol/bytes.ts';
import { limits } from '../../protocol/limits.ts';
import type { SessionStream } from '../../protocol/session/stream.ts';
import type { Priority } from '../../protocol/session/wire.ts';
import { decodeRecord } from '../../protocol/session/wire.ts';
import { seeded } from '../support/seeded.ts';
import { SessionPair, settled } from '../support/session-pair.ts';

/** Listens, and takes everything at once unless told otherwise. */
class Reader {
  readonly chunks: Uint8Array[] = [];
  readonly events: string[] = [];
  readonly stream: SessionStream;
  isTaking = true;
  untaken = 0;

  constructor(stream: SessionStream) {
    this.stream = stream;
    stream.listen({
      data: (chunk) => {
        this.chunks.push(chunk);
        this.untaken += chunk.byteLength;
        if (this.isTaking) this.take();
      },
      ended: () => this.events.push('ended'),
      reset: (code) => this.events.push(`reset ${code}`),
      drained: () => this.events.push('drained'),
    });
  }

  take(bytes = this.untaken): void {
    this.untaken -= bytes;
    this.stream.take(bytes);
  }

  get bytes(): number {
    return this.chunks.reduce((total, chunk) => total + chunk.byteLength, 0);
  }
}

async function streamPair(t: ExecutionContext, pair: SessionPair, priority: Priority = 'bulk'): Promise<{ ours: SessionStream; writer: Reader; reader: Reader }> {
  const opened = pair.agent.session.open(utf8('a label'), priority);
  if (!opened.ok) throw new Error(opened.detail);
  const writer = new Reader(opened.value);
  await settled();
  const theirs = pair.intermediary.streams.at(-1);
  t.is(theirs?.id, opened.value.id);
  if (theirs === undefined) throw new Error('nothing was opened');
  return { ours: opened.value, writer, reader: new Reader(theirs) };
}

test('a stream carries bytes both ways, each direction with its own end, and is forgotten then', async (t) => {
  const pair = await SessionPair.connected();
  const { ours, writer, reader } = await streamPair(t, pair);
  t.is(textOf(reader.stream.label), 'a label');
  ours.write(utf8('ping'));
  ours.end();
  ours.end();
  await settled();
  t.is(textOf(concat(...reader.chunks)), 'ping');
  t.deepEqual(reader.events, ['ended']);
  t.true(reader.stream.write(utf8('pong')));
  reader.stream.end();
  await settled();
  t.is(textOf(concat(...writer.chunks)), 'pong');
  t.deepEqual(writer.events, ['ended']);
  t.deepEqual([pair.agent.session.load.streams, pair.intermediary.session.load.streams], [0, 0]);
  t.false(ours.write(utf8('more')));
});

test('each write arrives as one chunk, in as few records as possible; one that is too large for that in pieces', async (t) => {
  let records = 0;
  const pair = await SessionPair.connected((frame, direction) => {
    if (direction === 'toIntermediary') records += 1;
    return frame;
  });
  const { ours, reader } = await streamPair(t, pair);
  records = 0;
  const chunks = Array.from({ length: 1000 }, (_, index) => new Uint8Array(1 + index % 20).fill(index));
  for (const chunk of chunks) ours.write(chunk);
  await settled();
  t.deepEqual(reader.chunks, chunks);
  t.is(records, 1);
  reader.chunks.length = 0;
  ours.write(new Uint8Array(2 * limits.maxMessageBytes + 1));
  await settled();
  t.deepEqual(reader.chunks.map((chunk) => chunk.byteLength), [limits.maxMessageBytes, limits.maxMessageBytes, 1]);
});

test('what comes before anybody listens is kept, in order', async (t) => {
  const pair = await SessionPair.connected();
  const opened = pair.agent.session.open(utf8('x'), 'normal');
  if (!opened.ok) return t.fail();
  opened.value.write(utf8('early'));
  await settled();
  opened.value.write(utf8(' bird'));
  opened.value.end();
  await settled();
  const reader = new Reader(pair.intermediary.streams[0]!);
  t.is(textOf(concat(...reader.chunks)), 'early bird');
  t.deepEqual(reader.events, ['ended']);
});

test('a slow reader of an endless stream stops the writer at its credit, and both ends hold no more than that', async (t) => {
  const pair = await SessionPair.connected();
  const { ours, writer, reader } = await streamPair(t, pair);
  reader.isTaking = false;
  const random = seeded(5);
  let written = 0;
  const writeOn = async (): Promise<void> => {
    for (let rounds = 0; rounds < 1000; rounds += 1) {
      const chunk = random.bytes(1 + random.below(5000));
      written += chunk.byteLength;
      if (!ours.write(chunk)) break;
    }
    await settled();
    t.true(reader.bytes <= written && written - reader.bytes <= limits.streamCreditBytes + 5000);
    t.true(reader.untaken <= limits.streamCreditBytes);
  };
  await writeOn();
  t.true(reader.bytes > limits.streamCreditBytes - 5000);
  for (let round = 0; round < 50; round += 1) {
    writer.events.length = 0;
    reader.take(limits.streamCreditBytes / 4);
    await settled();
    t.deepEqual(writer.events, ['drained']);
    await writeOn();
  }
  t.true(reader.bytes > limits.streamCreditBytes * (1 + 50 / 4) - 5000 && reader.bytes <= limits.streamCreditBytes * (1 + 50 / 4));
});

test('a reader that takes nothing gives no credit by itself, however long it waits', async (t) => {
  const pair = await SessionPair.connected();
  const { ours, reader } = await streamPair(t, pair);
  reader.isTaking = false;
  t.false(ours.write(new Uint8Array(3 * limits.streamCreditBytes)));
  for (let minute = 0; minute < 10; minute += 1) {
    pair.clock.advance(20_000);
    await settled();
  }
  t.is(reader.bytes, Math.floor(limits.streamCreditBytes / limits.maxMessageBytes) * limits.maxMessageBytes);
});

test('taking more than came is the reader’s bug', async (t) => {
  const pair = await SessionPair.connected();
  const { ours, reader } = await streamPair(t, pair);
  reader.isTaking = false;
  ours.write(new Uint8Array(10));
  await settled();
  t.throws(() => reader.stream.take(11), { instanceOf: RangeError });
});

test('a reset drops what waits, tells the other side once, and what is still under way does no harm', async (t) => {
  const pair = await SessionPair.connected();
  const { ours, writer, reader } = await streamPair(t, pair);
  reader.stream.write(utf8('under way'));
  ours.write(new Uint8Array(100_000));
  ours.reset('cancelled');
  ours.reset('cancelled');
  t.false(ours.write(utf8('more')));
  await settled();
  t.deepEqual([reader.events, reader.bytes, writer.events, writer.bytes], [['reset cancelled'], 0, [], 0]);
  t.deepEqual([pair.agent.session.load.streams, pair.intermediary.session.load.streams], [0, 0]);
  t.deepEqual([...pair.agent.events, ...pair.intermediary.events], []);
});

test('both ends reset at the same time', async (t) => {
  const pair = await SessionPair.connected();
  const { ours, writer, reader } = await streamPair(t, pair);
  ours.reset('cancelled');
  reader.stream.reset('internal');
  await settled();
  t.deepEqual([writer.events, reader.events], [[], []]);
  t.deepEqual([pair.agent.session.load.streams, pair.intermediary.session.load.streams], [0, 0]);
  t.deepEqual([...pair.agent.events, ...pair.intermediary.events], []);
});

test('more streams than allowed are refused here, and one that ends makes room, without a fault on the other side', async (t) => {
  const pair = await SessionPair.connected();
  const streams: SessionStream[] = [];
  for (let index = 0; index < limits.maxStreams; index += 1) {
    const opened = pair.agent.session.open(new Uint8Array(0), 'bulk');
    if (opened.ok) streams.push(opened.value);
  }
  t.is(streams.length, limits.maxStreams);
  const refused = pair.agent.session.open(new Uint8Array(0), 'bulk');
  t.is(refused.ok ? '' : refused.code, 'too-many-streams');
  for (let round = 0; round < 20; round += 1) {
    streams.shift()?.reset('cancelled');
    pair.agent.session.send(utf8('x'));
    await settled();
    const opened = pair.agent.session.open(new Uint8Array(0), 'interactive');
    t.true(opened.ok);
  }
  await settled();
  t.deepEqual([...pair.agent.events, ...pair.intermediary.events], []);
  t.is(pair.intermediary.session.load.streams, limits.maxStreams);
});

test('bulk streams that fill the link delay an interactive message by one record more than the link holds', async (t) => {
  const [sentAfter, enough] = [100, 400];
  let [records, textRecord, isRunning] = [0, 0, false];
  const pair = await SessionPair.connected((frame, direction) => {
    if (!isRunning || direction === 'toAgent') return frame;
    records += 1;
    if (records === sentAfter) pair.agent.session.send(utf8('a keystroke'), 'interactive');
    const messages = decodeRecord(frame);
    if (messages.ok && messages.value.some((message) => message.kind === 'numbered' && message.body.kind === 'part')) textRecord = records;
    return frame;
  });
  const chunk = new Uint8Array(limits.maxChunkBytes);
  const pairs = [];
  for (let index = 0; index < 20; index += 1) pairs.push(await streamPair(t, pair));
  isRunning = true;
  for (const { ours } of pairs) {
    const writeOn = (): void => {
      for (let isOpen = true; isOpen;) isOpen = ours.write(chunk) && records < enough;
    };
    ours.listen({ data: () => undefined, ended: () => undefined, reset: () => undefined, drained: writeOn });
    writeOn();
  }
  await settled();
  t.true(records >= enough);
  const heldByTransport = Math.ceil(limits.transportHighWaterBytes / limits.maxRecordBytes);
  t.true(textRecord > sentAfter && textRecord - sentAfter <= heldByTransport + 1, `${textRecord - sentAfter} records`);
});

test('streams of one priority share the link evenly', async (t) => {
  const pair = await SessionPair.connected();
  const pairs = [];
  for (let index = 0; index < 4; index += 1) pairs.push(await streamPair(t, pair));
  const order: number[] = [];
  for (const [index, { ours, reader }] of pairs.entries()) {
    reader.stream.listen({ data: () => order.push(index), ended: () => undefined, reset: () => undefined, drained: () => undefined });
    ours.write(new Uint8Array(limits.streamCreditBytes));
  }
  await settled();
  const turns = order.slice(0, 12).map((stream, position) => stream === position % 4);
  t.true(turns.filter(Boolean).length >= 8, order.join(' '));
  for (let stream = 0; stream < 4; stream += 1) t.true(order.slice(0, 6).includes(stream), order.join(' '));
});

test('a window full of bulk that nobody acknowledges still lets a keystroke through', async (t) => {
  let isSilent = false;
  const pair = await SessionPair.connected((frame, direction) => isSilent && direction === 'toAgent' ? undefined : frame);
  const streams = [];
  for (let index = 0; index < 20; index += 1) streams.push(await streamPair(t, pair));
  isSilent = true;
  for (const { ours } of streams) ours.write(new Uint8Array(limits.streamCreditBytes));
  await settled();
  const { unacknowledgedBytes } = pair.agent.session.load;
  t.true(unacknowledgedBytes > limits.maxUnacknowledgedBytes * 0.8 && unacknowledgedBytes <= limits.maxUnacknowledgedBytes);
  pair.agent.session.send(utf8('a keystroke'), 'interactive');
  await settled();
  t.is(pair.intermediary.messages.length, 1);
});
