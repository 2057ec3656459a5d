/**
 * transports/proxies: the ways out that lead through somebody else's proxy, each as a `Path`. Here and not with the agent's
 * contact, since a proxy moves bytes and knows neither end; which proxies there are, the agent finds out.
 *
 * This file: what is known of one proxy, read from its URL.
 */
import { failure, success } from '../../protocol/outcome.ts';
import type { Outcome } from '../../protocol/outcome.ts';

/** `socks4` takes only addresses, so names are resolved here; all others resolve them on the proxy's side. */
export const proxyKinds = ['http', 'https', 'socks4', 'socks4a', 'socks5'] as const;
export type ProxyKind = (typeof proxyKinds)[number];

export type Credentials = { readonly user: string; readonly password: string };

export type Proxy = {
  readonly kind: ProxyKind;
  readonly host: string;
  readonly port: number;
  readonly credentials?: Credentials;
};

const defaultPorts = { http: 80, https: 443, socks4: 1080, socks4a: 1080, socks5: 1080 } satisfies Record<ProxyKind, number>;
const aliases: Readonly<Record<string, ProxyKind>> = { socks: 'socks5', socks5h: 'socks5' };

/** A URL, or `host:port` for an HTTP proxy as people write it. A failure (`usage`) never repeats what was given: it may hold a password. */
export function parseProxy(text: string): Outcome<Proxy> {
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`);
  const scheme = url?.protocol.slice(0, -1) ?? '';
  const kind = proxyKinds.find((name) => name === scheme) ?? (Object.hasOwn(aliases, scheme) ? aliases[scheme] : undefined);
  const credentials = url === null ? undefined : credentialsOf(url);
  if (url === null || kind === undefined || url.hostname === '' || credentials === 'malformed' || !/^\/?$/.test(url.pathname + url.search + url.hash)) {
    return failure('usage', `not the address of a proxy: it should look like http://name:password@host:port, and http may be ${proxyKinds.slice(1).join(', ')}`);
  }
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = url.port === '' ? writtenPort(text) ?? defaultPorts[kind] : Number(url.port);
  return success({ kind, host, port, ...(credentials === undefined ? {} : { credentials }) });
}

/** What may be shown of it: never its credentials. */
export function nameOf({ kind, host, port }: Proxy): string {
  return `${kind}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Percent-decoded (RFC 3986, section 2.1). */
function credentialsOf({ username, password }: URL): Credentials | 'malformed' | undefined {
  if (username === '' && password === '') return undefined;
  try {
    return { user: decodeURIComponent(username), password: decodeURIComponent(password) };
  } catch {
    return 'malformed';
  }
}

/** The URL standard leaves out a port that is the default one of the web: `http://proxy:80`. */
function writtenPort(text: string): number | undefined {
  const port = /:(\d{1,5})\/?$/.exec(text)?.[1];
  return port === undefined ? undefined : Number(port);
}
