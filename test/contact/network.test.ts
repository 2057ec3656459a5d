/** K3, L4: which network this is, whether there is one, whether it costs, and whether the machine slept; as machines wrote it. */
import { join } from 'node:path';
import test from 'ava';
import { dnsSuffix, hardwareAddress, routesOf } from '../../agent/contact/network/linux.ts';
import { glanceAtNetwork, judgeAddresses, judgeRoutes, lookAtNetwork } from '../../agent/contact/network/look.ts';
import { meteredBy, saysMetered } from '../../agent/contact/network/metered.ts';
import { watchSleep } from '../../agent/contact/network/sleep.ts';
import { PolledNetwork } from '../../agent/contact/network/watch.ts';
import { WayMemory } from '../../agent/contact/ways/way-memory.ts';
import { limits } from '../../protocol/limits.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { settled } from '../support/session-pair.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const routes = `Iface	Destination	Gateway 	Flags	RefCnt	Use	Metric	Mask		MTU	Window	IRTT
wlan0	00000000	0101A8C0	0003	0	0	600	00000000	0	0	0
eth0	00000000	010200C0	0003	0	0	100	00000000	0	0	0
eth0	000200C0	00000000	0001	0	0	0	00FFFFFF	0	0	0
eth0	00000A0A	00000000	0201	0	0	0	00FFFFFF	0	0	0
`;
const routes6 = `fd000000000000000000000000000000 40 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000001 00000000 00000001     eth0
fe800000000000000000000000000000 40 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000002 00000000 00000001     eth0
00000000000000000000000000000000 00 00000000000000000000000000000000 00 fd000000000000000000000000000001 00000400 00000002 00000000 00000003     eth0
00000000000000000000000000000001 80 00000000000000000000000000000000 00 00000000000000000000000000000000 00000000 00000003 00000000 80200001       lo
fd000000000000000000000000000002 80 00000000000000000000000000000000 00 00000000000000000000000000000000 00000000 00000003 00000000 80200001     eth0
ff000000000000000000000000000000 08 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000003 00000000 00000001     eth0
00000000000000000000000000000000 00 00000000000000000000000000000000 00 00000000000000000000000000000000 ffffffff 00000001 00000000 00200200       lo
`;
const neighbours = `IP address       HW type     Flags       HW address            Mask     Device
192.0.2.1        0x1         0x2         02:fc:00:00:00:05     *        eth0
192.168.1.1      0x1         0x0         00:00:00:00:00:00     *        wlan0
`;
const resolver = 'nameserver 10.255.255.53\nsearch Clinic.Example other.example\n';
const files = { routes, routes6, neighbours, resolver };
const address = { address: '192.0.2.2', netmask: '255.255.255.0', family: 'IPv4', mac: '', internal: false, cidr: null } as const;
const loopback = { lo: [{ ...address, address: '127.0.0.1', internal: true }] };

test('routes that lead out are read, the preferred first; rejected, local and multicast ones are not', (t) => {
  const read = routesOf(files, new Set(['lo', 'eth0', 'wlan0']));
  t.deepEqual(read.map(({ device, isDefault, gateway }) => [device, isDefault, gateway]), [
    ['eth0', false, undefined],
    ['eth0', true, '192.0.2.1'],
    ['wlan0', true, '192.168.1.1'],
    ['eth0', false, undefined],
    ['eth0', true, 'fd00:0000:0000:0000:0000:0000:0000:0001'],
  ]);
});

test('a network is known by its gateway’s hardware address and its DNS suffix, and by the gateway’s address until that is known', (t) => {
  const present = judgeRoutes({ ...loopback, eth0: [address] }, files);
  t.deepEqual(present.ids, ['02:fc:00:00:00:05 clinic.example', '192.0.2.1 clinic.example']);
  t.true(present.isUp);
  t.is(present.device, 'eth0');
  t.deepEqual(judgeRoutes({ ...loopback, wlan0: [address] }, files).ids, ['192.168.1.1 clinic.example']);
  t.is(hardwareAddress(neighbours, '10.0.0.1'), undefined);
  t.is(dnsSuffix('domain a.example\nsearch b.example'), 'b.example');
  t.is(dnsSuffix('nameserver 127.0.0.53'), '');
});

test('an interface without carrier leads nowhere, though its routes still stand in the table', (t) => {
  t.like(judgeRoutes(loopback, files), { isUp: false, ids: [], state: '' });
});

test('a network with nothing but IPv6, and one without a way out of it, are networks', (t) => {
  const six = judgeRoutes({ ...loopback, eth0: [{ ...address, address: 'fd00::2', family: 'IPv6', scopeid: 0 }] }, { ...files, routes: '' });
  t.true(six.isUp);
  t.deepEqual(six.ids, ['fd00:0000:0000:0000:0000:0000:0000:0001 clinic.example']);
  const closed = judgeRoutes({ ...loopback, eth0: [address] }, { ...files, routes6: '', routes: routes.split('\n').filter((line) => !line.includes('\t0003\t')).join('\n') });
  t.true(closed.isUp);
});

