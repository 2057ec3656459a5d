/**
 * A real HTTPS server on loopback with the WebSocket acceptor in it.
 */
import { once } from 'node:events';
import { createServer } from 'node:https';
import type { Server } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ExecutionContext } from 'ava';
import { ensureServerCertificate } from '../../certs/server-certificate.ts';
import type { ServerCertificate } from '../../certs/server-certificate.ts';
import { systemClock } from '../../protocol/clock.ts';
import type { Transport } from '../../protocol/transport.ts';
import { acceptWebSocket } from '../../transports/websocket/accept.ts';
import { temporaryFolder } from './temporary-folder.ts';

export type WebSocketServer = {
  readonly address: string;
  readonly authority: string;
  readonly https: Server;
  /** The next transport that opens, and the connection under it. */
  next(): Promise<{ readonly transport: Transport; readonly socket: Duplex }>;
};

const certificates = new Map<string, Promise<ServerCertificate>>();

/** One certificate for all tests of a process. */
async function certificate(t: ExecutionContext): Promise<ServerCertificate> {
  const made = certificates.get('') ?? temporaryFolder(t).then(async (folder) => {
    const outcome = await ensureServerCertificate(folder, [], systemClock);
    if (!outcome.ok) throw new Error(outcome.detail);
    return outcome.value;
  });
  certificates.set('', made);
  return made;
}

export async function webSocketServer(t: ExecutionContext): Promise<WebSocketServer> {
  const pem = await certificate(t);
  const https = createServer({ cert: pem.certificate, key: pem.key });
  const opened: { transport: Transport; socket: Duplex }[] = [];
  const waiting: ((open: { transport: Transport; socket: Duplex }) => void)[] = [];
  https.on('upgrade', (request, socket, head) => {
    const acceptor = acceptWebSocket({
      clock: systemClock,
      isWelcome: () => true,
      accepted: (transport) => {
        const resolve = waiting.shift();
        if (resolve) resolve({ transport, socket });
        else opened.push({ transport, socket });
      },
    });
    acceptor.upgrade(request, socket, head);
  });
  https.listen(0, '127.0.0.1');
  await once(https, 'listening');
  const sockets = new Set<Socket>();
  https.on('connection', (socket) => sockets.add(socket));
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    https.close();
  });
  const next: WebSocketServer['next'] = () => {
    const open = opened.shift();
    return open ? Promise.resolve(open) : new Promise((resolve) => waiting.push(resolve));
  };
  return { address: `wss://127.0.0.1:${(https.address() as AddressInfo).port}/agent`, authority: pem.authority, https, next };
}
