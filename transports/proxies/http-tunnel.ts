/**
 * A tunnel through an HTTP proxy: CONNECT (RFC 9110, section 9.3.6), by Node's own HTTP client over a stream that is open
 * already. `https-proxy-agent` is not used: it drops bytes that come right behind the answer (a server that speaks first would
 * lose its greeting), sends a password unasked, reads an answer of any length, and cannot be given up half-way.
 */
import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { isIPv6 } from 'node:net';
import type { Duplex } from 'node:stream';
import { failure } from '../../protocol/outcome.ts';
import type { Failure, Outcome } from '../../protocol/outcome.ts';
import type { Target } from '../path.ts';
import type { Authorization } from './authorization.ts';
import { saying } from './saying.ts';

/** The question, the answer to the challenge, and once more for a nonce that had become stale. */
const maxRequests = 3;

export type TunnelOptions = {
  /** Of the proxy, for people. */
  readonly name: string;
  readonly authorization: Authorization;
  /** A fresh stream to the proxy: one that has answered anything but yes is not used again. */
  readonly reach: (signal: AbortSignal) => Promise<Outcome<Duplex>>;
};

export async function openTunnel(target: Target, options: TunnelOptions, signal: AbortSignal): Promise<Outcome<Duplex>> {
  for (let asked = 1; ; asked++) {
    const reached = await options.reach(signal);
    if (!reached.ok) return reached;
    const answer = await ask(reached.value, { target, options, signal });
    if (answer.ok) return answer;
    reached.value.destroy();
    if (signal.aborted) return failure('cancelled', 'given up');
    if (!answer.again || asked === maxRequests) return failure(answer.code, answer.detail);
  }
}

type Answer = { readonly ok: true; readonly value: Duplex } | (Failure & { readonly again: boolean });
type Question = { readonly target: Target; readonly options: TunnelOptions; readonly signal: AbortSignal };

function ask(stream: Duplex, { target, options, signal }: Question): Promise<Answer> {
  return new Promise((resolve) => {
    const authority = `${isIPv6(target.host) ? `[${target.host}]` : target.host}:${target.port}`;
    const proof = options.authorization.value('CONNECT', authority);
    const giveUp = (): void => void stream.destroy(new Error('given up'));
    const settle = (answer: Answer): void => {
      signal.removeEventListener('abort', giveUp);
      resolve(answer);
    };
    const asked = request({
      method: 'CONNECT',
      path: authority,
      headers: { host: authority, ...(proof === undefined ? {} : { 'proxy-authorization': proof }) },
      createConnection: () => stream,
    });
    asked.on('error', (error) => settle({ ...failure('proxy-refused', saying(options, `it did not answer as a proxy does: ${error.message}`)), again: false }));
    asked.once('connect', (response, _socket, head: Buffer) => settle(judge(response, { stream, head, options })));
    if (signal.aborted) giveUp();
    signal.addEventListener('abort', giveUp);
    asked.end();
  });
}

function judge(response: IncomingMessage, { stream, head, options }: { stream: Duplex; head: Buffer; options: TunnelOptions }): Answer {
  const status = response.statusCode ?? 0;
  if (status >= 200 && status <= 299) {
    if (head.length > 0) stream.unshift(head); // the far end spoke first
    return { ok: true, value: stream };
  }
  const again = status === 407 && options.authorization.challenged(response.headers['proxy-authenticate'] ?? '');
  return { ...failure(codeOf(status), saying(options, `${status} ${response.statusMessage ?? ''} ${reasonOf(response)}`)), again };
}

/** Statuses with which a proxy says that it tried and the target was not there. */
const targetNotThere = [502, 503, 504];

function codeOf(status: number): 'proxy-credentials' | 'unreachable' | 'proxy-refused' {
  if (status === 407) return 'proxy-credentials';
  return targetNotThere.includes(status) ? 'unreachable' : 'proxy-refused';
}

/** squid tells its own reason in a header. */
function reasonOf({ headers }: IncomingMessage): string {
  const reason = headers['x-squid-error'];
  return typeof reason === 'string' ? `(${reason})` : '';
}
