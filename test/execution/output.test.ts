import { createHash } from 'node:crypto';
import test from 'ava';
import * as fc from 'fast-check';
import { EndedRuns } from '../../agent/execution/ended-runs.ts';
import { OutputMeter } from '../../agent/execution/output.ts';
import { ReplayRing } from '../../agent/execution/replay-ring.ts';
import { limits } from '../../protocol/limits.ts';
import { ManualClock } from '../support/manual-clock.ts';

const seed = Number(process.env['BEHEST_SEED'] ?? 20_261_122);
const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('base64url');

test('what is beyond the limit is counted and cut; the digest is of what is kept', (t) => {
  const meter = new OutputMeter(10);
  t.is(meter.keep('stdout', Buffer.from('1234567')).byteLength, 7);
  t.deepEqual(Buffer.from(meter.keep('stdout', Buffer.from('89abcdef'))).toString(), '89a');
  t.is(meter.keep('stdout', Buffer.from('more')).byteLength, 0);
  t.deepEqual(meter.summaries(), {
    stdout: { bytes: 19, kept: 10, digest: digest(Buffer.from('123456789a')) },
    stderr: { bytes: 0, kept: 0, digest: digest(Buffer.alloc(0)) },
  });
});

test('each channel has a limit of its own', (t) => {
  const meter = new OutputMeter(4);
  meter.keep('stdout', Buffer.alloc(100));
  t.is(meter.keep('stderr', Buffer.alloc(3)).byteLength, 3);
});

test('the ring gives every byte by its offset, channel by channel', (t) => {
  const ring = new ReplayRing(100_000);
  ring.add('stdout', Buffer.from('abc'));
  ring.add('stdout', Buffer.from('def'));
  ring.add('stderr', Buffer.from('!!'));
  ring.add('stdout', Buffer.from('g'));
  t.deepEqual(Buffer.from(ring.read(1, 100)?.bytes ?? []).toString(), 'bcdef');
  t.is(ring.read(6, 100)?.channel, 'stderr');
  t.is(Buffer.from(ring.read(8, 100)?.bytes ?? []).toString(), 'g');
  t.is(ring.read(9, 100), undefined);
  t.is(ring.to, 9);
});

test('the ring forgets the oldest beyond its capacity and nothing younger', (t) => {
  const ring = new ReplayRing(50_000);
  for (let count = 0; count < 100; count += 1) ring.add('stdout', Buffer.alloc(8_000, count));
  t.is(ring.to, 800_000);
  t.true(ring.to - ring.from <= 50_000 && ring.to - ring.from > 40_000);
  t.is(ring.read(ring.from, 1)?.bytes[0], Math.floor(ring.from / 8000));
});

test('whatever is added, the ring gives back its last bytes from any offset, each with its channel, and forgets no more than it must', (t) => {
  const piece = fc.record({ channel: fc.constantFrom('stdout' as const, 'stderr' as const), length: fc.integer({ min: 1, max: 3000 }) });
  const where = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(fc.property(fc.array(piece, { maxLength: 60 }), fc.integer({ min: 1, max: 20_000 }), where, fc.integer({ min: 1, max: 5000 }), (pieces, capacity, at, readBytes) => {
    const ring = new ReplayRing(capacity);
    const whole: string[] = [];
    for (const { channel, length } of pieces) {
      const bytes = Uint8Array.from({ length }, (_, index) => whole.length + index);
      ring.add(channel, bytes);
      for (const byte of bytes) whole.push(`${channel} ${byte}`);
    }
    t.is(ring.to, whole.length);
    // pieces that were joined, and the last one however large, go as one
    t.true(ring.from >= 0 && ring.to - ring.from >= Math.min(whole.length, capacity - 4096));
    t.true(ring.to - ring.from <= Math.max(capacity, 4096));
    const from = ring.from + Math.floor(at * (ring.to - ring.from));
    const read: string[] = [];
    for (let next = ring.read(from, readBytes); next !== undefined; next = ring.read(from + read.length, readBytes)) {
      t.true(next.bytes.byteLength > 0 && next.bytes.byteLength <= readBytes);
      for (const byte of next.bytes) read.push(`${next.channel} ${byte}`);
    }
    t.deepEqual(read, whole.slice(from));
    t.is(ring.from === 0 ? undefined : ring.read(ring.from - 1, 1), undefined);
  }), { seed, numRuns: 200 });
});

test('ended runs wait within bounds of time, number and bytes, and the one that has waited longest goes first', (t) => {
  fc.assert(fc.property(fc.array(fc.tuple(fc.nat(99), fc.integer({ min: 0, max: 400_000 }), fc.nat(9)), { maxLength: 400 }), (steps) => {
    const clock = new ManualClock();
    const gone: string[] = [];
    const runs = new EndedRuns({ clock, withinMs: 600, forget: (id) => { gone.push(id); runs.delete(id); } });
    let waiting: { id: string; bytes: number; sinceMs: number }[] = [];
    const leave = (id: string): void => void (waiting = waiting.filter((run) => run.id !== id));
    for (const [number, keptBytes, what] of steps) {
      const id = String(number);
      gone.length = 0;
      leave(id);
      if (what === 0) runs.delete(id);
      else if (what === 1) {
        clock.advance(100);
        runs.delete(id);
        for (const run of waiting) if (clock.now() - run.sinceMs >= 600) leave(run.id);
      } else {
        runs.add(id, { keptBytes });
        waiting.push({ id, bytes: keptBytes, sinceMs: clock.now() });
        while (waiting.length > limits.maxEndedRuns || waiting.reduce((sum, { bytes }) => sum + bytes, 0) > limits.endedRunsBytes) {
          t.is(gone.shift(), waiting.shift()?.id);
        }
      }
      t.is(runs.size, waiting.length);
      t.is(clock.pending, waiting.length);
    }
  }), { seed, numRuns: 100 });
});
