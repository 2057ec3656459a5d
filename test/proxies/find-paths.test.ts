import test from 'ava';
import type { Surroundings } from '../../agent/contact/proxies/finding.ts';
import { findPathsBy } from '../../agent/contact/ways/find-paths.ts';
import type { FindPaths, ProxySettings } from '../../agent/contact/ways/find-paths.ts';
import { systemClock, systemRandom } from '../../protocol/clock.ts';
import type { Clock } from '../../protocol/clock.ts';
import { limits } from '../../protocol/limits.ts';
import { success } from '../../protocol/outcome.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { take } from '../support/house.ts';
import { has } from '../support/needs.ts';
import { startSquid } from '../support/proxies.ts';
import { bothWords, never, plainLogin, roundTrip, serveEcho, withLogin } from './counterparts.ts';
import { pretend } from './pretend.ts';

const target = { host: 'intermediary.corp.test', port: 8443 };
const unusable: string[] = [];

function finder(settings: ProxySettings, surroundings: Surroundings, { clock = new ManualClock(), network = () => 'home' }: { clock?: Clock; network?: () => string } = {}): FindPaths {
  return take(findPathsBy(settings, { surroundings, clock, network, random: systemRandom, unusable: (foundBy, { code }) => void unusable.push(`${foundBy}: ${code}`) }));
}

async function shown(settings: ProxySettings, surroundings: Surroundings): Promise<string[]> {
  return (await finder(settings, surroundings)(target, never())).map(({ name, foundBy }) => (foundBy === undefined ? name : `${name} by ${foundBy}`));
}

const pac = (answer: string): string => `function FindProxyForURL() { return ${JSON.stringify(answer)}; }`;

test('where nothing is found: directly', async (t) => {
  t.deepEqual(await shown({}, pretend({})), ['directly']);
});

test('a setting goes first, then directly, then what settings of the machine name; each once', async (t) => {
  const machine = pretend({ environment: { HTTPS_PROXY: 'http://env:1', ALL_PROXY: 'http://set:2' }, files: { '/etc/environment': 'HTTP_PROXY=http://env:1\n' } });
  t.deepEqual(await shown({ proxy: 'http://set:2' }, machine), ['http://set:2 by the setting --proxy', 'directly', 'http://env:1 by HTTPS_PROXY of the environment']);
});

test('a target that is bypassed is reached without that proxy, but not without one that was set', async (t) => {
  const machine = pretend({ environment: { HTTPS_PROXY: 'http://env:1', NO_PROXY: '.corp.test' } });
  t.deepEqual(await shown({}, machine), ['directly']);
  t.deepEqual(await shown({ proxy: 'set:2' }, machine), ['http://set:2 by the setting --proxy', 'directly']);
});

test('a script says where directly stands', async (t) => {
  const lease = { '/run/systemd/netif/leases/2': 'OPTION_252=687474703a2f2f782f\n' };
  const machine = (answer: string) => pretend({ files: lease, web: { 'http://x/': pac(answer) }, environment: { HTTPS_PROXY: 'http://env:1' } });
  t.deepEqual(await shown({}, machine('PROXY a:1; DIRECT; PROXY b:2')), ['http://a:1 by WPAD by DHCP', 'directly', 'http://b:2 by WPAD by DHCP', 'http://env:1 by HTTPS_PROXY of the environment']);
  t.deepEqual(await shown({}, machine('DIRECT')), ['directly', 'http://env:1 by HTTPS_PROXY of the environment']);
  t.deepEqual(await shown({}, machine('nonsense')), ['directly', 'http://env:1 by HTTPS_PROXY of the environment']);
  t.deepEqual(await shown({}, machine('PROXY a:1;'.repeat(50))), ['http://a:1 by WPAD by DHCP', 'directly', 'http://env:1 by HTTPS_PROXY of the environment']);
});

