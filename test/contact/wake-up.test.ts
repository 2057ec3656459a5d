/** What an agent does with what an outside service says: only the authentic, new and timely makes it call. */
import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { pino } from 'pino';
import { onlyDirectly } from '../../agent/contact/ways/find-paths.ts';
import { WakeUps } from '../../agent/contact/wake-up/wake-up.ts';
import type { WakeUpChannel } from '../../agent/contact/wake-up/wake-up.ts';
import { ensureServerCertificate } from '../../certs/server-certificate.ts';
import { systemClock, systemRandom } from '../../protocol/clock.ts';
import type { Clock } from '../../protocol/clock.ts';
import { limits } from '../../protocol/limits.ts';
import { sealWakeUp } from '../../protocol/wake-up.ts';
import type { WakeUp } from '../../protocol/wake-up.ts';
import { until } from '../execution/support.ts';
import { NtfyServer } from '../support/ntfy-server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const alive = setInterval(() => undefined, 60_000);
test.after.always(() => clearInterval(alive));

const agentId = 'a'.repeat(32);
const key = new Uint8Array(32).fill(5);
const run = 1_800_000_000_000;
const topic = 'behest-topic';
const shortWaits = (length: number): Uint8Array => (length === 4 ? Uint8Array.of(1, 0, 0, 0) : systemRandom(length));

type Listening = { readonly server: NtfyServer; readonly wakeUps: WakeUps; readonly calls: { priority: string; reason: string }[]; readonly channel: WakeUpChannel; network: boolean; asked: number };

async function listening(t: ExecutionContext, clock: Clock = systemClock): Promise<Listening> {
  const server = await NtfyServer.start(t);
  const channel: WakeUpChannel = { kind: 'wake-up-channel', server: server.url, topic, key, run, next: 1 };
  const calls: Listening['calls'] = [];
  const made = { network: true, asked: 0 };
  const wakeUps = new WakeUps({ agentId, clock, random: shortWaits, log: pino({ level: 'silent' }), findPaths: onlyDirectly, isUp: () => (made.asked += 1) > 0 && made.network, callNow: (call) => calls.push(call) });
  t.teardown(() => wakeUps.stop());
  wakeUps.use(channel);
  await until(() => server.listeners === 1, 'the subscription');
  return Object.assign(made, { server, wakeUps, calls, channel });
}

function wakeUp(number: number, part: Partial<WakeUp> = {}): WakeUp {
  return { id: number.toString(16).padStart(32, '0'), run, number, priority: 'high', atMs: Date.now(), ...part };
}

function seal(number: number, part: Partial<WakeUp> = {}): Promise<string> {
  return sealWakeUp(wakeUp(number, part), agentId, key);
}

test('an authentic wake-up makes the agent call, with its priority and its id as the reason', async (t) => {
  const { server, wakeUps, calls } = await listening(t);
  server.publish(topic, await seal(1));
  server.publish(topic, await seal(2, { priority: 'low' }));
  await until(() => calls.length === 2, 'two calls');
  t.deepEqual(calls, [{ priority: 'high', reason: `wake-up ${'0'.repeat(31)}1` }, { priority: 'low', reason: `wake-up ${'0'.repeat(31)}2` }]);
  t.like(wakeUps.told, { received: 2, missed: 0, refused: 0 });
});

test('forged, altered, foreign, replayed, old, future and senseless ones are ignored and counted', async (t) => {
  const { server, wakeUps, calls } = await listening(t);
  const first = await seal(1);
  server.publish(topic, first);
  const bad = [
    first,
    await sealWakeUp(wakeUp(2), agentId, new Uint8Array(32).fill(6)),
    await sealWakeUp(wakeUp(2), 'b'.repeat(32), key),
    (await seal(2, { priority: 'low' })).replace('"low"', '"high"'),
    (await seal(2)).replace('"number":2', '"number":9'),
    (await seal(2)).slice(0, -10),
    (await seal(2)).replace('{', '{"more":1,'),
    await seal(7, { run: run - 1 }),
    'wake up', '{}', '', 'null', '[]',
  ];
  for (const text of bad) server.publish(topic, text);
  server.publish(topic, await seal(2, { atMs: Date.now() - limits.wakeUpLifeMs - 1000 }));
  server.publish(topic, await seal(3, { atMs: Date.now() + limits.clockSkewMs + 60_000 }));
  server.publish(topic, await seal(4));
  await until(() => calls.length === 2, 'the last one');
  t.like(wakeUps.told, { received: 2, missed: 0, refused: bad.length + 2 });
});

