/**
 * The one port: TLS, and behind it HTTP and the upgrades to sockets. Whoever is slow, silent or strange is cut off within
 * the time limits here, before anything of ours has been asked.
 */
import { createServer } from 'node:https';
import type { Server } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { limits } from '../../protocol/limits.ts';
import { failure, success } from '../../protocol/outcome.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import type { Upgrade } from './transports.ts';

/** PEM. */
export type TlsPair = { readonly certificate: string; readonly key: string };

export type Listener = {
  /** For the API, which answers plain requests on it. */
  readonly server: Server;
  /** Opens the port (0: any free one) and gives it. Fails with `port-in-use` or `not-permitted`. */
  listen(port: number, host: string): Promise<Outcome<number>>;
  /** From now on new connections get this certificate. */
  renew(pair: TlsPair): void;
  close(): Promise<void>;
};

/** `upgrades` by exact path; every other upgrade is refused. */
export function makeListener(pair: TlsPair, upgrades: ReadonlyMap<string, Upgrade>): Listener {
  const server = createServer({
    cert: pair.certificate,
    key: pair.key,
    minVersion: 'TLSv1.2',
    handshakeTimeout: limits.handshakeMs,
    headersTimeout: limits.requestHeadersMs,
    requestTimeout: limits.requestMs,
    connectionsCheckingInterval: limits.requestHeadersMs / 2,
    keepAliveTimeout: limits.requestMs,
  });
  server.maxConnections = limits.maxConnections;
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    const upgrade = upgrades.get(request.url?.split('?', 1)[0] ?? '');
    if (upgrade === undefined) refuseUpgrade(socket);
    else upgrade(request, socket, head);
  });
  server.on('clientError', (_error, socket: Duplex) => socket.destroy());
  return {
    server,
    listen: (port, host) => listen(server, port, host),
    renew: ({ certificate, key }) => server.setSecureContext({ cert: certificate, key, minVersion: 'TLSv1.2' }),
    close: () => close(server, sockets),
  };
}

function refuseUpgrade(socket: Duplex): void {
  socket.end('HTTP/1.1 404 Not Found\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
}

function listen(server: Server, port: number, host: string): Promise<Outcome<number>> {
  return new Promise((resolve) => {
    const refused = (error: NodeJS.ErrnoException): void => {
      const code = error.code === 'EADDRINUSE' ? 'port-in-use' : 'not-permitted';
      resolve(failure(code, `port ${port}: ${error.message}`));
    };
    server.once('error', refused);
    server.listen(port, host, () => {
      server.off('error', refused);
      resolve(success(portOf(server.address())));
    });
  });
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('the listener has no port');
  return address.port;
}

/** Sockets that were upgraded are their owners' to end; one whose peer does not answer is cut in time. */
function close(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => sockets.forEach((socket) => socket.destroy()), limits.stopWithinMs / 4);
    server.close(() => {
      clearTimeout(cut);
      resolve();
    });
    server.closeAllConnections();
  });
}