test('a script that was set goes before all, and one that cannot be used is told of', async (t) => {
  t.deepEqual(await shown({ pac: 'http://p/' }, pretend({ web: { 'http://p/': pac('SOCKS5 s:1') }, environment: { HTTPS_PROXY: 'env:1' } })), ['socks5://s:1 by the setting --pac', 'directly', 'http://env:1 by HTTPS_PROXY of the environment']);
  t.deepEqual(await shown({ pac: 'http://gone/' }, pretend({})), ['directly']);
  t.true(unusable.includes('the setting --pac: pac-unusable'));
});

test('many proxies: the best few, and directly always among them', async (t) => {
  const answers = Array.from({ length: limits.maxPaths }, (_, index) => `PROXY p${index}:1`).join(';');
  const paths = await shown({ pac: 'http://p/' }, pretend({ web: { 'http://p/': pac(answers) } }));
  t.is(paths.length, limits.maxPaths);
  t.is(paths.at(-1), 'directly');
});

test('settings that are none are refused without repeating them', (t) => {
  for (const settings of [{ proxy: 'ftp://me:secret@x' }, { pac: 'file:///secret' }]) {
    const refused = findPathsBy(settings, { surroundings: pretend({}), clock: systemClock, random: systemRandom, network: () => '', unusable: () => undefined });
    t.like(refused, { ok: false, code: 'usage' });
    t.notRegex(JSON.stringify(refused), /secret/);
  }
});

test('the search is bounded: a source that hangs is left out, and its late word is there the next time', async (t) => {
  const clock = new ManualClock();
  const { promise, resolve } = Promise.withResolvers<string>();
  const hanging: Surroundings = { ...pretend({ environment: { HTTPS_PROXY: 'env:1' } }), readText: async (path) => (path === '/etc/environment' ? promise : undefined) };
  const find = finder({}, hanging, { clock });
  const waiting = find(target, never());
  await new Promise(setImmediate);
  clock.advance(limits.findProxiesMs);
  t.deepEqual((await waiting).map(({ name }) => name), ['directly', 'http://env:1']);
  resolve('HTTP_PROXY=late:2\n');
  await new Promise(setImmediate);
  t.deepEqual((await find(target, never())).map(({ name }) => name), ['directly', 'http://env:1', 'http://late:2']);
  t.is(clock.pending, 0);
});

test('who gives up waiting gets what is known, at once', async (t) => {
  const hanging: Surroundings = { ...pretend({}), readText: () => new Promise(() => undefined) };
  t.deepEqual((await finder({ proxy: 'set:1' }, hanging)(target, AbortSignal.abort())).map(({ name }) => name).at(-1), 'directly');
});

test('what was found is kept for a while, the paths too, and forgotten with the network', async (t) => {
  const clock = new ManualClock();
  let reads = 0;
  const counting: Surroundings = { ...pretend({ environment: { HTTPS_PROXY: 'env:1' } }), readText: async (path) => void (path === '/etc/environment' && reads++) };
  let network = 'home';
  const find = finder({}, counting, { clock, network: () => network });
  const first = await find(target, never());
  t.deepEqual(await find(target, never()), first);
  t.is((await find({ ...target, port: 1 }, never()))[1], first[1]);
  t.is(reads, 1);
  clock.advance(limits.proxiesKeptMs);
  t.is((await find(target, never()))[1], first[1]);
  t.is(reads, 2);
  network = 'away';
  t.not((await find(target, never()))[1], first[1]);
  t.is(reads, 3);
});

test('a proxy that a script names is given the password that a setting holds for it', async (t) => {
  if (!has(t, 'squid')) return;
  const [squid, far] = [await startSquid(t, { login: plainLogin }), await serveEcho(t)];
  const machine = pretend({ environment: { HTTPS_PROXY: withLogin('http', squid.address, plainLogin) }, web: { 'http://p/': pac(`PROXY ${squid.address}`) } });
  const [path] = await finder({ pac: 'http://p/' }, { ...machine, fetchText: async (url) => success(url === 'http://p/' ? pac(`PROXY ${squid.address}`) : '') })(far.target, never());
  t.is(path?.foundBy, 'the setting --pac');
  t.is(await roundTrip(path!, far.target), bothWords);
  t.notRegex(JSON.stringify(path), /Sesame/);
});
