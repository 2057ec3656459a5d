/**
 * The first step of every way through a proxy: an open byte stream to the proxy itself, over TLS where it wants that.
 */
import { isIP } from 'node:net';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls, getCACertificates } from 'node:tls';
import { failure, success } from '../../protocol/outcome.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import { directPath } from '../path.ts';
import { nameOf } from './proxy.ts';
import type { Proxy } from './proxy.ts';

/** PEM of the authorities that may vouch for an HTTPS proxy; undefined for those of the platform and of Node. */
export type Authorities = readonly string[] | undefined;

export async function reachProxy(proxy: Proxy, authorities: Authorities, signal: AbortSignal): Promise<Outcome<Duplex>> {
  const reached = await directPath.connect(proxy, signal);
  if (!reached.ok) return { ...reached, detail: `proxy ${nameOf(proxy)}: ${reached.detail}` };
  if (proxy.kind !== 'https') return reached;
  return secure(reached.value as Socket, { proxy, authorities, signal });
}

type Wish = { readonly proxy: Proxy; readonly authorities: Authorities; readonly signal: AbortSignal };

/** A proxy that cannot prove its name is refused, but never as `certificate-refused`: that speaks of the intermediary. */
function secure(socket: Socket, { proxy, authorities, signal }: Wish): Promise<Outcome<Duplex>> {
  return new Promise((resolve) => {
    const stream = connectTls({
      socket,
      ca: authorities === undefined ? platformAuthorities() : [...authorities],
      ALPNProtocols: ['http/1.1'], // one that speaks HTTP/2 too must not begin with it
      ...(isIP(proxy.host) === 0 ? { servername: proxy.host } : { host: proxy.host }),
    });
    const giveUp = (): void => void stream.destroy(new Error('given up'));
    const settle = (outcome: Outcome<Duplex>): void => {
      signal.removeEventListener('abort', giveUp);
      stream.removeAllListeners('error');
      resolve(outcome);
    };
    signal.addEventListener('abort', giveUp);
    stream.once('error', (error) => {
      socket.destroy();
      settle(failure(signal.aborted ? 'cancelled' : 'proxy-refused', `proxy ${nameOf(proxy)}: TLS to the proxy failed: ${error.message}`));
    });
    stream.once('secureConnect', () => settle(success(stream)));
  });
}

function platformAuthorities(): string[] {
  return [...getCACertificates('default'), ...getCACertificates('system')];
}
