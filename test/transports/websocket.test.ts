import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { connect as connectTls } from 'node:tls';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { WebSocket } from 'ws';
import { systemClock } from '../../protocol/clock.ts';
import type { Clock } from '../../protocol/clock.ts';
import { limits } from '../../protocol/limits.ts';
import type { Transport, TransportClosed } from '../../protocol/transport.ts';
import { dialWebSocket } from '../../transports/websocket/dial.ts';
import { transportContract } from '../contracts/transport.ts';
import { pairOver } from '../support/agent-port.ts';
import { webSocketServer } from '../support/websocket-pair.ts';
import type { WebSocketServer } from '../support/websocket-pair.ts';

transportContract('wss', pairOver('wss'));
transportContract('ws', pairOver('ws'));

function ending(transport: Transport): Promise<TransportClosed> {
  return new Promise((resolve) => transport.listen({ frame: () => undefined, drained: () => undefined, closed: resolve }));
}

/** A peer that is just a WebSocket library. */
async function rawPeer(t: ExecutionContext, server: WebSocketServer): Promise<{ raw: WebSocket; accepted: Transport }> {
  const raw = new WebSocket(server.address, { ca: server.authority });
  t.teardown(() => raw.terminate());
  const [{ transport }] = await Promise.all([server.next(), once(raw, 'open')]);
  return { raw, accepted: transport };
}

test('a peer that sends too large a message is closed with 1009', async (t) => {
  const { raw, accepted } = await rawPeer(t, await webSocketServer(t));
  raw.send(new Uint8Array(limits.maxFrameBytes + 1));
  const [reason, [closeCode]] = await Promise.all([ending(accepted), once(raw, 'close')]);
  t.deepEqual([reason.code, closeCode], ['frame-too-large', 1009]);
});

test('a peer that sends text is closed with 1003', async (t) => {
  const { raw, accepted } = await rawPeer(t, await webSocketServer(t));
  raw.send('hello');
  const [reason, [closeCode]] = await Promise.all([ending(accepted), once(raw, 'close')]);
  t.deepEqual([reason.code, closeCode], ['message-malformed', 1003]);
});

test('no extension is agreed, even if the peer offers one', async (t) => {
  const { raw } = await rawPeer(t, await webSocketServer(t));
  t.is(raw.extensions, '');
});

test('a peer that never answers the close is cut after the limit', async (t) => {
  const server = await webSocketServer(t);
  const socket = connectTls({ host: '127.0.0.1', port: Number(new URL(server.address).port), ca: server.authority });
  t.teardown(() => socket.destroy());
  socket.write('GET /agent HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n');
  const { transport } = await server.next();
  const beganMs = performance.now();
  transport.close();
  t.is((await ending(transport)).code, 'closed');
  t.true(performance.now() - beganMs < limits.closeWithinMs + 2000);
});

test('an authority that is not the pinned one is certificate-refused, before a byte is sent', async (t) => {
  const server = await webSocketServer(t);
  let upgrades = 0;
  server.https.on('upgrade', () => { upgrades += 1; });
  const outcome = await dialWebSocket({ address: server.address, clock: systemClock });
  if (outcome.ok) return t.fail();
  t.is(outcome.code, 'certificate-refused');
  t.regex(outcome.detail, /issued by CN=/);
  t.is(upgrades, 0);
});

test('a name that the certificate does not carry is certificate-refused', async (t) => {
  const server = await webSocketServer(t);
  const address = server.address.replace('127.0.0.1', '127.0.0.2');
  server.https.close();
  server.https.closeAllConnections();
  await once(server.https, 'close');
  server.https.listen(Number(new URL(address).port), '127.0.0.2');
  await once(server.https, 'listening');
  const outcome = await dialWebSocket({ address, authority: server.authority, clock: systemClock });
  t.is(outcome.ok ? '' : outcome.code, 'certificate-refused');
});

for (const [line, code, retryAfterMs] of [
  ['401 Unauthorized', 'unreachable', undefined],
  ['426 Upgrade Required', 'unreachable', undefined],
  ['503 Service Unavailable\r\nRetry-After: 30', 'rate-limited', 30_000],
  ['429 Too Many Requests\r\nRetry-After: soon', 'rate-limited', undefined],
  ['301 Moved\r\nLocation: wss://127.0.0.1:1/', 'unreachable', undefined],
] as const) {
  test(`an answer of ${line.slice(0, 3)} is a readable failure`, async (t) => {
    const server = await webSocketServer(t);
    server.https.removeAllListeners('upgrade');
    server.https.on('upgrade', (_request, socket) => socket.end(`HTTP/1.1 ${line}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`));
    const outcome = await dialWebSocket({ address: server.address, authority: server.authority, clock: systemClock });
    if (outcome.ok) return t.fail();
    t.is(outcome.code, code);
    t.is(outcome.retryAfterMs, retryAfterMs);
    t.true(outcome.detail.includes(line.slice(0, 3)));
  });
}

test('nobody there, no TLS there, no URL: unreachable', async (t) => {
  const silent = createServer((socket) => socket.end('SSH-2.0-x\r\n').on('error', () => socket.destroy())).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  t.teardown(() => silent.close());
  const port = (silent.address() as AddressInfo).port;
  for (const address of ['wss://127.0.0.1:1/agent', `wss://127.0.0.1:${port}/agent`, 'ws://127.0.0.1:1/', 'http://127.0.0.1:1/', 'nonsense']) {
    const outcome = await dialWebSocket({ address, clock: systemClock });
    t.is(outcome.ok ? '' : outcome.code, 'unreachable', address);
  }
});

test('a server that says nothing is timed-out by the clock handed in, and an abort is cancelled', async (t) => {
  const silent = createServer().listen(0, '127.0.0.1');
  await once(silent, 'listening');
  t.teardown(() => silent.close());
  const address = `wss://127.0.0.1:${(silent.address() as AddressInfo).port}/agent`;
  const delays: number[] = [];
  const hurried: Clock = { ...systemClock, after: (delayMs, task) => systemClock.after(delays.push(delayMs), task) };
  const keepAlive = setTimeout(() => t.fail(), 10_000);
  const late = await dialWebSocket({ address, clock: hurried });
  t.is(late.ok ? '' : late.code, 'timed-out');
  t.deepEqual(delays, [limits.handshakeMs]);
  const aborted = new AbortController();
  const given = dialWebSocket({ address, clock: systemClock, signal: aborted.signal });
  aborted.abort();
  const outcome = await given;
  t.is(outcome.ok ? '' : outcome.code, 'cancelled');
  clearTimeout(keepAlive);
});
