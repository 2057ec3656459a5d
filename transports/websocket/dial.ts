/**
 * The agent's end of the WebSocket transport.
 */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocket } from 'ws';
import type { Clock } from '../../protocol/clock.ts';
import { failure, success } from '../../protocol/outcome.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import { readRetryAfter, withinDialTime } from '../dialling.ts';
import type { DialFailure, Dialled } from '../dialling.ts';
import { directPath } from '../path.ts';
import type { Path } from '../path.ts';
import { secure } from '../secure.ts';
import { socketOptions, WebSocketTransport } from './websocket-transport.ts';

export type DialOptions = {
  /** `wss://host:port/agent`, or `ws://…` without TLS. */
  readonly address: string;
  /** PEM. When given, this is the only authority that is trusted; otherwise those of the platform are. */
  readonly authority?: string | undefined;
  /** Directly, unless said otherwise. */
  readonly path?: Path;
  /** Gives up when aborted (`cancelled`). */
  readonly signal?: AbortSignal | undefined;
  readonly clock: Clock;
};

/**
 * Connects, or says why not: `certificate-refused` (any failure of trust in TLS; nothing was sent), `timed-out`
 * (`limits.handshakeMs` for everything), `rate-limited` (HTTP 429 or 503), `cancelled`, what the path says, otherwise `unreachable`.
 */
export async function dialWebSocket(options: DialOptions): Promise<Dialled> {
  const { address, clock, signal = new AbortController().signal } = options;
  const url = URL.parse(address);
  if (url === null || !['ws:', 'wss:'].includes(url.protocol)) return failure('unreachable', `${address} is no address of a WebSocket`);
  return withinDialTime({ address, clock, signal }, async (attempt) => {
    const opened = await openStream(url, options, attempt);
    return opened.ok ? upgrade(url, opened.value, { signal: attempt, clock }) : opened;
  });
}

/**
 * Masks keep scripts of a page from writing requests that a cache on the way takes for others' (RFC 6455, section 10.3). Inside TLS there is none,
 * and what is sent is sealed: a mask of zeros, which costs nothing.
 */
const unmasked = { generateMask: (mask: Buffer) => void mask.fill(0) };

async function openStream(url: URL, { path = directPath, authority }: DialOptions, signal: AbortSignal): Promise<Outcome<Duplex>> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const isSecure = url.protocol === 'wss:';
  const opened = await path.connect({ host, port: Number(url.port) || (isSecure ? 443 : 80) }, signal);
  return opened.ok && isSecure ? secure(opened.value, { host, authority, signal }) : opened;
}

/** Asks for the WebSocket on an open stream. Whatever happens first settles it; everything after that is ignored. */
function upgrade(url: URL, stream: Duplex, { signal, clock }: { readonly signal: AbortSignal; readonly clock: Clock }): Promise<Dialled> {
  return new Promise((resolve) => {
    const webSocket = new WebSocket(url, { ...socketOptions, ...(url.protocol === 'wss:' ? unmasked : {}), createConnection: () => stream });
    const fail = (reason: DialFailure): void => {
      resolve(reason);
      webSocket.terminate();
      stream.destroy();
    };
    const giveUp = (): void => fail(failure('cancelled', 'given up'));
    if (signal.aborted) giveUp();
    signal.addEventListener('abort', giveUp);
    webSocket.on('error', (error) => fail(failure('unreachable', error.message)));
    webSocket.on('unexpected-response', (_request, response) => fail(describeRefusal(response)));
    webSocket.on('open', () => {
      signal.removeEventListener('abort', giveUp);
      webSocket.removeAllListeners(); // from here on they are the transport's
      const name = url.protocol === 'wss:' ? 'wss' : 'ws';
      resolve(success(new WebSocketTransport(webSocket, { name, remoteAddress: url.host, clock })));
    });
  });
}

/** An HTTP answer instead of a WebSocket: a busy intermediary, a proxy, or a server that is none of ours. */
function describeRefusal(response: IncomingMessage): DialFailure {
  const status = response.statusCode ?? 0;
  const retry = readRetryAfter(response.headers['retry-after']);
  const wait = retry.retryAfterMs === undefined ? '' : `, try again after ${retry.retryAfterMs / 1000} s`;
  const code = status === 429 || status === 503 ? 'rate-limited' : 'unreachable';
  return { ...failure(code, `HTTP ${status} ${response.statusMessage ?? ''} instead of a WebSocket${wait}`), ...retry };
}
