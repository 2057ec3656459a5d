/**
 * The first step of every way through a proxy: an open byte stream to the proxy itself, over TLS where it wants that.
 */
import type { Duplex } from 'node:stream';
import { getCACertificates } from 'node:tls';
import { failure } from '../../protocol/outcome.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import { directPath } from '../path.ts';
import { secure } from '../secure.ts';
import { nameOf } from './proxy.ts';
import type { Proxy } from './proxy.ts';

/** PEM of the authorities that may vouch for an HTTPS proxy; undefined for those of the platform and of Node. */
export type Authorities = readonly string[] | undefined;

export async function reachProxy(proxy: Proxy, authorities: Authorities, signal: AbortSignal): Promise<Outcome<Duplex>> {
  const reached = await directPath.connect(proxy, signal);
  if (!reached.ok) return { ...reached, detail: `proxy ${nameOf(proxy)}: ${reached.detail}` };
  if (proxy.kind !== 'https') return reached;
  const authority = (authorities ?? [...getCACertificates('default'), ...getCACertificates('system')]).join('\n');
  const secured = await secure(reached.value, { host: proxy.host, authority, signal });
  if (secured.ok || secured.code === 'cancelled') return secured;
  // never as `certificate-refused`: that speaks of the intermediary
  return failure('proxy-refused', `proxy ${nameOf(proxy)}: TLS to the proxy failed: ${secured.detail}`);
}
