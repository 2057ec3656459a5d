/** Frames over bare TCP: what is on the wire, and whatever else might be. */
import { once } from 'node:events';
import { connect } from 'node:net';
import test from 'ava';
import * as fc from 'fast-check';
import { concat } from '../../protocol/bytes.ts';
import { limits } from '../../protocol/limits.ts';
import { encodeGoodBye, headOf, ItemReader, opening } from '../../transports/tcp/wire.ts';
import { transportContract } from '../contracts/transport.ts';
import { agentPort, pairOver } from '../support/agent-port.ts';

const seed = Number(process.env['BEHEST_SEED'] ?? 20_261_125);

transportContract('tcp', pairOver('tcp'));

const frames = fc.array(fc.uint8Array({ maxLength: 400 }), { maxLength: 20 });

/** Cuts bytes into pieces of these lengths, over and over. */
function pieces(bytes: Uint8Array, lengths: readonly number[]): Uint8Array[] {
  const cut: Uint8Array[] = [];
  for (let [offset, turn] = [0, 0]; offset < bytes.byteLength; turn += 1) {
    const length = lengths[turn % lengths.length] ?? 1;
    cut.push(bytes.subarray(offset, offset + length));
    offset += length;
  }
  return cut;
}

test(`however a stream is cut into pieces, the same frames come out of it (seed ${seed})`, (t) => {
  fc.assert(fc.property(frames, fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1 }), (sent, lengths) => {
    const bytes = concat(opening, ...sent.flatMap((frame) => [headOf(frame), frame]), encodeGoodBye('closed'), Uint8Array.of(1, 2, 3));
    const reader = new ItemReader(true);
    const items = pieces(bytes, lengths).flatMap((piece) => reader.read(piece));
    t.deepEqual(items[0], { kind: 'opening' });
    t.deepEqual(items.slice(1, -1).map((item) => (item !== 'malformed' && item.kind === 'frame' ? [...item.frame] : [])), sent.map((frame) => [...frame]));
    t.deepEqual(items.at(-1), { kind: 'good-bye', byte: 1 });
  }), { seed, numRuns: 300 });
});

test(`garbage ends in an item or in nothing, never in an exception, and is never held beyond one frame (seed ${seed})`, (t) => {
  const runs = Number(process.env['BEHEST_RUNS'] ?? 20_000);
  fc.assert(fc.property(fc.boolean(), fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 8 }), (expectsOpening, chunks) => {
    const reader = new ItemReader(expectsOpening);
    const items = chunks.flatMap((chunk) => reader.read(chunk));
    const end = items.findIndex((item) => item === 'malformed' || item.kind === 'good-bye');
    return end < 0 || end === items.length - 1;
  }), { seed, numRuns: runs });
  t.pass();
});

test('the largest frame in pieces of one byte comes out whole', (t) => {
  const frame = new Uint8Array(limits.maxFrameBytes).fill(5);
  const reader = new ItemReader(false);
  const items = pieces(concat(headOf(frame), frame), [1]).flatMap((piece) => reader.read(piece));
  t.is(items.length, 1);
});

for (const [what, bytes] of [
  ['another version', Uint8Array.of(0xbe, 0x68, 0x73, 0x74, 2)],
  ['another opening', Uint8Array.of(0xbe, 1, 2, 3, 4)],
  ['a good-bye of an unknown kind', concat(opening, Uint8Array.of(0, 0, 200))],
] as const) {
  test(`${what} ends it as message-malformed`, async (t) => {
    const server = await agentPort(t);
    const socket = connect({ host: '127.0.0.1', port: server.port });
    t.teardown(() => socket.destroy());
    socket.on('error', () => undefined).write(bytes);
    const transport = await server.next();
    const code = await new Promise((resolve) => transport.listen({ frame: () => t.fail(), drained: () => undefined, closed: (reason) => resolve(reason.code) }));
    t.is(code, 'message-malformed');
  });
}

test('an end in the first tick leaves nothing behind', async (t) => {
  const server = await agentPort(t);
  for (const bytes of [new Uint8Array(), opening.subarray(0, 1), opening, concat(opening, Uint8Array.of(0, 9))]) {
    const socket = connect({ host: '127.0.0.1', port: server.port }).on('error', () => undefined);
    socket.end(bytes);
    socket.resume();
    await once(socket, 'close');
  }
  const dialled = await server.dial('tcp');
  if (!dialled.ok) return t.fail(dialled.detail);
  dialled.value.send(Uint8Array.of(42));
  const codes: string[] = [];
  for (let transport = await server.next(); ; transport = await server.next()) {
    const came = await new Promise<number | string>((resolve) => transport.listen({ frame: ([byte]) => resolve(byte ?? 0), drained: () => undefined, closed: ({ code }) => resolve(code) }));
    if (came === 42) break;
    codes.push(String(came));
  }
  t.deepEqual(new Set(codes), new Set(['connection-lost']));
  dialled.value.close();
});
