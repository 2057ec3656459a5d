/**
 * The names under which an intermediary is reached: what a server certificate vouches for.
 */
import { isIP } from 'node:net';
import type { X509Certificate } from 'node:crypto';
import { failure, success } from '../protocol/outcome.ts';
import type { Outcome } from '../protocol/outcome.ts';

export type ServerName = { readonly type: 'dns' | 'ip'; readonly value: string };

const alwaysNamed = ['localhost', '127.0.0.1', '::1'];
/** RFC 1123 host names, by label; no wildcards, since an intermediary knows what it is called. */
const hostName = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/;

/** The given names and those of the loopback, each once in its canonical form; `usage` for what is neither name nor address. */
export function serverNames(given: readonly string[]): Outcome<readonly ServerName[]> {
  const names = new Map<string, ServerName>();
  for (const text of [...alwaysNamed, ...given]) {
    const name = readName(text);
    if (name === undefined) return failure('usage', `"${text}" is neither a host name nor an IP address`);
    names.set(name.value, name);
  }
  return success([...names.values()]);
}

function readName(text: string): ServerName | undefined {
  if (isIP(text) === 4) return { type: 'ip', value: text };
  if (isIP(text) === 6) return { type: 'ip', value: canonicalIpv6(text) };
  const lower = text.toLowerCase();
  return hostName.test(lower) ? { type: 'dns', value: lower } : undefined;
}

/** RFC 5952, as the URL standard writes it. Without a zone, which no certificate can hold. */
function canonicalIpv6(text: string): string {
  return new URL(`http://[${text.replace(/%.*$/, '')}]/`).hostname.slice(1, -1);
}

/** Whether a certificate vouches for just these names. */
export function namesExactly(certificate: X509Certificate, names: readonly ServerName[]): boolean {
  const count = certificate.subjectAltName?.split(', ').length ?? 0;
  return count === names.length && names.every(({ type, value }) =>
    (type === 'ip' ? certificate.checkIP(value) : certificate.checkHost(value)) !== undefined);
}
