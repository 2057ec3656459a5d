import test from 'ava';
import { Backoff } from '../../agent/contact/backoff.ts';
import { Ladder } from '../../agent/contact/ladder.ts';
import type { Rung } from '../../agent/contact/transports.ts';
import { failure } from '../../protocol/outcome.ts';

test('the wait doubles from one second to a minute, all of it jitter', (t) => {
  const most = new Backoff((length) => new Uint8Array(length).fill(255));
  const waits = Array.from({ length: 9 }, () => Math.round(most.next() / 1000));
  t.deepEqual(waits, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
  t.is(new Backoff((length) => new Uint8Array(length)).next(), 0);
});

test('the other side’s wish is added, and success begins anew', (t) => {
  const backoff = new Backoff((length) => new Uint8Array(length).fill(255));
  t.is(Math.round(backoff.next(5000)), 6000);
  t.is(Math.round(backoff.next()), 2000);
  backoff.reset();
  t.is(Math.round(backoff.next()), 1000);
});

const rung = (scheme: string): Rung => ({ name: 'wss', scheme, dial: async () => failure('unreachable', '') });

test('every way that fits is tried, the best transport first, what worked last before all', (t) => {
  const [first, second] = [rung('wss:'), rung('https:')];
  const ladder = new Ladder([first, second]);
  const addresses = ['https://a/', 'wss://b/', 'wss://c/', 'not an address'];
  const names = () => ladder.ways(addresses).map(({ address }) => address);
  t.deepEqual(names(), ['wss://b/', 'wss://c/', 'https://a/']);
  ladder.worked({ rung: second, address: 'https://a/' });
  t.deepEqual(names(), ['https://a/', 'wss://b/', 'wss://c/']);
});
