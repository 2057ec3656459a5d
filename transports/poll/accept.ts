/**
 * The intermediary's end of the poll transports. The listener owns the HTTP servers and decides which requests come here.
 * A stranger costs no more than the few bytes that open a transport: a body of more is read only for one that is open.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { TLSSocket } from 'node:tls';
import type { Clock } from '../../protocol/clock.ts';
import { limits } from '../../protocol/limits.ts';
import type { Transport } from '../../protocol/transport.ts';
import { byteOf } from '../good-bye.ts';
import { AcceptingEnd } from './accepting-end.ts';
import { write } from './accepting-lane.ts';
import { contentType, decodeRequest, digestOfRequest, encodeAnswer, gone, idBytes, openingBytes, pathPrefix } from './bodies.ts';
import type { PollRequest } from './bodies.ts';
import type { PollName } from './dialling-end.ts';

export type PollAcceptor = {
  /** Whether a request is a poll. */
  isPoll(request: IncomingMessage): boolean;
  /** Takes a poll. */
  request(request: IncomingMessage, response: ServerResponse): void;
};

export type PollAcceptorOptions = {
  readonly clock: Clock;
  /** Whether this "address:port" may open a transport now; if not it is told to come again later. */
  isWelcome(remoteAddress: string): boolean;
  /** Called with each transport as it opens. */
  accepted(transport: Transport): void;
};

const idForm = new RegExp(`^[0-9a-f]{${2 * idBytes}}$`);
const lengthForm = /^\d{1,7}$/;

export function acceptPolls(options: PollAcceptorOptions): PollAcceptor {
  const acceptor = new Acceptor(options);
  return {
    isPoll: ({ method, url }) => method === 'POST' && url?.startsWith(pathPrefix) === true,
    request: (request, response) => acceptor.take(request, response),
  };
}

class Acceptor {
  readonly #options: PollAcceptorOptions;
  readonly #ends = new Map<string, AcceptingEnd>();

  constructor(options: PollAcceptorOptions) {
    this.#options = options;
  }

  take(request: IncomingMessage, response: ServerResponse): void {
    const id = request.url?.slice(pathPrefix.length) ?? '';
    const length = request.headers['content-length'] ?? '';
    if (!idForm.test(id) || request.headers['content-type'] !== contentType) return refuse(response, 400);
    if (!lengthForm.test(length)) return refuse(response, 411);
    const end = this.#ends.get(id);
    // More than an opening, for a transport that is not here: it has ended, or this intermediary was started meanwhile.
    if (end === undefined && Number(length) > openingBytes) return refuse(response, gone);
    if (Number(length) > limits.maxPollBytes) return refuse(response, 413);
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => this.#takeBody({ id, request, response }, Buffer.concat(chunks)));
  }

  #takeBody({ id, request, response }: { readonly id: string; readonly request: IncomingMessage; readonly response: ServerResponse }, body: Uint8Array): void {
    const poll = decodeRequest(body);
    if (poll === undefined) return refuse(response, 400);
    const digest = digestOfRequest(body);
    const known = this.#ends.get(id);
    if (known !== undefined) return known.take(poll, digest, response);
    const name = opens(poll, request);
    if (name === undefined) return write(response, encodeAnswer({ requestDigest: digest, goodBye: byteOf('connection-lost'), frames: [] }));
    const { remoteAddress = 'unknown', remotePort = 0 } = request.socket;
    const from = `${remoteAddress}:${remotePort}`;
    if (!this.#options.isWelcome(from)) return refuse(response, 503, { 'retry-after': String(limits.retryAfterSeconds) });
    this.#open(id, name, from).take(poll, digest, response);
  }

  #open(id: string, name: PollName, remoteAddress: string): AcceptingEnd {
    const { clock, accepted } = this.#options;
    const end = new AcceptingEnd({
      name,
      remoteAddress,
      clock,
      over: () => clock.after(limits.closeWithinMs, () => this.#ends.delete(id)),
    });
    this.#ends.set(id, end);
    accepted(end);
    return end;
  }
}

/** Which transport a request opens, if it does. */
function opens({ lane, number, frames, goodBye }: PollRequest, { socket }: IncomingMessage): PollName | undefined {
  if (number !== 0 || frames.length > 0 || goodBye !== 0 || lane === 'down') return undefined;
  if (socket instanceof TLSSocket) return lane === 'turn' ? 'https-short-poll' : 'https-long-poll';
  return lane === 'up' ? 'http-long-poll' : undefined;
}

function refuse(response: ServerResponse, status: number, headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(status, { ...headers, 'content-length': 0, connection: 'close' });
  response.end();
}
