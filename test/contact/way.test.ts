/** K5: the agent finds a way through, says what did not work, remembers what did, and moves to what is better. */
import { createServer } from 'node:https';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { until } from '../execution/support.ts';
import { ensureServerCertificate } from '../../certs/server-certificate.ts';
import { systemClock } from '../../protocol/clock.ts';
import { dialWebSocket } from '../../transports/websocket/dial.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { valueOf } from '../support/relay.ts';
import { diesAfter, hangs, passes, RealContact, refuses, slow, swallows } from './real-contact.ts';
import type { Behaviour } from './real-contact.ts';

/** Runs one directive there and gives its state. */
async function directive(t: ExecutionContext, contact: RealContact): Promise<string> {
  const live = await contact.relay.live(t, 'technician');
  const { envelope, targets } = await contact.relay.directive('technician', [{ agentId: contact.agent?.agentId ?? '' }]);
  live.send({ kind: 'submit', envelope, targets, follow: true });
  const { target } = await live.next('target', (message) => message.target.report !== undefined);
  live.socket.close();
  return target.state;
}

const failures: Record<string, Behaviour> = { 'is refused': refuses, 'hangs': hangs, 'swallows the handshake': swallows, 'dies in the handshake': diesAfter(1) };
for (const [how, behaviour] of Object.entries(failures)) {
  test(`where the best transport ${how} the next carries the session, and the status says why`, async (t) => {
    const contact = await RealContact.make(t, { 'wss': behaviour, 'https-long-poll': passes });
    await contact.start();
    await contact.connectedBy('https-long-poll', 10_000);
    t.is(await directive(t, contact), 'succeeded');
    t.like(contact.status?.failedAttempts[0], { transport: 'wss', path: 'directly', address: 'localhost:8443' });
  });
}

