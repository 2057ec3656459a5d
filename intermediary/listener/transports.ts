/** The list of transports that agents may come by, with the address each one answers at. The only file that knows them. */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Clock } from '../../protocol/clock.ts';
import type { Transport } from '../../protocol/transport.ts';
import { acceptFtp } from '../../transports/ftp/accept.ts';
import { acceptWebSocket } from '../../transports/websocket/accept.ts';

export type Upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

/** Those that come as an HTTP upgrade, by path. */
export function upgradeTransports(options: { readonly clock: Clock; accepted(transport: Transport): void }): ReadonlyMap<string, Upgrade> {
  const webSocket = acceptWebSocket(options);
  return new Map([['/agent', (request, socket, head) => webSocket.upgrade(request, socket, head)]]);
}

/** The one that comes as files in a folder which an FTP server beside this program serves. */
export const folderTransport = acceptFtp;
