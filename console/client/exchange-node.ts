/**
 * REST exchanges and the live socket as the terminal makes them: TLS with the pinned authority, bearer token.
 */
import { Agent, request as httpsRequest } from 'node:https';
import { WebSocket } from 'ws';
import { isErrorCode } from '../../protocol/errors.ts';
import type { ErrorCode } from '../../protocol/errors.ts';
import { limits } from '../../protocol/limits.ts';
import { failure, success } from '../../protocol/outcome.ts';
import type { Failure, Outcome } from '../../protocol/outcome.ts';
import type { Exchange, HttpAnswer } from './http.ts';
import type { Dial } from './live-socket.ts';

export type NodeAddress = {
  /** `https://host:port` */
  readonly address: string;
  /** PEM of the authority that alone is trusted; absent: those of the system. */
  readonly authority?: string;
};

/** Exchanges over kept-alive connections, which do not keep the process alive. */
export function nodeExchange({ address, authority }: NodeAddress): Exchange {
  const agent = new Agent({ keepAlive: true, ...(authority === undefined ? {} : { ca: authority }) });
  return ({ method, path, headers, body }) =>
    new Promise<Outcome<HttpAnswer>>((resolve) => {
      const sent = httpsRequest(new URL(path, address), { method, agent, headers, timeout: limits.exchangeMs }, (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('end', () => resolve(success({ status: response.statusCode ?? 0, text: Buffer.concat(parts).toString('utf8') })));
        response.on('error', (error) => resolve(networkFailure(error, address)));
      });
      sent.on('timeout', () => sent.destroy(new Error('timed-out')));
      sent.on('error', (error) => resolve(networkFailure(error, address)));
      sent.end(body);
    });
}

/** Sockets with the token in the sub-protocol, pinged so that a dead path is noticed. */
export function nodeDial({ address, authority }: NodeAddress, token: () => string): Dial {
  return (handlers) => {
    const url = `${address.replace(/^http/, 'ws')}/api/live`;
    const socket = new WebSocket(url, ['behest', `bearer.${token()}`], {
      ...(authority === undefined ? {} : { ca: authority }),
      handshakeTimeout: limits.exchangeMs,
      perMessageDeflate: false,
    });
    const stopPinging = keepChecking(socket);
    let reason = '';
    socket.on('open', () => handlers.opened());
    socket.on('message', (data) => handlers.message(data instanceof Buffer ? Uint8Array.from(data) : new Uint8Array()));
    socket.on('error', (error) => (reason = error.message));
    socket.on('unexpected-response', (_, response) => {
      reason = response.statusCode === 401 ? 'not-signed-in' : `the intermediary answered ${response.statusCode ?? 0}`;
      socket.terminate();
    });
    socket.on('close', (_code, said) => {
      stopPinging();
      handlers.closed(said.toString('utf8') || reason);
    });
    return { send: (bytes) => socket.send(bytes), close: () => socket.close() };
  };
}

/** Pings after silence and cuts the socket when nothing comes back. */
function keepChecking(socket: WebSocket): () => void {
  let answered = true;
  const timer = setInterval(() => {
    if (socket.readyState !== WebSocket.OPEN) return;
    if (!answered) return socket.terminate();
    answered = false;
    socket.ping();
  }, limits.pingAfterMs);
  timer.unref();
  socket.on('pong', () => (answered = true));
  socket.on('message', () => (answered = true));
  return () => clearInterval(timer);
}

function networkFailure(error: Error & { code?: string }, address: string): Failure {
  if (isErrorCode(error.message)) return failure(error.message, address);
  return failure(codeOf(error.code ?? ''), `${address}: ${error.message || error.code || 'no connection'}`);
}

function codeOf(systemCode: string): ErrorCode {
  return /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ALTNAME/.test(systemCode) ? 'certificate-refused' : 'unreachable';
}
