/** The one port: what it tells apart, whom it serves what, and that the slow, the silent and the strange stop nobody else. */
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import * as fc from 'fast-check';
import { ensureServerCertificate } from '../../certs/server-certificate.ts';
import { systemClock } from '../../protocol/clock.ts';
import { limits } from '../../protocol/limits.ts';
import type { TransportName } from '../../protocol/transport.ts';
import { decodeAnswer, decodeRequest, encodeAnswer, encodeRequest } from '../../transports/poll/bodies.ts';
import { agentPort, hurriedClock } from '../support/agent-port.ts';
import type { AgentPort } from '../support/agent-port.ts';
import { eventually } from '../support/behest.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const names: readonly TransportName[] = ['wss', 'ws', 'tcp', 'https-long-poll', 'https-short-poll', 'http-long-poll'];
const seed = Number(process.env['BEHEST_SEED'] ?? 20_261_125);

function open(t: ExecutionContext, { port }: AgentPort): Socket {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true }).on('error', () => undefined);
  t.teardown(() => socket.destroy());
  return socket;
}

/** What a connection says until it ends. */
async function all(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(socket, 'close');
  return Buffer.concat(chunks).toString('latin1');
}

async function ask(t: ExecutionContext, server: AgentPort, head: string): Promise<string> {
  const socket = open(t, server);
  socket.write(`${head}\r\nconnection: close\r\n\r\n`);
  return all(socket);
}

test('all transports come by one port, told apart by the first byte', async (t) => {
  const server = await agentPort(t);
  for (const name of names) {
    const { agent, intermediary } = await server.pair(name);
    t.deepEqual([agent.name, intermediary.name], [name, name]);
    const came = new Promise<number | undefined>((resolve) => intermediary.listen({ frame: ([byte]) => resolve(byte), drained: () => undefined, closed: () => resolve(undefined) }));
    agent.send(Uint8Array.of(7));
    t.is(await came, 7);
  }
});

test('plain HTTP serves agents only: everybody else is sent to https, and no live socket opens', async (t) => {
  const server = await agentPort(t);
  const host = `relay.example:${server.port}`;
  for (const page of ['/', '/api/sign-in?x=1', '/agent', '/agent/', '/agent/../api/sign-in', '/healthz']) {
    for (const method of ['GET', 'PUT', 'DELETE', 'HEAD']) {
      const answer = await ask(t, server, `${method} ${page} HTTP/1.1\r\nhost: ${host}`);
      t.regex(answer, /^HTTP\/1\.1 308 /, `${method} ${page}`);
      t.true(answer.includes(`location: https://${host}${page}\r\n`));
    }
  }
  t.regex(await ask(t, server, `POST /api/sign-in HTTP/1.1\r\nhost: ${host}\r\ncontent-length: 0`), /^HTTP\/1\.1 308 /);
  for (const bad of ['host: a/b', 'host: a@b', 'host: ', 'host: [::1']) t.regex(await ask(t, server, `GET / HTTP/1.1\r\n${bad}`), /^HTTP\/1\.1 400 /);
  t.regex(await ask(t, server, `GET http://evil.example/ HTTP/1.1\r\nhost: ${host}`), /^HTTP\/1\.1 400 /);
  t.regex(await ask(t, server, `CONNECT evil.example:443 HTTP/1.1\r\nhost: ${host}`), /^$/);
  const upgrade = 'upgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==';
  t.regex(await all(open(t, server).end(`GET /api/live HTTP/1.1\r\nhost: ${host}\r\nconnection: upgrade\r\n${upgrade}\r\n\r\n`)), /^HTTP\/1\.1 404 /);
  t.is(server.count, 0);
});

test('first bytes that are neither, and an end before any, close their own connection', async (t) => {
  const server = await agentPort(t);
  fc.sample(fc.uint8Array({ minLength: 1, maxLength: 40 }), { numRuns: 300, seed }).forEach((bytes) => open(t, server).write(bytes));
  for (const first of ['\0', 'get / HTTP/1.1\r\n\r\n', '\x80', '[', '@', 'SSH'.toLowerCase()]) t.is(await all(open(t, server).end(first, 'latin1')), '', JSON.stringify(first));
  t.is(await all(open(t, server).end()), '');
  await server.pair('wss');
  t.pass();
});

test('requests and openings in pieces of one byte are understood', async (t) => {
  const server = await agentPort(t);
  const socket = open(t, server);
  for (const letter of `GET /x HTTP/1.1\r\nhost: a:1\r\nconnection: close\r\n\r\n`) {
    socket.write(letter);
    await new Promise((resolve) => setImmediate(resolve));
  }
  t.regex(await all(socket), /308/);
  const raw = open(t, server);
  for (const byte of [0xbe, 0x68, 0x73, 0x74, 1, 0, 1, 9]) {
    raw.write(Uint8Array.of(byte));
    await new Promise((resolve) => setImmediate(resolve));
  }
  const transport = await server.next();
  t.is(await new Promise((resolve) => transport.listen({ frame: ([byte]) => resolve(byte), drained: () => undefined, closed: ({ code }) => resolve(code) })), 9);
});

test('a connection that says nothing is cut in time', async (t) => {
  const server = await agentPort(t, hurriedClock(20));
  const silent = open(t, server);
  t.is(await all(silent), '');
});