test('a login page in place of the intermediary is no way, and is not remembered as one', async (t) => {
  const { certificate, key } = valueOf(await ensureServerCertificate(join(await temporaryFolder(t), 'portal'), [], systemClock));
  const portal = createServer({ cert: certificate, key }, (_request, response) => response.end('<form>Please sign in</form>'));
  portal.on('upgrade', (_request, socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nsign in'));
  await once(portal.listen(0, '127.0.0.1'), 'listening');
  t.teardown(() => portal.close());
  const address = portal.address();
  const port = typeof address === 'object' ? address?.port : 0;
  let isSignedIn = false;
  const behindPortal: Behaviour = (pass, { authority, signal, clock }) => isSignedIn ? pass() : dialWebSocket({ address: `wss://localhost:${port}/agent`, authority, signal, clock });
  const contact = await RealContact.make(t, { wss: behindPortal });
  await contact.start();
  await contact.inState('waiting');
  t.like(contact.status, { code: 'certificate-refused' });
  t.throws(() => readFileSync(join(contact.folder, 'ways.json')), { code: 'ENOENT' });
  isSignedIn = true;
  await contact.connectedBy('wss');
  t.like(JSON.parse(readFileSync(join(contact.folder, 'ways.json'), 'utf8')), { networks: [{ ids: ['here'], way: { transport: 'wss' } }] });
});

test('what worked in this network is tried first the next time', async (t) => {
  const contact = await RealContact.make(t, { 'wss': hangs, 'https-long-poll': hangs, 'https-short-poll': passes });
  await contact.start();
  await contact.connectedBy('https-short-poll', 10_000);
  await contact.agent?.stop();
  contact.dials.length = 0;
  await contact.start();
  await contact.connectedBy('https-short-poll');
  t.is(contact.dials[0], 'https-short-poll');
  await contact.agent?.stop();
  contact.network.network = { isUp: true, ids: ['elsewhere'], state: 'elsewhere' };
  contact.dials.length = 0;
  await contact.start();
  await contact.connectedBy('https-short-poll');
  t.is(contact.dials[0], 'wss', 'another network, another way');
});

test('a memory that cannot be read or written costs the head start and nothing else', async (t) => {
  const contact = await RealContact.make(t, { wss: passes });
  await contact.start();
  await contact.connectedBy('wss');
  await contact.agent?.stop();
  writeFileSync(join(contact.folder, 'ways.json'), '{"networks":[{"ids":["here"],"way":7}]}');
  await contact.start();
  await contact.connectedBy('wss');
  t.pass();
});

test('a better transport that comes a moment after a worse one is taken, and no key is rolled for the worse', async (t) => {
  const contact = await RealContact.make(t, { 'wss': slow(400), 'https-long-poll': passes });
  await contact.start();
  await contact.connectedBy('wss');
  t.is(contact.rung('https-long-poll').dialled, 1);
  t.true(await directive(t, contact) === 'succeeded');
});

test('a transport that dies in mid-session is followed by the next, and what was under way arrives', async (t) => {
  const contact = await RealContact.make(t, { 'wss': passes, 'https-long-poll': passes });
  await contact.start();
  await contact.connectedBy('wss');
  contact.rung('wss').behaviour = hangs;
  const began = performance.now();
  contact.rung('wss').cut();
  await contact.connectedBy('https-long-poll', 30_000);
  t.log(`${Math.round(performance.now() - began)} ms from the cut to the next transport`);
  t.is(await directive(t, contact), 'succeeded');
});

test('a transport that comes through and dies at once, again and again, is left for the next', async (t) => {
  const contact = await RealContact.make(t, { 'wss': diesAfter(3), 'https-long-poll': passes });
  await contact.start();
  await contact.connectedBy('https-long-poll', 30_000);
  t.is(await directive(t, contact), 'succeeded');
  t.is(contact.status?.failedAttempts[0]?.transport, 'wss');
});

test('a better transport takes the session over when it works again, and a trial in vain harms nothing', async (t) => {
  const contact = await RealContact.make(t, { 'wss': swallows, 'https-long-poll': passes });
  contact.settings.set({ upgradeSeconds: 1 });
  await contact.start();
  await contact.connectedBy('https-long-poll', 10_000);
  const wss = contact.rung('wss');
  await until(() => wss.dialled >= 2, 'a trial');
  t.is(await directive(t, contact), 'succeeded');
  wss.behaviour = diesAfter(2);
  const dialled = wss.dialled;
  await until(() => wss.dialled >= dialled + 3, 'trials that die before and after the key was rolled', 60_000);
  t.is(await directive(t, contact), 'succeeded');
  t.is(contact.rung('https-long-poll').dialled, 1, 'the link under the trials was never lost');
  wss.behaviour = passes;
  await contact.connectedBy('wss', 30_000);
  t.is(await directive(t, contact), 'succeeded');
});

test('output and directives go on while the session moves a hundred times', async (t) => {
  const contact = await RealContact.make(t, { 'wss': passes, 'https-long-poll': passes });
  await contact.start();
  await contact.connectedBy('wss');
  const { agentId = '' } = contact.agent ?? {};
  const live = await contact.relay.live(t, 'technician');
  const lines = 6000;
  const long = await contact.relay.directive('technician', [{ agentId }], { primitive: 'shell.execute', params: { command: `for i in $(seq 1 ${lines}); do echo "line $i"; [ $((i % 300)) = 0 ] && sleep 1; done; true` } });
  live.send({ kind: 'submit', envelope: long.envelope, targets: long.targets, follow: true });
  await live.next('target', (message) => message.target.state === 'running');
  live.send({ kind: 'watch', topic: { of: 'output', directiveId: long.id, agentId } });
  for (let moves = 0; moves < 100; moves += 1) {
    const next = moves % 2 === 0 ? 'https-long-poll' : 'wss';
    contact.settings.set({ order: next === 'wss' ? ['wss', 'https-long-poll'] : ['https-long-poll', 'wss'] });
    await contact.connectedBy(next);
    t.is(await directive(t, contact), 'succeeded');
  }
  await until(() => live.received.some((message) => message.kind === 'target' && message.target.state === 'succeeded'), 'the report');
  const expected = Array.from({ length: lines }, (_, index) => `line ${index + 1}\n`).join('');
  const came = () => Buffer.concat(live.received.flatMap((message) => message.kind === 'output' ? [message.bytes] : [])).toString();
  await until(() => came().length >= expected.length, 'the output');
  t.is(came(), expected);
});

test('another order of transports is in force at once', async (t) => {
  const contact = await RealContact.make(t, { 'wss': passes, 'https-long-poll': passes });
  await contact.start();
  await contact.connectedBy('wss');
  contact.settings.set({ order: ['https-long-poll', 'wss'] });
  await contact.connectedBy('https-long-poll');
  t.is(await directive(t, contact), 'succeeded');
});
