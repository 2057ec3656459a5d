import test from 'ava';
import { Backoff } from '../../agent/contact/timing/backoff.ts';
import { Ladder } from '../../agent/contact/ways/ladder.ts';
import type { Rung } from '../../agent/contact/ways/transports.ts';
import type { ContactWay } from '../../protocol/messages/agent.ts';
import { failure } from '../../protocol/outcome.ts';
import type { TransportName } from '../../protocol/transport.ts';
import { directPath } from '../../transports/path.ts';

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

const rung = (name: TransportName): Rung => ({ name, dial: async () => failure('unreachable', '') });

test('an FTP address is only for FTP, and FTP only for it', (t) => {
  const ladder = new Ladder([rung('wss'), rung('ftp')]);
  const destinations = ['a:443', 'ftp://a:21'].map((address) => ({ address, paths: [directPath] }));
  t.deepEqual(ladder.ways(ladder.rungs(['wss', 'ftp']), destinations).map(({ rung: { name }, address }) => `${name} ${address}`), ['wss a:443', 'ftp ftp://a:21']);
});

test('every transport is tried at every address, the best first, what worked last before all', (t) => {
  const [first, second] = [rung('wss'), rung('tcp')];
  const ladder = new Ladder([first, second]);
  const destinations = ['a:443', 'b:443'].map((address) => ({ address, paths: [directPath] }));
  let remembered: ContactWay | undefined;
  const ways = () => ladder.inTurn(ladder.ways(ladder.rungs(['wss', 'tcp']), destinations), remembered).map(({ rung: tried, address }) => `${tried === first ? 'first' : 'second'} ${address}`);
  t.deepEqual(ways(), ['first a:443', 'first b:443', 'second a:443', 'second b:443']);
  remembered = { transport: 'tcp', path: 'directly', address: 'b:443' };
  t.deepEqual(ways(), ['second b:443', 'first a:443', 'first b:443', 'second a:443']);
});