test('a thousand slow connections of one address, silent, half in TLS and half in a request, stop no honest agent', async (t) => {
  const server = await agentPort(t);
  const client = Buffer.from('16030100f8010000f40303', 'hex'); // how a ClientHello begins
  const slow: Socket[] = [];
  for (let count = 0; count < 1000; count += 1) {
    const socket = open(t, server);
    if (count % 3 === 1) socket.write(client);
    if (count % 3 === 2) socket.write('POST /agent/ab HTTP/1.1\r\nhost: a\r\nx-a: b');
    slow.push(socket.resume());
  }
  await Promise.all(slow.map((socket) => (socket.connecting ? once(socket, 'connect') : undefined)));
  for (const name of names) {
    const { agent } = await server.pair(name);
    agent.close();
  }
  await t.notThrowsAsync(eventually(() => slow.filter(({ closed }) => !closed).length <= limits.maxSilentPerAddress));
});

test('when nobody may come in, every transport is told so, and when to come again', async (t) => {
  const server = await agentPort(t);
  server.welcome = false;
  for (const name of names) {
    const dialled = await server.dial(name);
    if (dialled.ok) {
      t.is(name, 'tcp');
      t.is(await new Promise((resolve) => dialled.value.listen({ frame: () => undefined, drained: () => undefined, closed: ({ code }) => resolve(code) })), 'rate-limited');
    } else t.like(dialled, { code: 'rate-limited', retryAfterMs: limits.retryAfterSeconds * 1000 });
  }
  t.is(server.count, 0);
});

test('a renewed certificate is shown to new connections, and those that stand go on', async (t) => {
  const server = await agentPort(t);
  const { agent, intermediary } = await server.pair('wss');
  const other = await ensureServerCertificate(await temporaryFolder(t), [], systemClock);
  if (!other.ok) return t.fail();
  server.listener.renew(other.value);
  const dialled = await server.dial('wss');
  t.is(dialled.ok ? 'ok' : dialled.code, 'certificate-refused');
  const socket = connectTls({ host: '127.0.0.1', port: server.port, servername: 'localhost', ca: other.value.authority });
  await once(socket, 'secureConnect');
  socket.destroy();
  const came = new Promise((resolve) => intermediary.listen({ frame: resolve, drained: () => undefined, closed: resolve }));
  agent.send(Uint8Array.of(1));
  t.deepEqual(await came, Uint8Array.of(1));
});

test('it ends though requests are held and connections are silent, and those held hear a good-bye', async (t) => {
  const server = await agentPort(t);
  const { agent, intermediary } = await server.pair('https-long-poll');
  open(t, server);
  const ended = new Promise((resolve) => agent.listen({ frame: () => undefined, drained: () => undefined, closed: ({ code }) => resolve(code) }));
  await new Promise((resolve) => {
    intermediary.listen({ frame: resolve, drained: () => undefined, closed: () => undefined });
    agent.send(Uint8Array.of(1));
  });
  intermediary.close();
  await server.listener.close();
  t.is(await ended, 'closed');
});

test('the system probes connections that are held still, on both sides', async (t) => {
  if (process.platform !== 'linux') return t.pass();
  const { execFileSync } = await import('node:child_process');
  const server = await agentPort(t);
  const { agent, intermediary } = await server.pair('http-long-poll');
  agent.send(Uint8Array.of(1)); // on a lane of its own, while the other is held
  await new Promise((resolve) => intermediary.listen({ frame: resolve, drained: () => undefined, closed: resolve }));
  const isProbed = (): boolean => {
    const lines = execFileSync('ss', ['-tnoH', 'state', 'established', `( sport = :${server.port} or dport = :${server.port} )`], { encoding: 'utf8' }).trim().split('\n');
    return lines.length >= 4 && lines.every((line) => /timer:\(keepalive,\d+sec/.test(line));
  };
  await t.notThrowsAsync(eventually(isProbed));
});

test('behind TLS the page is served as ever', async (t) => {
  const server = await agentPort(t);
  const socket = connectTls({ host: '127.0.0.1', port: server.port, servername: 'localhost', ca: server.authority });
  t.teardown(() => socket.destroy());
  await once(socket, 'secureConnect');
  socket.write('GET /anything HTTP/1.1\r\nhost: localhost\r\n\r\n');
  const [answer] = await once(socket, 'data');
  t.regex(String(answer), /^HTTP\/1\.1 200 [^]*served/);
});

test(`garbage bodies are decoded to nothing, and what is encoded is decoded to the same (seed ${seed})`, (t) => {
  const runs = Number(process.env['BEHEST_RUNS'] ?? 20_000);
  const digest = fc.uint8Array({ minLength: 16, maxLength: 16 });
  const frames = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 10 });
  const requests = fc.record({ holdMs: fc.nat(), lane: fc.constantFrom('turn', 'up', 'down'), goodBye: fc.integer({ min: 0, max: 255 }), number: fc.nat(), previousDigest: digest, frames });
  fc.assert(fc.property(requests, (sent) => t.deepEqual(decodeRequest(encodeRequest(sent)), sent)), { seed, numRuns: 300 });
  fc.assert(fc.property(fc.record({ requestDigest: digest, goodBye: fc.integer({ min: 0, max: 255 }), frames }), (answer) => t.deepEqual(decodeAnswer(encodeAnswer(answer)), answer)), { seed, numRuns: 300 });
  fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
    const asked = decodeRequest(bytes);
    const answer = decodeAnswer(bytes);
    return (asked === undefined || encodeRequest(asked).byteLength === bytes.byteLength) && (answer === undefined || encodeAnswer(answer).byteLength === bytes.byteLength);
  }), { seed, numRuns: runs });
});
