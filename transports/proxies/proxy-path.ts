/**
 * A proxy as a `Path`, whatever its kind, with an end to every attempt.
 */
import type { Duplex } from 'node:stream';
import type { Clock, Random } from '../../protocol/clock.ts';
import { limits } from '../../protocol/limits.ts';
import { failure } from '../../protocol/outcome.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import type { Forward, Path } from '../path.ts';
import { Authorization } from './authorization.ts';
import { nameOf } from './proxy.ts';
import type { Proxy } from './proxy.ts';
import { reachProxy } from './reach.ts';
import type { Authorities } from './reach.ts';

export type ProxyPathOptions = {
  readonly clock: Clock;
  readonly random: Random;
  /** Who may vouch for an HTTPS proxy, as PEM; those of the platform and of Node when left out. */
  readonly authorities?: Authorities;
  /** Where the proxy was found, in words that follow "found in": `HTTPS_PROXY of the environment`. */
  readonly foundBy?: string;
};

type Open = (signal: AbortSignal) => Promise<Outcome<Duplex>>;

/**
 * Its failures: `unreachable` (the proxy, or by its word the target), `timed-out` (it took the connection and then said
 * nothing within `limits.proxyMs`), `proxy-refused`, `proxy-credentials`, `cancelled`.
 */
export function proxyPath(proxy: Proxy, { clock, random, authorities, foundBy }: ProxyPathOptions): Path {
  const name = nameOf(proxy);
  const authorization = new Authorization(proxy.credentials, random);
  const attempt = (signal: AbortSignal, open: (reach: Open) => Open): Promise<Outcome<Duplex>> => bounded({ clock, signal, name }, (reached) =>
    open(async (inner) => {
      const outcome = await reachProxy(proxy, authorities, inner);
      if (outcome.ok) reached();
      return outcome;
    }));
  const isHttp = proxy.kind === 'http' || proxy.kind === 'https';
  return {
    name,
    ...(foundBy === undefined ? {} : { foundBy }),
    connect: (target, signal) => attempt(signal, (reach) => async (inner) => {
      if (isHttp) return (await import('./http-tunnel.ts')).openTunnel(target, { name, authorization, reach }, inner);
      return (await import('./socks.ts')).openSocks(target, { proxy, authorization, reach }, inner);
    }),
    ...(isHttp ? { forward: forwardBy(authorization, (signal) => attempt(signal, (reach) => reach)) } : {}),
  };
}

function forwardBy(authorization: Authorization, connect: Open): Forward {
  return {
    connect,
    authorization: (method, uri) => authorization.value(method, uri),
    challenged: (header) => authorization.challenged(header),
  };
}

/** Ends an attempt that takes too long; what it opened closes with the signal it was given. */
async function bounded({ clock, signal, name }: { clock: Clock; signal: AbortSignal; name: string }, make: (reached: () => void) => Open): Promise<Outcome<Duplex>> {
  const ending = new AbortController();
  const timer = clock.after(limits.proxyMs, () => ending.abort());
  let isReached = false;
  const outcome = await make(() => { isReached = true; })(AbortSignal.any([signal, ending.signal]));
  timer.cancel();
  if (outcome.ok || outcome.code !== 'cancelled' || signal.aborted) return outcome;
  return isReached
    ? failure('timed-out', `proxy ${name} took the connection and gave no answer within ${limits.proxyMs} ms`)
    : failure('unreachable', `proxy ${name} could not be reached within ${limits.proxyMs} ms`);
}
