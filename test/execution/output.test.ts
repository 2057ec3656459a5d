import { createHash } from 'node:crypto';
import test from 'ava';
import { OutputMeter } from '../../agent/execution/output.ts';
import { ReplayRing } from '../../agent/execution/replay-ring.ts';

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
