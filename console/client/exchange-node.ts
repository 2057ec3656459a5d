/**
 * REST exchanges and the live socket as the terminal makes them: TLS with the pinned authority, bearer token, through the
 * proxy of the environment where there is one.
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
import type { Proxy } from './proxy-node.ts';

export type NodeAddress = {
  /** `https://host:port` */
  readonly address: string;
  /** PEM of the authority that alone is trusted; absent: those of the system. */
  readonly authority?: string;
  /** That of the environment (proxy-node.ts). */
  readonly proxy?: Proxy | undefined;
};

/** Exchanges over kept-alive connections, which do not keep the process alive; through a proxy each over its own. */
export function nodeExchange(place: NodeAddress): Exchange {
  const direct = new Agent({ keepAlive: true });
  return ({ method, path, headers, body }) =>
    new Promise<Outcome<HttpAnswer>>((resolve) => {
      const attempt = place.proxy?.attempt();
      const options = { method, headers, agent: attempt?.agent ?? direct, timeout: limits.exchangeMs, ...trusting(place) };
      const sent = httpsRequest(new URL(path, place.address), options, (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('end', () => resolve(success({ status: response.statusCode ?? 0, text: Buffer.concat(parts).toString('utf8') })));
        response.on('error', (error) => resolve(networkFailure(error, place)));
      });
      attempt?.watch(sent, (code) => {
        resolve(failure(code, nameOf(place)));
        sent.destroy();
      });
      sent.on('timeout', () => sent.destroy(new Error('timed-out')));
      sent.on('error', (error) => resolve(networkFailure(error, place)));
      sent.end(body);
    });
}

/** Sockets with the token in the sub-protocol, pinged so that a dead path is noticed. */
export function nodeDial(place: NodeAddress, token: () => string): Dial {
  return (handlers) => {
    const url = `${place.address.replace(/^http/, 'ws')}/api/live`;
    const attempt = place.proxy?.attempt();
    let reason = '';
    const socket = new WebSocket(url, ['behest', `bearer.${token()}`], {
      ...trusting(place),
      ...(attempt === undefined ? {} : { agent: attempt.agent }),
      handshakeTimeout: limits.exchangeMs,
      perMessageDeflate: false,
      // inside TLS a mask keeps nobody from anything: one of zeros costs nothing (RFC 6455, section 10.3)
      generateMask: (mask) => void mask.fill(0),
      finishRequest: (sent) => {
        attempt?.watch(sent, (code) => {
          reason = `${nameOf(place)}: ${code}`;
          socket.terminate();
        });
        sent.end();
      },
    });
    const stopPinging = keepChecking(socket);
    socket.on('open', () => handlers.opened());
    socket.on('message', (data) => handlers.message(data instanceof Buffer ? Uint8Array.from(data) : new Uint8Array()));
    socket.on('error', (error) => (reason ||= error.message));
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

/** Toward the intermediary only: a proxy that is itself reached over TLS is held to the authorities of the system. */
function trusting({ authority }: NodeAddress): { ca?: string } {
  return authority === undefined ? {} : { ca: authority };
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

function networkFailure(error: Error & { code?: string }, place: NodeAddress): Failure {
  if (isErrorCode(error.message)) return failure(error.message, nameOf(place));
  return failure(codeOf(error), `${nameOf(place)}: ${error.message || error.code || 'no connection'}`);
}

function nameOf({ address, proxy }: NodeAddress): string {
  return proxy === undefined ? address : `${address} through ${proxy.name}`;
}

function codeOf({ code = '', message }: Error & { code?: string }): ErrorCode {
  if (/CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ALTNAME/.test(code)) return 'certificate-refused';
  return /^Socks.*authentication/i.test(message) ? 'proxy-credentials' : 'unreachable';
}
