/**
 * The intermediary's end of the WebSocket transport. The listener owns the HTTP server and decides which upgrades come here.
 */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { Clock } from '../../protocol/clock.ts';
import type { Transport } from '../../protocol/transport.ts';
import { socketOptions, WebSocketTransport } from './websocket-transport.ts';

export type WebSocketAcceptor = {
  /** Takes an HTTP upgrade (the three arguments of Node's `upgrade` event). A request that is no WebSocket is answered 4xx and closed. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
};

/** `accepted` is called with each open transport, in the tick in which it opens. */
export function acceptWebSocket(options: { readonly clock: Clock; accepted(transport: Transport): void }): WebSocketAcceptor {
  const server = new WebSocketServer({ ...socketOptions, noServer: true, clientTracking: false });
  return {
    upgrade(request, socket, head) {
      const { remoteAddress, remotePort } = request.socket;
      server.handleUpgrade(request, socket, head, (webSocket) => {
        options.accepted(new WebSocketTransport(webSocket, `${remoteAddress ?? 'unknown'}:${remotePort ?? 0}`, options.clock));
      });
    },
  };
}
