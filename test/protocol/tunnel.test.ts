import * as fc from 'fast-check';
import test from 'ava';
import type { TunnelConnection } from '../../protocol/tunnel/connection.ts';
import { encodeFrame, FrameReader, frameTypes } from '../../protocol/tunnel/frames.ts';
import type { FrameType } from '../../protocol/tunnel/frames.ts';
import { Tunnel } from '../../protocol/tunnel/tunnel.ts';
import { limits } from '../../protocol/limits.ts';

const types = Object.keys(frameTypes) as FrameType[];

test('frames come out of a byte stream whole, however it was cut', (t) => {
  const frame = fc.record({ type: fc.constantFrom(...types), connection: fc.nat(2 ** 32 - 1), rest: fc.uint8Array({ maxLength: 200 }) });
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 20 }), fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 50 }), (frames, cuts) => {
      const bytes = Buffer.concat(frames.map(({ type, connection, rest }) => encodeFrame(type, connection, rest)));
      const reader = new FrameReader();
      const read = [];
      for (let at = 0, turn = 0; at < bytes.byteLength; turn += 1) {
        const length = cuts[turn % cuts.length] ?? 1;
        read.push(...(reader.read(bytes.subarray(at, at + length)) ?? []));
        at += length;
      }
      t.deepEqual(read.map(({ rest, ...head }) => ({ ...head, rest: [...rest] })), frames.map(({ rest, ...head }) => ({ ...head, rest: [...rest] })));
    }),
  );
});

test('whatever bytes come, the reader and both ends survive them', (t) => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 64 }), { maxLength: 10 }), (pieces) => {
      const agent = new Tunnel(() => undefined, { incoming: (connection) => connection.listen(quiet) });
      const console = new Tunnel(() => undefined, {});
      console.open()?.listen(quiet);
      for (const piece of pieces) for (const end of [agent, console]) end.receive(piece);
    }),
  );
  t.pass();
});

test('a connection passes bytes and the end of each direction, and is then forgotten', (t) => {
  const { console, agent, arrived } = pair();
  const connection = console.open()!;
  const heard = listening(connection);
  arrived[0]!.opened();
  connection.write(Buffer.from('question'));
  connection.end();
  const there = listening(arrived[0]!);
  t.is(there.text(), 'question');
  t.true(there.ended());
  arrived[0]!.write(Buffer.from('answer'));
  t.is(agent.size, 1);
  arrived[0]!.end();
  t.is(heard.text(), 'answer');
  t.true(heard.ended());
  t.deepEqual([console.size, agent.size], [0, 0]);
});

test('a reader that takes nothing stops its own connection at the window, and no other', (t) => {
  const { console, arrived } = pair();
  const slow = console.open()!;
  slow.listen(quiet);
  listening(arrived[0]!, false);
  const chunk = Buffer.alloc(limits.tunnelWindowBytes);
  t.false(slow.write(chunk));
  t.false(slow.write(Buffer.from('beyond')));
  const other = console.open()!;
  other.listen(quiet);
  const there = listening(arrived[1]!);
  t.true(other.write(Buffer.from('still here')));
  t.is(there.text(), 'still here');
});

test('a sender that goes beyond its credit ends the tunnel', (t) => {
  const agent = new Tunnel(() => undefined, { incoming: (connection) => connection.listen(quiet) });
  agent.receive(encodeFrame('open', 1));
  const chunk = encodeFrame('data', 1, new Uint8Array(16_384));
  for (let sent = 0; sent < limits.tunnelWindowBytes; sent += 16_384) t.is(agent.receive(chunk), undefined);
  t.is(agent.receive(chunk), 'credit-exceeded');
  t.is(agent.receive(encodeFrame('open', 2)), 'credit-exceeded');
});

test('no more connections stand than may: the console gives none, the agent refuses', (t) => {
  const { console } = pair();
  for (let count = 0; count < limits.maxTunnelConnections; count += 1) t.truthy(console.open());
  t.is(console.open(), undefined);
  const sent: Uint8Array[] = [];
  const agent = new Tunnel((bytes) => sent.push(bytes), { incoming: () => undefined });
  for (let number = 1; number <= limits.maxTunnelConnections + 1; number += 1) t.is(agent.receive(encodeFrame('open', number)), undefined);
  t.deepEqual(Buffer.concat(sent).subarray(7).toString(), 'overloaded');
});

const quiet = { data: () => undefined, ended: () => undefined, drained: () => undefined, reset: () => undefined };

function pair() {
  const arrived: TunnelConnection[] = [];
  const agent: Tunnel = new Tunnel((bytes) => void console.receive(bytes), { incoming: (connection) => arrived.push(connection) });
  const console: Tunnel = new Tunnel((bytes) => void agent.receive(bytes), {});
  return { console, agent, arrived };
}

function listening(connection: TunnelConnection, taking = true) {
  const got: Uint8Array[] = [];
  let ended = false;
  connection.listen({
    ...quiet,
    data: (bytes) => {
      got.push(bytes.slice());
      if (taking) connection.take(bytes.byteLength);
    },
    ended: () => {
      ended = true;
    },
  });
  return { text: () => Buffer.concat(got).toString(), ended: () => ended };
}
