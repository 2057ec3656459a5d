/** The intermediary's end of the TCP transport. The listener owns the port and tells by the first byte which connections come here. */
import type { Socket } from 'node:net';
import type { Clock } from '../../protocol/clock.ts';
import type { Transport } from '../../protocol/transport.ts';
import { TcpTransport } from './tcp-transport.ts';
import { encodeGoodBye, opening } from './wire.ts';

export type TcpAcceptor = {
  /** With which byte its connections begin. */
  readonly firstByte: number;
  /** Takes a connection from which nothing has been read. */
  connection(socket: Socket): void;
};

export type TcpAcceptorOptions = {
  readonly clock: Clock;
  /** Whether this "address:port" may open a transport now. */
  isWelcome(remoteAddress: string): boolean;
  /** Called with each transport at once: that it comes to something, the handshake's time limit sees to. */
  accepted(transport: Transport): void;
};

export function acceptTcp(options: TcpAcceptorOptions): TcpAcceptor {
  return {
    firstByte: opening[0] ?? 0,
    connection(socket) {
      const { remoteAddress = 'unknown', remotePort = 0 } = socket;
      const from = `${remoteAddress}:${remotePort}`;
      if (options.isWelcome(from)) options.accepted(new TcpTransport(socket, { side: 'dialled', remoteAddress: from, clock: options.clock }));
      else socket.on('error', () => socket.destroy()).end(encodeGoodBye('rate-limited'));
    },
  };
}
