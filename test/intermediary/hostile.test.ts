/** Garbage by the thousand: refused, closed, and nothing left behind. */
import { readdirSync } from 'node:fs';
import { connect } from 'node:tls';
import test from 'ava';
import * as fc from 'fast-check';
import { WebSocket } from 'ws';
import { noContactVersions } from '../../protocol/contact-settings.ts';
import { encodeMessage } from '../../protocol/messages/codec.ts';
import { connectedAgent } from '../support/protocol-agent.ts';
import { Relay } from '../support/relay.ts';

const seed = Number(process.env['BEHEST_SEED'] ?? 20_261_122);
const canCountFiles = process.platform === 'linux';

function openFiles(): number {
  return canCountFiles ? readdirSync('/proc/self/fd').length : 0;
}

function closes(socket: WebSocket): Promise<number> {
  return new Promise((resolve) => {
    socket.once('close', resolve);
    socket.once('error', () => undefined);
  });
}

async function attack(url: string, relay: Relay, protocols: string[], frame: Uint8Array | string): Promise<number> {
  const socket = new WebSocket(url, protocols, { ca: relay.authority });
  socket.once('open', () => socket.send(frame));
  return closes(socket);
}

test('malformed frames close their own socket and nothing else, and leave no file open', async (t) => {
  const relay = await Relay.start(t);
  const agent = await connectedAgent(relay, await relay.enrolment());
  t.teardown(() => agent.end());
  const token = await relay.tokenOf('technician');
  const witness = await relay.live(t, 'technician');
  const frames = fc.sample(fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ minLength: 1, maxLength: 60 }).map((tail) => Uint8Array.of(1, 0, 1, 0, ...tail)), fc.anything().map((value) => encodeMessage({ value }))), { numRuns: 1000, seed });
  const round = async (part: readonly Uint8Array[]): Promise<void> => {
    for (let from = 0; from < part.length; from += 25) {
      await Promise.all(part.slice(from, from + 25).map((frame, index) => (index % 2 === 0 ? attack(`wss://localhost:${relay.port}/agent`, relay, [], frame) : attack(`wss://localhost:${relay.port}/api/live`, relay, ['behest', `bearer.${token}`], frame))));
    }
  };
  await round(frames.slice(0, 100));
  const before = openFiles();
  await round(frames.slice(100));
  t.true(openFiles() <= before + 5, `${before} files before, ${openFiles()} after`);
  const directive = await relay.directive('technician', [{ agentId: agent.agentId }]);
  t.is(await witness.submit(directive), 'submitted');
  await agent.until(() => agent.stored.has(directive.id));
});

test('a malformed message in an agent’s session ends that session', async (t) => {
  const relay = await Relay.start(t);
  const agent = await connectedAgent(relay, await relay.enrolment());
  agent.session?.send(encodeMessage({ kind: 'nonsense' }));
  await agent.until(() => agent.session === undefined);
  t.true((await relay.now.audit.read(0, 100)).some(({ kind }) => kind === 'session-broken'));
  t.true((await agent.connect()).ok);
  agent.end();
});

test('an agent that claims the absurd, within the schema, harms only itself', async (t) => {
  const relay = await Relay.start(t);
  const agent = await connectedAgent(relay, await relay.enrolment());
  const witness = await connectedAgent(relay, await relay.enrolment());
  t.teardown(() => witness.end());
  const checkIn = { kind: 'check-in', level: 1, facts: agent.facts, site: 'home', nonce: agent.nonce, rootVersion: 0, policyVersion: 0, contact: noContactVersions, primitives: '', pending: [] };
  const absurd: object[] = [
    { ...checkIn, policyVersion: 1e300 },
    { ...checkIn, rootVersion: 1e300 },
    { ...checkIn, facts: { ...agent.facts, bootedAtMs: 1e300, hostname: '\u0000\ud800\u202e' } },
    { ...checkIn, pending: ['0'.repeat(32), '0'.repeat(32)] },
    { kind: 'started', directiveId: '0'.repeat(32), atMs: 1e300 },
    { kind: 'progress', directiveId: '0'.repeat(32), percent: 50 },
  ];
  for (const message of absurd) {
    agent.session?.send(encodeMessage(message));
    agent.end();
    t.true((await agent.connect()).ok);
  }
  agent.end();
  t.is((await relay.ask('/healthz')).status, 200);
  const live = await relay.live(t, 'technician');
  live.send({ kind: 'watch', topic: { of: 'machines' } });
  await live.next('current');
  const directive = await relay.directive('technician', [{ agentId: witness.agentId }]);
  t.is(await live.submit(directive), 'submitted');
  await witness.until(() => witness.stored.has(directive.id));
});