test('whatever stands in the files, reading them ends without an exception', (t) => {
  for (const text of ['', '\n\n', 'x', 'a b c d e f g h i j k', '\0\0 \0', routes.slice(0, 100)]) {
    t.notThrows(() => judgeRoutes({ eth0: [address] }, { routes: text, routes6: text, neighbours: text, resolver: text }));
  }
  t.notThrows(() => lookAtNetwork());
  t.notThrows(() => glanceAtNetwork());
});

test('where gateways are not told, the subnets tell networks apart', (t) => {
  t.like(judgeAddresses({ ...loopback, en0: [address] }), { isUp: true, ids: ['192.0.2.0'], state: '192.0.2.2' });
  t.like(judgeAddresses({ ...loopback, en0: [{ ...address, address: '169.254.7.7' }] }), { isUp: false, ids: [] });
});

test('a change is told within a second, and nothing is told while nothing changes', (t) => {
  const clock = new ManualClock();
  let state = 'a';
  let counters = 0;
  let told = 0;
  let looks = 0;
  const look = () => {
    looks += 1;
    return { isUp: true, ids: [], state };
  };
  const end = new PolledNetwork(clock, look, () => `${state}${counters}`).watch(() => {
    told += 1;
  });
  clock.advance(10_000);
  t.is(told, 0);
  t.is(looks, 1, 'a glance is enough while nothing differs');
  counters += 1;
  clock.advance(limits.watchNetworkMs);
  t.is(looks, 2);
  t.is(told, 0, 'a counter that moved is no change of the network');
  clock.advance(10_000);
  t.is(looks, 2, 'and what was glanced at last is what the next glance is held against');
  state = 'b';
  clock.advance(limits.watchNetworkMs);
  t.is(told, 1);
  end();
  t.is(clock.pending, 0);
});

test('a sleep is noticed by either clock, and idling is none', (t) => {
  const clock = new ManualClock();
  let sleptMs = 0;
  let woke = 0;
  const shifted = { now: () => clock.now() + sleptMs, monotonic: () => clock.monotonic(), after: clock.after.bind(clock) };
  const end = watchSleep(shifted, () => {
    woke += 1;
  });
  clock.advance(3_600_000);
  t.is(woke, 0);
  sleptMs = 60_000;
  clock.advance(limits.watchNetworkMs);
  t.is(woke, 1);
  clock.advance(60_000);
  t.is(woke, 1);
  end();
  t.is(clock.pending, 0);
});

const said = 'GENERAL.DEVICE:wlan0\nGENERAL.METERED:yes (guessed)\n\nGENERAL.DEVICE:eth0\nGENERAL.METERED:no\n\nGENERAL.DEVICE:lo\nGENERAL.METERED:unknown\n';

test('whether the network is metered is said by the owner, else by NetworkManager for the interface that is used', async (t) => {
  const clock = new ManualClock();
  t.true(saysMetered(said, 'wlan0'));
  t.false(saysMetered(said, 'eth0'));
  t.false(saysMetered(said, 'wlan'));
  const network = { isUp: true, ids: [], state: 's', device: 'wlan0' };
  t.true(await meteredBy('yes', clock)(network));
  t.false(await meteredBy('no', clock, () => Promise.resolve(said))(network));
  let asked = 0;
  const isMetered = meteredBy('auto', clock, () => {
    asked += 1;
    return Promise.resolve(said);
  });
  t.deepEqual([await isMetered(network), await isMetered(network), asked], [true, true, 1]);
  t.false(await isMetered({ ...network, state: 'other', device: 'eth0' }));
  t.is(asked, 2);
  t.false(await meteredBy('auto', clock, () => Promise.resolve(undefined))(network), 'nobody knows');
  await settled();
});

test('ways are remembered for as many networks as allowed, over a restart, by the surest name first', async (t) => {
  const path = join(await temporaryFolder(t), 'ways.json');
  const memory = new WayMemory(path);
  const way = (to: string) => ({ transport: 'wss', path: 'directly', address: to });
  const network = (...ids: string[]) => ({ isUp: true, ids, state: '' });
  for (let number = 0; number <= limits.maxNetworks; number += 1) memory.keep(network(`mac ${number}`, '192.168.1.1'), way(`${number}`));
  const again = new WayMemory(path);
  t.is(again.of(network('mac 0')), undefined, 'the oldest is forgotten');
  t.deepEqual(again.of(network('mac 7', '192.168.1.1')), way('7'));
  t.deepEqual(again.of(network('192.168.1.1')), way(`${limits.maxNetworks}`), 'not yet spoken with the gateway: the last network of that address');
  t.is(again.of(network()), undefined);
  t.is(again.of(network('another mac', '192.168.1.1')), undefined, 'another gateway of the same address is another network');
  again.dialMemory(network('mac 7')).holdMs = 45_000;
  again.save();
  t.deepEqual(new WayMemory(path).dialMemory(network('mac 7')), { holdMs: 45_000 });
  const strange = again.dialMemory(network('new'));
  strange.holdMs = 30_000;
  again.keep(network('new'), way('new'));
  t.is(again.dialMemory(network('new')), strange, 'what was learnt before anything worked stays');
  t.notThrows(() => new WayMemory('/proc/none/ways.json').keep(network('a'), way('a')));
});
