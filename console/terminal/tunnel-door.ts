/**
 * The door of a tunnel on this computer: a port of the loopback interface. Each connection to it becomes one in the tunnel.
 */
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import type { ErrorCode } from '../../protocol/errors.ts';
import { failure, success } from '../../protocol/outcome.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import type { Tunnel } from '../../protocol/tunnel/tunnel.ts';
import type { TunnelWhere } from './tunnel-where.ts';

export type Door = { readonly port: number; /** From now on connections go into this tunnel. */ lead(tunnel: Tunnel): void; close(): void };

/** Opens it. Fails with `port-in-use` or `not-permitted`, when the port was demanded. */
export async function openDoor({ local, port }: TunnelWhere, refused: (code: ErrorCode) => void): Promise<Outcome<Door>> {
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true });
  const opened = await listen(server, local ?? port);
  if (!opened.ok && local !== undefined) return opened;
  const anywhere = opened.ok ? opened : await listen(server, 0);
  if (!anywhere.ok) return anywhere;
  let into: Tunnel | undefined;
  server.on('connection', (socket: Socket) => (into === undefined ? socket.destroy() : join(socket, into, refused)));
  return success({
    port: anywhere.value,
    lead: (tunnel) => {
      into = tunnel;
    },
    close: () => server.close(),
  });
}

function listen(server: Server, port: number): Promise<Outcome<number>> {
  return new Promise((resolve) => {
    const failed = (error: NodeJS.ErrnoException): void =>
      resolve(failure(error.code === 'EACCES' ? 'not-permitted' : 'port-in-use', `port ${port} of this computer; choose another: LOCAL:HOST:PORT`));
    server.once('error', failed);
    server.listen({ host: '127.0.0.1', port }, () => {
      server.off('error', failed);
      const address = server.address();
      resolve(success(typeof address === 'object' && address !== null ? address.port : port));
    });
  });
}

/** Both directions with back-pressure, each ending by itself. */
function join(socket: Socket, tunnel: Tunnel, refused: (code: ErrorCode) => void): void {
  const connection = tunnel.open();
  if (connection === undefined) {
    socket.destroy();
    return refused('too-many-streams');
  }
  let broken = false;
  connection.listen({
    data: (bytes) => void socket.write(bytes, () => connection.take(bytes.byteLength)),
    ended: () => void socket.end(),
    drained: () => void socket.resume(),
    reset: (code) => {
      broken = true;
      refused(code);
      socket.resetAndDestroy();
    },
  });
  socket.on('data', (bytes: Uint8Array) => {
    if (!connection.write(bytes)) socket.pause();
  });
  socket.on('end', () => connection.end());
  socket.on('error', () => {
    if (!broken) connection.reset('connection-lost');
  });
  socket.resume();
}
