/**
 * A connection through a SOCKS proxy, versions 4, 4a and 5 (RFC 1928, RFC 1929), by the package `socks` over a stream that is
 * open already. Its wrapper `socks-proxy-agent` opens one of its own that nobody can close while the proxy is silent.
 */
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { SocksClientOptions } from 'socks';
import type { ErrorCode } from '../../protocol/errors.ts';
import { limits } from '../../protocol/limits.ts';
import { failure, success } from '../../protocol/outcome.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import type { Target } from '../path.ts';
import type { Authorization } from './authorization.ts';
import type { Proxy } from './proxy.ts';
import { nameOf } from './proxy.ts';
import { saying } from './saying.ts';

export type SocksOptions = {
  readonly proxy: Proxy;
  readonly authorization: Authorization;
  readonly reach: (signal: AbortSignal) => Promise<Outcome<Duplex>>;
};

export async function openSocks(target: Target, options: SocksOptions, signal: AbortSignal): Promise<Outcome<Duplex>> {
  const { SocksClient } = await import('socks'); // loaded when a SOCKS proxy is there
  const destination = options.proxy.kind === 'socks4' ? await resolved(target) : success(target);
  if (!destination.ok) return destination;
  const reached = await options.reach(signal);
  if (!reached.ok) return reached;
  const stream = reached.value as Socket;
  const giveUp = (): void => void stream.destroy();
  if (signal.aborted) giveUp();
  signal.addEventListener('abort', giveUp);
  try {
    await SocksClient.createConnection({ ...wish(options.proxy), destination: destination.value, existing_socket: stream });
    await takeBackEarlyBytes(stream);
    return signal.aborted ? failure('cancelled', 'given up') : success(stream);
  } catch (error) {
    stream.destroy();
    if (signal.aborted) return failure('cancelled', 'given up');
    const reason = error instanceof Error ? error.message : String(error);
    return failure(codeOf(reason), saying({ name: nameOf(options.proxy), ...options }, reason));
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}

function wish({ kind, host, port, credentials }: Proxy): Pick<SocksClientOptions, 'proxy' | 'timeout'> & { command: 'connect' } {
  const known = credentials === undefined ? {} : { userId: credentials.user, password: credentials.password };
  // our own time limit ends the stream before this one can
  return { command: 'connect', timeout: limits.proxyMs * 2, proxy: { host, port, type: kind === 'socks5' ? 5 : 4, ...known } };
}

/** SOCKS 4 has no names. */
async function resolved({ host, port }: Target): Promise<Outcome<Target>> {
  if (isIP(host) === 4) return success({ host, port });
  try {
    return success({ host: (await lookup(host, { family: 4 })).address, port });
  } catch (error) {
    return failure('unreachable', `${host} has no IPv4 address, and SOCKS 4 takes nothing else: ${error instanceof Error ? error.message : ''}`);
  }
}

/**
 * The package hands on bytes that came right behind the answer as one bare `data` event in the next turn, and lets the stream
 * flow then. A `readable` listener holds the stream; the event is caught, and the bytes are put back where they belong.
 */
async function takeBackEarlyBytes(stream: Socket): Promise<void> {
  const early: Buffer[] = [];
  const keep = (chunk: Buffer): void => void early.push(chunk);
  const hold = (): void => undefined;
  stream.on('readable', hold).on('data', keep).on('error', hold);
  await new Promise(setImmediate);
  stream.removeListener('data', keep).removeListener('readable', hold).removeListener('error', hold);
  if (early.length > 0) stream.unshift(Buffer.concat(early));
}

/** The package tells its reasons in words only. */
function codeOf(reason: string): ErrorCode {
  if (/authentication/i.test(reason)) return 'proxy-credentials';
  if (/NetworkUnreachable|HostUnreachable|ConnectionRefused|TTLExpired|Socks5.*Failure$|\(Failed\)/.test(reason)) return 'unreachable';
  return 'proxy-refused';
}
