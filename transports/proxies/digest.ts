/**
 * HTTP digest authentication (RFC 7616): proves a password to a proxy without sending it. Pure; the client nonce is handed in.
 */
import { createHash } from 'node:crypto';
import type { Challenge } from './challenge.ts';
import type { Credentials } from './proxy.ts';

/** Of RFC 7616, section 6.1, best first; each also as `-sess`. The values are the names that node:crypto has for them. */
const hashes: Readonly<Record<string, string>> = { 'sha-512-256': 'sha512-256', 'sha-256': 'sha256', 'md5': 'md5' };

export type DigestRequest = {
  readonly method: string;
  readonly uri: string;
  /** How often this nonce has been answered, this time included. */
  readonly count: number;
  readonly clientNonce: string;
};

/** The challenge with the best hash that can be answered here. */
export function bestDigest(challenges: readonly Challenge[]): Challenge | undefined {
  const usable = challenges.filter(({ scheme, parameters }) => scheme === 'digest' && parameters.has('nonce') && (qopsOf(parameters)?.includes('auth') ?? true));
  return Object.keys(hashes).flatMap((name) => usable.filter((one) => algorithmOf(one).name === name))[0];
}

/** The value of `proxy-authorization` (section 3.4). */
export function answerDigest({ parameters, ...challenge }: Challenge, { user, password }: Credentials, request: DigestRequest): string {
  const { name, isSession, written } = algorithmOf({ parameters, ...challenge });
  const hash = (text: string): string => createHash(hashes[name] ?? 'md5').update(text, 'utf8').digest('hex');
  const [realm, nonce, opaque] = [parameters.get('realm') ?? '', parameters.get('nonce') ?? '', parameters.get('opaque')];
  const count = request.count.toString(16).padStart(8, '0');
  const secret = hash(`${user}:${realm}:${password}`);
  const first = isSession ? hash(`${secret}:${nonce}:${request.clientNonce}`) : secret;
  const second = hash(`${request.method}:${request.uri}`);
  const hasQop = qopsOf(parameters) !== undefined;
  // without qop a proxy speaks RFC 2069, which the newer one still allows (section 3.4.1)
  const response = hash(hasQop ? `${first}:${nonce}:${count}:${request.clientNonce}:auth:${second}` : `${first}:${nonce}:${second}`);
  const hidesUser = parameters.get('userhash')?.toLowerCase() === 'true';
  return `Digest ${[
    userField(hidesUser ? hash(`${user}:${realm}`) : user),
    `realm=${quoted(realm)}`,
    `nonce=${quoted(nonce)}`,
    `uri=${quoted(request.uri)}`,
    `response="${response}"`,
    ...(written === undefined ? [] : [`algorithm=${written}`]),
    ...(opaque === undefined ? [] : [`opaque=${quoted(opaque)}`]),
    ...(hasQop ? ['qop=auth', `nc=${count}`] : []),
    ...(hasQop || isSession ? [`cnonce="${request.clientNonce}"`] : []),
    ...(hidesUser ? ['userhash=true'] : []),
  ].join(', ')}`;
}

function algorithmOf({ parameters }: Challenge): { name: string; isSession: boolean; written: string | undefined } {
  const written = parameters.get('algorithm');
  const lower = (written ?? 'md5').toLowerCase();
  return { name: lower.replace(/-sess$/, ''), isSession: lower.endsWith('-sess'), written };
}

/** The qualities of protection on offer; undefined when the proxy knows of none. */
function qopsOf(parameters: ReadonlyMap<string, string>): readonly string[] | undefined {
  return parameters.get('qop')?.toLowerCase().split(',').map((one) => one.trim());
}

/** A name that a quoted string cannot hold goes in the notation of RFC 8187 (section 3.4 of RFC 7616). */
function userField(user: string): string {
  if (/^[\x20-\x7e]*$/.test(user)) return `username=${quoted(user)}`;
  return `username*=UTF-8''${encodeURIComponent(user).replace(/[!'()*]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`)}`;
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}
