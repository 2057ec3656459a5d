/** The list of transports that agents may come by, and what each of them comes as on the one port. The only file that knows them. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Clock } from '../../protocol/clock.ts';
import type { Transport } from '../../protocol/transport.ts';
import { acceptFtp } from '../../transports/ftp/accept.ts';
import { acceptPolls } from '../../transports/poll/accept.ts';
import { acceptTcp } from '../../transports/tcp/accept.ts';
import { acceptWebSocket } from '../../transports/websocket/accept.ts';

export type Upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

export type AgentTransports = {
  /** Takes an HTTP upgrade at `agentPath`. */
  readonly upgrade: Upgrade;
  /** Whether an HTTP request is one of ours, and takes it. */
  isPoll(request: IncomingMessage): boolean;
  poll(request: IncomingMessage, response: ServerResponse): void;
  /** With which byte a connection begins that is neither TLS nor HTTP, and takes it. */
  readonly rawByte: number;
  raw(socket: Socket): void;
};

export const agentPath = '/agent';

export type Intake = {
  readonly clock: Clock;
  /** Whether an agent from this "address:port" may come in now. */
  isWelcome(remoteAddress: string): boolean;
  accepted(transport: Transport): void;
};

export function agentTransports(intake: Intake): AgentTransports {
  const webSocket = acceptWebSocket(intake);
  const polls = acceptPolls(intake);
  const tcp = acceptTcp(intake);
  return {
    upgrade: (request, socket, head) => webSocket.upgrade(request, socket, head),
    isPoll: (request) => polls.isPoll(request),
    poll: (request, response) => polls.request(request, response),
    rawByte: tcp.firstByte,
    raw: (socket) => tcp.connection(socket),
  };
}

/** The one that comes as files in a folder which an FTP server beside this program serves. */
export const folderTransport = acceptFtp;
