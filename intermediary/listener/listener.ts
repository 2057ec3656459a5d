/**
 * The one port: TLS with HTTP and the upgrades to sockets behind it, plain HTTP and raw frames for agents that get nothing
 * else out, told apart by the first byte. Whoever is slow, silent or strange is cut off within the time limits here, before
 * anything of ours has been asked.
 */
import type { IncomingMessage, RequestListener, Server as PlainServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Server } from 'node:https';
import { createServer } from 'node:net';
import type { AddressInfo, Server as Port, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Clock } from '../../protocol/clock.ts';
import { limits } from '../../protocol/limits.ts';
import { failure, success } from '../../protocol/outcome.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import { FrontDoor } from './front-door.ts';
import { makePlainServer } from './plain-http.ts';
import { agentPath } from './transports.ts';
import type { AgentTransports, Upgrade } from './transports.ts';

/** PEM. */
export type TlsPair = { readonly certificate: string; readonly key: string };

export type Listener = {
  /** Gives the HTTPS server's requests, other than those of agents, to `handler`; gives the server. */
  serve(handler: RequestListener): Server;
  /** Opens the port (0: any free one) and gives it. Fails with `port-in-use` or `not-permitted`. */
  listen(port: number, host: string): Promise<Outcome<number>>;
  /** From now on new connections get this certificate. */
  renew(pair: TlsPair): void;
  close(): Promise<void>;
};

export type ListenerOptions = {
  readonly pair: TlsPair;
  readonly agents: AgentTransports;
  /** Upgrades behind TLS besides those of agents, by exact path; every other upgrade is refused. */
  readonly upgrades: ReadonlyMap<string, Upgrade>;
  readonly clock: Clock;
};

const httpBounds = {
  headersTimeout: limits.requestHeadersMs,
  requestTimeout: limits.requestMs,
  connectionsCheckingInterval: limits.requestHeadersMs / 2,
  keepAliveTimeout: limits.requestMs,
} as const;

export function makeListener({ pair, agents, upgrades, clock }: ListenerOptions): Listener {
  const secure = createTlsServer({ cert: pair.certificate, key: pair.key, minVersion: 'TLSv1.2', handshakeTimeout: limits.handshakeMs, ...httpBounds });
  const plain = makePlainServer(httpBounds, agents);
  const door = new FrontDoor(clock, agents.rawByte, {
    tls: (socket) => secure.emit('connection', socket),
    http: (socket) => plain.emit('connection', socket),
    raw: (socket) => {
      door.known(socket);
      agents.raw(socket);
    },
  });
  // The system probes connections that are still, so that a peer that is gone without a word is noticed within 25 + 10 s.
  const port = createServer({ allowHalfOpen: true, noDelay: true, keepAlive: true, keepAliveInitialDelay: limits.pingAfterMs });
  port.maxConnections = limits.maxConnections;
  const sockets = new Set<Socket>();
  port.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    door.arrive(socket);
  });
  guard(secure, door, new Map([...upgrades, [agentPath, agents.upgrade]]));
  guard(plain, door, new Map([[agentPath, agents.upgrade]]));
  return {
    serve: (handler) => secure.on('request', (request, response) => (agents.isPoll(request) ? agents.poll(request, response) : handler(request, response))),
    listen: (number, host) => listen(port, [secure, plain], { number, host }),
    renew: ({ certificate, key }) => secure.setSecureContext({ cert: certificate, key, minVersion: 'TLSv1.2' }),
    close: () => close(port, [secure, plain], sockets),
  };
}

type HttpServer = Server | PlainServer;

function guard(server: HttpServer, door: FrontDoor, upgrades: ReadonlyMap<string, Upgrade>): void {
  server.on('request', ({ socket }: IncomingMessage) => door.known(socket));
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    door.known(request.socket);
    socket.on('error', () => socket.destroy());
    const upgrade = upgrades.get(request.url?.split('?', 1)[0] ?? '');
    if (upgrade === undefined) refuseUpgrade(socket);
    else upgrade(request, socket, head);
  });
  server.on('clientError', (_error, socket: Duplex) => socket.destroy());
}

function refuseUpgrade(socket: Duplex): void {
  socket.end('HTTP/1.1 404 Not Found\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
}

function listen(port: Port, servers: readonly HttpServer[], { number, host }: { readonly number: number; readonly host: string }): Promise<Outcome<number>> {
  return new Promise((resolve) => {
    const refused = (error: NodeJS.ErrnoException): void => {
      const code = error.code === 'EADDRINUSE' ? 'port-in-use' : 'not-permitted';
      resolve(failure(code, `port ${number}: ${error.message}`));
    };
    port.once('error', refused);
    port.listen(number, host, () => {
      port.off('error', refused);
      // They get their connections from the port; at this event they begin to watch them for the time limits above.
      for (const server of servers) server.emit('listening');
      resolve(success(portOf(port.address())));
    });
  });
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('the listener has no port');
  return address.port;
}

/** For answers that are just leaving: good-byes to agents whose polls were held. */
const answersLeaveMs = 100;

/** Sockets that were upgraded are their owners' to end; one whose peer does not answer is cut in time. */
function close(port: Port, servers: readonly HttpServer[], sockets: ReadonlySet<Socket>): Promise<void> {
  return new Promise((resolve) => {
    const last = setTimeout(() => servers.forEach((server) => server.closeAllConnections()), answersLeaveMs);
    const cut = setTimeout(() => sockets.forEach((socket) => socket.destroy()), limits.stopWithinMs / 4);
    port.close(() => {
      clearTimeout(last);
      clearTimeout(cut);
      resolve();
    });
    for (const server of servers) server.close();
  });
}
