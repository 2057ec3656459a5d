/**
 * TLS over whatever path leads there. A certificate that does not verify is refused before a byte is sent, with the name
 * of who issued it: so a proxy that opens TLS is reported and never trusted.
 */
import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect } from 'node:tls';
import type { TLSSocket } from 'node:tls';
import { failure, success } from '../protocol/outcome.ts';
import type { Failure, Outcome } from '../protocol/outcome.ts';

export type TrustOptions = {
  /** The name or address that the certificate must carry. */
  readonly host: string;
  /** PEM of the one authority to trust; without it those of the platform. */
  readonly authority?: string | undefined;
  readonly signal: AbortSignal;
};

/** TLS on an open stream. Fails with `certificate-refused`, `cancelled` or `unreachable`, and has closed the stream then. */
export function secure(stream: Duplex, { host, authority, signal }: TrustOptions): Promise<Outcome<TLSSocket>> {
  return new Promise((resolve) => {
    const socket = connect({
      socket: stream,
      host,
      ...(isIP(host) === 0 ? { servername: host } : {}),
      ...(authority === undefined ? {} : { ca: authority }),
      ALPNProtocols: ['http/1.1'], // what a browser offers for a WebSocket
      minVersion: 'TLSv1.2',
      // Judged below instead, by the same verdict, since a socket that Node refuses has lost the certificate it was shown.
      rejectUnauthorized: false,
    });
    const giveUp = (): void => void socket.destroy(new Error('given up'));
    const settle = (outcome: Outcome<TLSSocket>): void => {
      signal.removeEventListener('abort', giveUp);
      if (!outcome.ok) socket.destroy();
      if (!outcome.ok) stream.destroy();
      resolve(outcome);
    };
    if (signal.aborted) giveUp();
    signal.addEventListener('abort', giveUp);
    socket.on('error', (error) => settle(failure(signal.aborted ? 'cancelled' : 'unreachable', error.message)));
    socket.once('close', () => settle(failure('unreachable', 'the connection ended before TLS was agreed')));
    socket.once('secureConnect', () => settle(socket.authorized ? success(socket) : refusalOf(socket)));
  });
}

function refusalOf(socket: TLSSocket): Failure {
  const issuer = socket.getPeerX509Certificate()?.issuer.replaceAll('\n', ', ') ?? 'nobody';
  return failure('certificate-refused', `${String(socket.authorizationError)}; the certificate shown was issued by ${issuer}`);
}
