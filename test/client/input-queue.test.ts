import test from 'ava';
import * as fc from 'fast-check';
import { InputQueue } from '../../console/client/input-queue.ts';
import { concat, sameBytes } from '../../protocol/bytes.ts';
import { limits } from '../../protocol/limits.ts';

test('no more is handed out than the reader has credit for', (t) => {
  const queue = new InputQueue();
  void queue.push(new Uint8Array(3 * limits.streamCreditBytes));
  let out = 0;
  for (let piece = queue.next(); piece !== undefined; piece = queue.next()) out += piece.byteLength;
  t.is(out, limits.streamCreditBytes);
  queue.taken(1000);
  t.is(queue.next(), undefined, 'a small piece would be followed by small ones for ever');
  queue.taken(limits.streamCreditBytes / 16 - 1000);
  t.is(queue.next()?.byteLength, limits.streamCreditBytes / 16);
});

test('push waits for room and is let go when the reader has taken enough', async (t) => {
  const queue = new InputQueue();
  let pushed = false;
  const waiting = queue.push(new Uint8Array(limits.streamCreditBytes)).then(() => (pushed = true));
  while (queue.next() !== undefined);
  await Promise.resolve();
  t.false(pushed);
  queue.taken(1);
  await waiting;
  t.true(pushed);
});

test('after a cut the rest is sent again from exactly where the far end stopped', (t) => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 8 }), fc.nat(2000), fc.nat(2000), (chunks, reach, take) => {
      const whole = concat(...chunks);
      const queue = new InputQueue();
      for (const chunk of chunks) void queue.push(chunk);
      let sent = 0;
      for (let piece = queue.next(); piece !== undefined; piece = queue.next()) sent += piece.byteLength;
      const taken = Math.min(take, sent);
      queue.taken(taken);
      const received = Math.max(taken, Math.min(reach, sent));
      queue.resumeAt(received);
      const again: Uint8Array[] = [];
      for (let piece = queue.next(); piece !== undefined; piece = queue.next()) again.push(piece);
      return sameBytes(concat(...again), whole.subarray(received)) && queue.sentAll;
    }),
  );
  t.pass();
});

test('a console that takes over begins where the one before stopped', (t) => {
  const queue = new InputQueue();
  queue.resumeAt(5000);
  void queue.push(Uint8Array.of(1, 2, 3));
  t.deepEqual([...(queue.next() ?? [])], [1, 2, 3]);
  queue.taken(3);
  t.true(queue.sentAll);
});
