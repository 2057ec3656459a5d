/**
 * Carries one body there and one back over HTTP/1.1, on connections that are kept: over whatever path, inside TLS or not,
 * through a proxy that forwards where there is one (RFC 9112, section 3.2.2).
 */
import { Agent, request as httpRequest } from 'node:http';
import type { ClientRequestArgs, IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { limits } from '../../protocol/limits.ts';
import { failure, success } from '../../protocol/outcome.ts';
import type { Failure, Outcome } from '../../protocol/outcome.ts';
import { readRetryAfter } from '../dialling.ts';
import type { DialFailure, DialRequest } from '../dialling.ts';
import { parseTarget } from '../path.ts';
import type { Path, Target } from '../path.ts';
import { secure } from '../secure.ts';
import { contentType, gone } from './bodies.ts';

export type CourierOptions = Pick<DialRequest, 'address' | 'authority' | 'path' | 'clock'> & { readonly isSecure: boolean; /** What is asked for, from `/` on. */ readonly page: string };

export type Carried = { readonly ok: true; readonly value: Uint8Array } | DialFailure;

export class Courier {
  readonly #options: CourierOptions;
  readonly #target: Target | undefined;
  readonly #agent: PathAgent;
  readonly #ended = new AbortController();

  constructor(options: CourierOptions) {
    this.#options = options;
    this.#target = parseTarget(options.address);
    this.#agent = new PathAgent(() => this.#connectInTime());
  }

  /** One exchange. `timed-out` by the signal, or by a gateway on the way (408, 504); a cut is `connection-lost`; anything but our own kind of answer is `unreachable`. */
  async carry(body: Uint8Array, signal: AbortSignal): Promise<Carried> {
    const first = await this.#ask(body, signal);
    if (!('challenge' in first)) return first;
    // Once more: the proxy has said how it wants to be asked.
    const second = this.#forward?.challenged(first.challenge) === true ? await this.#ask(body, signal) : first;
    return 'challenge' in second ? failure('unreachable', 'the proxy wants other credentials (HTTP 407)') : second;
  }

  /** Ends what is under way, and its connections. */
  end(): void {
    this.#ended.abort();
    this.#agent.destroy();
  }

  /** Plain requests are forwarded where the path's proxy does that; TLS goes through it. */
  get #forward(): Path['forward'] {
    return this.#options.isSecure ? undefined : this.#options.path.forward;
  }

  async #connectInTime(): Promise<Outcome<Duplex>> {
    const late = new AbortController();
    const timer = this.#options.clock.after(limits.handshakeMs, () => late.abort());
    const opened = await this.#connect(AbortSignal.any([late.signal, this.#ended.signal]));
    timer.cancel();
    if (opened.ok && this.#ended.signal.aborted) opened.value.destroy();
    return opened;
  }

  async #connect(signal: AbortSignal): Promise<Outcome<Duplex>> {
    const { path, isSecure, authority } = this.#options;
    if (this.#target === undefined) return failure('unreachable', `${this.#options.address} is not host:port`);
    const opened = await (this.#forward?.connect(signal) ?? path.connect(this.#target, signal));
    if (!opened.ok) return opened;
    // A peer that is gone without a word is noticed by the system within 25 + 10 s (ten probes, a second apart).
    if (opened.value instanceof Socket) opened.value.setKeepAlive(true, limits.pingAfterMs);
    return isSecure ? secure(opened.value, { host: this.#target.host, authority, signal }) : opened;
  }

  #ask(body: Uint8Array, signal: AbortSignal): Promise<Carried | { readonly challenge: string }> {
    return new Promise((resolve) => {
      const request = httpRequest({ agent: this.#agent, method: 'POST', ...this.#head(body), signal });
      request.on('error', (error) => resolve(describe(error, signal)));
      request.on('response', (response) => void readBody(response, signal).then(resolve));
      request.end(body);
    });
  }

  #head(body: Uint8Array): Pick<ClientRequestArgs, 'path' | 'headers'> {
    const { address, page } = this.#options;
    const uri = `http://${address}${page}`;
    const authorization = this.#forward?.authorization('POST', uri);
    const headers = { host: address, 'content-type': contentType, 'content-length': body.byteLength, 'cache-control': 'no-store', accept: contentType };
    return { path: this.#forward === undefined ? page : uri, headers: authorization === undefined ? headers : { ...headers, 'proxy-authorization': authorization } };
  }
}

/** Why a connection could not be made, on its way through Node's HTTP client. */
class NoConnection extends Error {
  readonly reason: Failure;

  constructor(reason: Failure) {
    super(reason.detail);
    this.reason = reason;
  }
}

/** Node's pool of connections, over a path of ours. Two suffice: one for each lane. */
class PathAgent extends Agent {
  readonly #connect: () => Promise<Outcome<Duplex>>;

  constructor(connect: () => Promise<Outcome<Duplex>>) {
    super({ keepAlive: true, keepAliveMsecs: limits.pingAfterMs, maxSockets: 2 });
    this.#connect = connect;
  }

  override createConnection(_options: ClientRequestArgs, callback?: (error: Error | null, stream: Duplex) => void): undefined {
    // Node's types want a stream even beside an error.
    void this.#hand(callback as (error: Error | null, stream?: Duplex) => void);
  }

  async #hand(callback: (error: Error | null, stream?: Duplex) => void): Promise<void> {
    const opened = await this.#connect();
    if (opened.ok) callback(null, opened.value);
    else callback(new NoConnection(opened));
  }
}

function describe(error: Error, signal: AbortSignal): Failure {
  if (error instanceof NoConnection) return error.reason;
  return signal.aborted ? failure('timed-out', 'no answer came in time') : failure('connection-lost', error.message);
}

/** The whole body of an answer; never more than one may have. */
async function readBody(response: IncomingMessage, signal: AbortSignal): Promise<Carried | { readonly challenge: string }> {
  const refusal = refusalOf(response);
  if (refusal !== undefined) {
    response.resume();
    return refusal;
  }
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of response) {
      chunks.push(chunk);
      size += chunks.at(-1)?.byteLength ?? 0;
      if (size > limits.maxPollBytes) return failure('unreachable', 'the answer is larger than any of ours');
    }
  } catch (error) {
    return describe(error instanceof Error ? error : new Error(String(error)), signal);
  }
  return success(Buffer.concat(chunks));
}

function refusalOf({ statusCode = 0, statusMessage = '', headers }: IncomingMessage): DialFailure | { readonly challenge: string } | undefined {
  if (statusCode === 407) return { challenge: headers['proxy-authenticate']?.toString() ?? '' };
  if (statusCode !== 200) {
    if (statusCode === gone) return failure('exchange-mismatch', 'the intermediary does not know this transport any more');
    const code = statusCode === 429 || statusCode === 503 ? 'rate-limited' : statusCode === 408 || statusCode === 504 ? 'timed-out' : 'unreachable';
    return { ...failure(code, `HTTP ${statusCode} ${statusMessage}`), ...readRetryAfter(headers['retry-after']) };
  }
  return headers['content-type'] === contentType ? undefined : failure('unreachable', `an answer of another kind came: ${headers['content-type'] ?? 'without a content type'}`);
}

