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

test('much more than a window goes through while the reader takes it, and the end comes behind the last byte', (t) => {
  const { console, agent, arrived } = pair();
  const connection = console.open()!;
  const there = listening(arrived[0]!);
  const sent = Buffer.from(Uint8Array.from({ length: 3 * limits.tunnelWindowBytes + 1 }, (_, index) => index % 251));
  connection.listen(quiet);
  connection.write(sent);
  connection.end();
  connection.write(Buffer.from('after the end'));
  t.true(sent.equals(there.bytes()));
  t.true(there.ended());
  t.is(agent.size, 1, 'nothing came behind the end');
});

test('who writes no more is told when there is room, and the end waits for what was written before', (t) => {
  const { console, arrived } = pair();
  const connection = console.open()!;
  let drained = 0;
  connection.listen({ ...quiet, drained: () => void (drained += 1) });
  const there = listening(arrived[0]!, false);
  t.false(connection.write(Buffer.alloc(limits.tunnelWindowBytes + 1)));
  arrived[0]!.take(limits.tunnelWindowBytes);
  t.is(drained, 1);
  t.false(connection.write(Buffer.alloc(limits.tunnelWindowBytes)));
  connection.end();
  t.false(there.ended());
  arrived[0]!.take(limits.tunnelWindowBytes);
  t.true(there.ended());
  t.is(drained, 1, 'there is nothing more to write');
});

const four = (value: number): Buffer => Buffer.from([0, 0, 0, value]);
const against: readonly (readonly [string, string, readonly Uint8Array[]])[] = [
  ['data behind the end', 'message-malformed', [encodeFrame('open', 1), encodeFrame('end', 1), encodeFrame('data', 1)]],
  ['a second end', 'message-malformed', [encodeFrame('open', 1), encodeFrame('end', 1), encodeFrame('end', 1)]],
  ['a number that is left out', 'message-malformed', [encodeFrame('open', 2)]],
  ['a number that comes again', 'message-malformed', [encodeFrame('open', 1), encodeFrame('open', 1)]],
  ['a connection that was never opened', 'message-malformed', [encodeFrame('open', 1), encodeFrame('data', 2)]],
  ['data of the whole tunnel', 'message-malformed', [encodeFrame('data', 0)]],
  ['a credit of three bytes', 'message-malformed', [encodeFrame('open', 1), encodeFrame('taken', 1, four(0).subarray(1))]],
  ['a credit of five bytes', 'message-malformed', [encodeFrame('open', 1), encodeFrame('taken', 1, Buffer.concat([four(0), four(0).subarray(3)]))]],
  ['credit for what was never sent', 'credit-exceeded', [encodeFrame('open', 1), encodeFrame('taken', 1, four(1))]],
  ['a frame that is too long', 'message-malformed', [Buffer.from([frameTypes.data, 0, 0, 0, 1, 0xff, 0xff])]],
];

for (const [what, code, frames] of against) {
  test(`against the rules: ${what}`, (t) => {
    const agent = new Tunnel(() => undefined, { incoming: (connection) => connection.listen(quiet) });
    t.deepEqual(frames.map((frame) => agent.receive(frame)), [...frames.slice(1).map(() => undefined), code]);
  });
}

test('only the console opens connections, and it is told when the tunnel stands', (t) => {
  let ready = 0;
  const console = new Tunnel(() => undefined, { ready: () => void (ready += 1) });
  const agent = new Tunnel((bytes) => void console.receive(bytes), {});
  agent.sayReady();
  t.is(ready, 1);
  t.is(console.receive(encodeFrame('open', 1)), 'message-malformed');
});

test('a reset is heard with its code, and the end of the tunnel by every connection', (t) => {
  const { console, agent, arrived } = pair();
  const codes: string[] = [];
  const hear = { ...quiet, reset: (code: string) => void codes.push(code) };
  for (const _ of [1, 2, 3]) console.open()!.listen(hear);
  arrived[0]!.reset('not-permitted');
  t.is(console.receive(encodeFrame('reset', 2, Buffer.from('no such code'))), undefined);
  t.deepEqual(codes, ['not-permitted', 'connection-lost']);
  console.close('session-lost');
  t.deepEqual(codes, ['not-permitted', 'connection-lost', 'session-lost']);
  t.is(console.size, 0);
  t.is(agent.size, 2);
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
  return { text: () => Buffer.concat(got).toString(), bytes: () => Buffer.concat(got), ended: () => ended };
}
