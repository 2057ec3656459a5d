/**
 * What the tests of proxies talk to: targets that answer, proxies that behave badly, and a `Path` with its surroundings.
 */
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ExecutionContext } from 'ava';
import { systemClock, systemRandom } from '../../protocol/clock.ts';
import type { Clock } from '../../protocol/clock.ts';
import { parseProxy } from '../../transports/proxies/proxy.ts';
import { proxyPath } from '../../transports/proxies/proxy-path.ts';
import type { Path, Target } from '../../transports/path.ts';
import { take } from '../support/house.ts';

export const login = { user: 'agent 47', password: 'pa:ss@wörd/ß' } as const;
/** dante's and tinyproxy's files have no room for every letter. */
export const plainLogin = { user: 'agent47', password: 'Sesame-42-open' } as const;

export function never(): AbortSignal {
  return new AbortController().signal;
}

export function pathThrough(url: string, options: { clock?: Clock; authorities?: readonly string[] } = {}): Path {
  return proxyPath(take(parseProxy(url)), { clock: systemClock, random: systemRandom, ...options });
}

export function withLogin(scheme: string, address: string, { user, password }: { user: string; password: string }): string {
  return `${scheme}://${encodeURIComponent(user)}:${encodeURIComponent(password)}@${address}`;
}

export type Counterpart = { readonly target: Target; readonly address: string; /** Connections that are open now. */ readonly open: Set<Socket>; /** Connections that ever were. */ readonly total: () => number; close(): Promise<void> };

/** A server on the loopback that does with each connection what it is told to; all of them are cut with the test. */
export async function serve(t: ExecutionContext, handle: (socket: Socket) => void): Promise<Counterpart> {
  const open = new Set<Socket>();
  let total = 0;
  const server: Server = createServer((socket) => {
    total++;
    open.add(socket);
    socket.on('close', () => open.delete(socket)).on('error', () => socket.destroy());
    handle(socket);
    if (socket.readableFlowing === null) socket.resume(); // or its end would never be seen
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    if (!server.listening) return;
    for (const socket of open) socket.destroy();
    const closed = once(server, 'close');
    server.close();
    await closed;
  };
  t.teardown(close);
  return { target: { host: '127.0.0.1', port }, address: `127.0.0.1:${port}`, open, total: () => total, close };
}

/** Greets first, as FTP servers do, and then gives back what it is sent. */
export function serveEcho(t: ExecutionContext): Promise<Counterpart> {
  return serve(t, (socket) => {
    socket.write('hello\n');
    socket.pipe(socket);
  });
}

/** The greeting and the echo of one word, over an open stream, which it closes. */
export async function converse(stream: Duplex): Promise<string> {
  stream.write('word\n');
  let heard = '';
  stream.on('data', (chunk: Buffer) => {
    heard += chunk.toString();
    if (heard.endsWith('word\n')) stream.destroy();
  });
  stream.on('error', () => stream.destroy());
  await once(stream, 'close');
  return heard;
}

/** Goes there and back again; the code and detail when there is no way. */
export async function roundTrip(path: Path, target: Target): Promise<string> {
  const connected = await path.connect(target, never());
  return connected.ok ? converse(connected.value) : `${connected.code}: ${connected.detail}`;
}

export const bothWords = 'hello\nword\n';