test('two outputs of one run at once spoil that run’s output and nothing else', async (t) => {
  const relay = await Relay.start(t);
  const agent = await connectedAgent(relay, await relay.enrolment(), { directive: () => undefined });
  t.teardown(() => agent.end());
  const directive = await relay.directive('technician', [{ agentId: agent.agentId }]);
  const live = await relay.live(t, 'technician');
  t.is(await live.submit(directive), 'submitted');
  await agent.until(() => agent.directives.has(directive.id));
  live.send({ kind: 'watch', topic: { of: 'output', directiveId: directive.id, agentId: agent.agentId } });
  const streams = [agent.output(directive.id), agent.output(directive.id)];
  for (const [number, stream] of streams.entries()) stream.write(Uint8Array.of(1, 0x61 + number));
  await live.next('output');
  for (const stream of streams) stream.end();
  await agent.report(directive.id);
  await agent.until(() => agent.stored.has(directive.id));
  const { body } = await relay.ask(`/api/directives/${directive.id}/output/${agent.agentId}/stdout`, { token: await relay.tokenOf('technician') });
  t.regex(body, /^[ab]$/);
});

test('an agent that describes absurd primitives, or those of a digest it did not claim, harms only itself', async (t) => {
  const relay = await Relay.start(t);
  const honest = await connectedAgent(relay, await relay.enrolment());
  const odd = { name: 'odd.one', title: '', description: '', risk: 'read', streams: 'none', platforms: [], result: {} };
  const absurd: object[][] = [
    [{ ...odd, params: { big: 2n ** 63n } }],
    [{ ...odd, params: { bytes: new Uint8Array(9), when: new Date(NaN), ['__proto__x']: null } }, { ...odd, params: {} }],
    [],
  ];
  for (const primitives of absurd) {
    const liar = await connectedAgent(relay, await relay.enrolment(), { claims: 'f'.repeat(64), describe: (agent) => void agent.session?.send(encodeMessage({ kind: 'primitives', primitives })) });
    await liar.until(({ received }) => received.some(({ kind }) => kind === 'describe'));
    liar.end();
  }
  const directive = await relay.directive('technician', [{ agentId: honest.agentId }]);
  const live = await relay.live(t, 'technician');
  t.is(await live.submit(directive), 'submitted');
  await honest.until(() => honest.stored.has(directive.id));
});

test('upgrades to other addresses, oversized bodies and broken requests are refused', async (t) => {
  const relay = await Relay.start(t);
  t.is(await attack(`wss://localhost:${relay.port}/agent/../api/live`, relay, [], 'x'), 1006);
  t.is(await attack(`wss://localhost:${relay.port}/nothing`, relay, [], 'x'), 1006);
  t.is((await relay.ask('/api/sign-in', { method: 'POST', body: `{"name":"${'x'.repeat(2_000_000)}"}` })).status, 413);
  t.is((await relay.ask('/api/sign-in', { method: 'POST', body: '{"name":' })).json.code, 'request-malformed');
  t.is((await relay.ask('/api/sign-in', { method: 'POST', body: { name: 'a', password: 'b', admin: true } })).json.code, 'request-malformed');
  const socket = connect({ host: '127.0.0.1', port: relay.port, ca: relay.authority, servername: 'localhost' });
  socket.write('not http at all\r\n\r\n');
  await new Promise((resolve) => {
    socket.once('close', resolve);
    socket.on('error', () => undefined);
    socket.resume();
  });
  t.is((await relay.ask('/healthz')).status, 200);
});

test('a message far beyond the bound closes the live socket', async (t) => {
  const relay = await Relay.start(t);
  const live = await relay.live(t, 'technician');
  live.socket.send(new Uint8Array(3 * 1024 * 1024));
  t.is(await live.closed, 1009);
});
