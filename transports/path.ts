/**
 * How bytes leave the network: directly, or through one proxy. Every transport dials over a path, so that each of them
 * passes each kind of proxy without knowing any.
 */
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { failure, success } from '../protocol/outcome.ts';
import type { Outcome } from '../protocol/outcome.ts';

export type Target = { readonly host: string; readonly port: number };

export type Path = {
  /** `directly`, or the proxy without its credentials: `http://10.0.0.5:3128`. */
  readonly name: string;
  /** Where a proxy was found, in words that follow "found in": `HTTPS_PROXY of the environment`. */
  readonly foundBy?: string;
  /** An open byte stream to the target, as though it were connected directly. A failure has closed what it opened. */
  connect(target: Target, signal: AbortSignal): Promise<Outcome<Duplex>>;
  /** Only where a proxy forwards plain HTTP: requests in absolute form (RFC 9112, section 3.2.2), to the proxy itself. */
  readonly forward?: Forward;
};

export type Forward = {
  /** An open byte stream to the proxy. */
  connect(signal: AbortSignal): Promise<Outcome<Duplex>>;
  /** The value of `proxy-authorization` for one request; undefined when there is nothing to say (yet). */
  authorization(method: string, uri: string): string | undefined;
  /** Takes the `proxy-authenticate` of a 407 answer. True: the same request is worth another try. */
  challenged(header: string): boolean;
};

/** No proxy. */
export const directPath: Path = {
  name: 'directly',
  connect: ({ host, port }, signal) => new Promise((resolve) => {
    if (signal.aborted) return resolve(failure('cancelled', 'given up before it began'));
    const socket: Socket = connect({ host, port, autoSelectFamily: true });
    const giveUp = (): void => void socket.destroy(new Error('given up'));
    const settle = (outcome: Outcome<Duplex>): void => {
      signal.removeEventListener('abort', giveUp);
      socket.removeAllListeners('error');
      resolve(outcome);
    };
    signal.addEventListener('abort', giveUp);
    socket.once('error', (error) => settle(failure(signal.aborted ? 'cancelled' : 'unreachable', error.message)));
    socket.once('connect', () => settle(success(socket.setNoDelay())));
  }),
};

/** `host:port` or `[v6]:port`, also behind `ftp://`; undefined when it is neither. */
export function parseTarget(address: string): Target | undefined {
  const parsed = URL.parse(`tcp://${address.replace(/^ftp:\/\//, '')}`);
  if (parsed === null || parsed.port === '' || parsed.hostname === '' || parsed.pathname !== '') return undefined;
  return { host: parsed.hostname.replace(/^\[|\]$/g, ''), port: Number(parsed.port) };
}
