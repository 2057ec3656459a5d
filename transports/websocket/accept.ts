/**
 * The intermediary's end of the WebSocket transport. The listener owns the HTTP server and decides which upgrades come here.
 */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import { WebSocketServer } from 'ws';
import type { Clock } from '../../protocol/clock.ts';
import { limits } from '../../protocol/limits.ts';
import type { Transport } from '../../protocol/transport.ts';
import { socketOptions, WebSocketTransport } from './websocket-transport.ts';

export type WebSocketAcceptor = {
  /** Takes an HTTP upgrade (the three arguments of Node's `upgrade` event). A request that is no WebSocket is answered 4xx and closed. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
};

export type WebSocketAcceptorOptions = {
  readonly clock: Clock;
  /** Whether this "address:port" may open a transport now; if not it is told to come again later. */
  isWelcome(remoteAddress: string): boolean;
  /** Called with each open transport, in the tick in which it opens. */
  accepted(transport: Transport): void;
};

export function acceptWebSocket(options: WebSocketAcceptorOptions): WebSocketAcceptor {
  const server = new WebSocketServer({ ...socketOptions, noServer: true, clientTracking: false });
  return {
    upgrade(request, socket, head) {
      const { remoteAddress = 'unknown', remotePort = 0 } = request.socket;
      const from = `${remoteAddress}:${remotePort}`;
      if (!options.isWelcome(from)) return turnAway(socket);
      const name = request.socket instanceof TLSSocket ? 'wss' : 'ws';
      server.handleUpgrade(request, socket, head, (webSocket) => {
        options.accepted(new WebSocketTransport(webSocket, { name, remoteAddress: from, clock: options.clock }));
      });
    },
  };
}

/** Before anything is spent on it. */
function turnAway(socket: Duplex): void {
  socket.end(`HTTP/1.1 503 Service Unavailable\r\nretry-after: ${limits.retryAfterSeconds}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
}
