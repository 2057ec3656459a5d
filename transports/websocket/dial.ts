/**
 * The agent's end of the WebSocket transport.
 */
import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { WebSocket } from 'ws';
import type { ClientOptions } from 'ws';
import type { Clock } from '../../protocol/clock.ts';
import { limits } from '../../protocol/limits.ts';
import { failure, success } from '../../protocol/outcome.ts';
import type { Failure } from '../../protocol/outcome.ts';
import type { Transport } from '../../protocol/transport.ts';
import { socketOptions, WebSocketTransport } from './websocket-transport.ts';

export type DialOptions = {
  /** `wss://host:port/agent`. Plain `ws://` is another transport and refused here. */
  readonly address: string;
  /** PEM. When given, this is the only authority that is trusted; otherwise those of the platform are. */
  readonly authority?: string | undefined;
  /** Gives up when aborted (`cancelled`). */
  readonly signal?: AbortSignal | undefined;
  readonly clock: Clock;
};

/** Why no transport came to be; `retryAfterMs` when the other side said how long to wait. */
export type DialFailure = Failure & { readonly retryAfterMs?: number };

/**
 * Connects, or says why not: `certificate-refused` (any failure of trust in TLS; nothing was sent), `timed-out`
 * (`limits.handshakeMs` for everything), `rate-limited` (HTTP 429 or 503), `cancelled`, otherwise `unreachable`.
 */
export function dialWebSocket(options: DialOptions): Promise<{ readonly ok: true; readonly value: Transport } | DialFailure> {
  if (!URL.canParse(options.address) || new URL(options.address).protocol !== 'wss:') {
    return Promise.resolve(failure('unreachable', `${options.address} is not a wss:// address`));
  }
  if (options.signal?.aborted === true) return Promise.resolve(failure('cancelled', 'given up before it began'));
  return new Promise((resolve) => new Attempt(options, resolve));
}

/** One attempt. Whatever happens first settles it; everything after that is ignored. */
class Attempt {
  readonly #webSocket: WebSocket;
  readonly #settle: (result: Awaited<ReturnType<typeof dialWebSocket>>) => void;
  #socket: Socket | undefined;

  constructor(options: DialOptions, resolve: (result: Awaited<ReturnType<typeof dialWebSocket>>) => void) {
    const timer = options.clock.after(limits.handshakeMs, () => this.#fail(failure('timed-out', `${options.address} did not answer within ${limits.handshakeMs} ms`)));
    const giveUp = (): void => this.#fail(failure('cancelled', 'given up'));
    this.#settle = (result) => {
      timer.cancel();
      options.signal?.removeEventListener('abort', giveUp);
      resolve(result);
    };
    options.signal?.addEventListener('abort', giveUp);
    this.#webSocket = new WebSocket(options.address, this.#socketOptions(options));
    this.#webSocket.on('error', (error) => this.#fail(this.#describe(error)));
    this.#webSocket.on('unexpected-response', (_request, response) => this.#fail(describeRefusal(response)));
    this.#webSocket.on('open', () => {
      this.#webSocket.removeAllListeners(); // from here on they are the transport's
      this.#settle(success(new WebSocketTransport(this.#webSocket, this.#remoteAddress(), options.clock)));
    });
  }

  #socketOptions({ authority }: DialOptions): ClientOptions {
    return {
      ...socketOptions,
      ...(authority === undefined ? {} : { ca: authority }),
      finishRequest: (request: ClientRequest) => {
        request.once('socket', (socket: Socket) => {
          this.#socket = socket;
        });
        request.end();
      },
    };
  }

  #fail(reason: DialFailure): void {
    this.#settle(reason);
    this.#webSocket.terminate();
  }

  /** TLS notes on its socket that trust failed, whichever of its many reasons it was. */
  #describe(error: Error): Failure {
    const socket = this.#socket;
    const isDistrusted = socket instanceof TLSSocket && Boolean(socket.authorizationError);
    return failure(isDistrusted ? 'certificate-refused' : 'unreachable', error.message);
  }

  #remoteAddress(): string {
    return `${this.#socket?.remoteAddress ?? 'unknown'}:${this.#socket?.remotePort ?? 0}`;
  }
}

/** An HTTP answer instead of a WebSocket: a busy intermediary, a proxy, or a server that is none of ours. */
function describeRefusal(response: IncomingMessage): DialFailure {
  const status = response.statusCode ?? 0;
  const afterSeconds = /^\d{1,6}$/.exec(response.headers['retry-after'] ?? '')?.[0];
  const wait = afterSeconds === undefined ? '' : `, try again after ${afterSeconds} s`;
  const code = status === 429 || status === 503 ? 'rate-limited' : 'unreachable';
  const reason = failure(code, `HTTP ${status} ${response.statusMessage ?? ''} instead of a WebSocket${wait}`);
  return afterSeconds === undefined ? reason : { ...reason, retryAfterMs: Number(afterSeconds) * 1000 };
}