test('skipped numbers are missed, one that comes late is not, and what a session says was sent counts too', async (t) => {
  const { server, wakeUps, calls, channel } = await listening(t);
  server.publish(topic, await seal(4));
  await until(() => calls.length === 1, 'the fourth');
  t.like(wakeUps.told, { received: 1, missed: 3 });
  server.publish(topic, await seal(2));
  server.publish(topic, await seal(2));
  await until(() => wakeUps.told?.refused === 1, 'the second one twice');
  t.like(wakeUps.told, { received: 2, missed: 2, refused: 1 });
  wakeUps.use({ ...channel, next: 7 });
  t.like(wakeUps.told, { received: 2, missed: 4 });
  server.publish(topic, await seal(2, { run: run + 1000 }));
  await until(() => calls.length === 3, 'one of the next run');
  t.like(wakeUps.told, { received: 3, missed: 5, refused: 1 });
  t.is(server.subscriptions, 1, 'the same channel again is no reason to subscribe again');
});

test('while the server is away the agent carries on, comes back, and hears what was said meanwhile', async (t) => {
  const { server, wakeUps, calls } = await listening(t);
  server.publish(topic, await seal(1));
  await until(() => calls.length === 1, 'the first');
  await server.close();
  server.publish(topic, await seal(2));
  await server.open();
  await until(() => calls.length === 2, 'what was said while it was away');
  await until(() => server.listeners === 1, 'the next subscription');
  server.publish(topic, await seal(3));
  await until(() => calls.length === 3, 'what is said now');
  t.like(wakeUps.told, { received: 3, missed: 0, refused: 0 });
});

test('what was said before the agent ever heard anything is heard after a cut', async (t) => {
  const { server, calls } = await listening(t);
  await server.close();
  server.publish(topic, await seal(1));
  await server.open();
  await until(() => calls.length === 1, 'what was said while it was away');
  t.pass();
});

test('a stream that babbles, or never ends a line, is cut, and the agent subscribes again', async (t) => {
  const { server, calls } = await listening(t);
  for (const text of ['x'.repeat(limits.maxWakeUpLine + 1), `${'y'.repeat(limits.maxWakeUpLine + 1)}\n`, '{}\n'.repeat(limits.wakeUpLinesPerMinute + 1)]) {
    const before = server.subscriptions;
    server.babble(text);
    await until(() => server.subscriptions > before && server.listeners === 1, 'another subscription');
  }
  server.publish(topic, await seal(1));
  await until(() => calls.length === 1, 'a call all the same');
  t.pass();
});

test('a server that falls silent is left and asked again', async (t) => {
  const silences: (() => void)[] = [];
  const clock: Clock = {
    ...systemClock,
    after: (delayMs, task) => {
      if (delayMs === limits.wakeUpSilenceMs) silences.push(task);
      return systemClock.after(delayMs, task);
    },
  };
  const { server } = await listening(t, clock);
  const before = silences.length;
  server.keepAlive();
  await until(() => silences.length > before, 'the keepalive to count');
  silences.at(-1)?.();
  await until(() => server.subscriptions === 2, 'another subscription');
  t.pass();
});

test('without a network nothing is attempted', async (t) => {
  const there = await listening(t);
  there.network = false;
  await there.server.close();
  await there.server.open();
  const { asked } = there;
  await until(() => there.asked > asked + 5, 'several times at which an attempt would have been made');
  t.is(there.server.subscriptions, 1);
  there.network = true;
  await until(() => there.server.subscriptions === 2, 'the network');
});

test('an address with anything behind the name of the server is not asked', async (t) => {
  const { server, wakeUps, channel } = await listening(t);
  for (const bad of [`${server.url}/latest/meta-data`, `${server.url}/?x=`, server.url.replace('//', '//user:word@'), `${server.url}#`, 'http://']) wakeUps.use({ ...channel, topic: 'other', server: bad });
  t.is(wakeUps.told?.refused, 5);
  t.is(server.subscriptions, 1);
});

test('over TLS a server is heard when the platform trusts its certificate, and told nothing when it does not', async (t) => {
  const tls = await ensureServerCertificate(await temporaryFolder(t), [], systemClock);
  if (!tls.ok) return t.fail(tls.detail);
  let [requests, refusals] = [0, 0];
  const server = createServer({ cert: tls.value.certificate, key: tls.value.key }, (request, response) => {
    requests += 1;
    t.is(request.headers.host, new URL(url).host);
    response.writeHead(200);
    void seal(1).then((message) => response.write(`${JSON.stringify({ id: 'x', event: 'message', message })}\n`));
  }).listen(0, '127.0.0.1');
  server.on('tlsClientError', () => { refusals += 1; });
  await once(server, 'listening');
  const url = `https://localhost:${(server.address() as AddressInfo).port}`;
  const calls: unknown[] = [];
  const wakeUps = new WakeUps({ agentId, clock: systemClock, random: shortWaits, log: pino({ level: 'silent' }), findPaths: onlyDirectly, isUp: () => true, callNow: (call) => calls.push(call) });
  t.teardown(() => {
    wakeUps.stop();
    server.close();
  });
  wakeUps.use({ kind: 'wake-up-channel', server: url, topic, key, run, next: 1 });
  await until(() => refusals > 0, 'a certificate to be refused');
  t.is(requests, 0);
  setDefaultCACertificates([...getCACertificates(), tls.value.authority]);
  await until(() => calls.length === 1, 'the wake-up');
  t.is(requests, 1);
});
