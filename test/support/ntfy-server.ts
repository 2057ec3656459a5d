/**
 * A small ntfy server after the public documentation (docs.ntfy.sh, "Publishing" and "Subscribe via API"): publishing as JSON
 * to the root or as text to a topic, subscription as a stream of JSON lines with open, keepalive and message events, `since=`
 * by id, time, duration or `all`, `poll=1`, and access tokens. Debian has no ntfy.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ExecutionContext } from 'ava';

type Event = { readonly id: string; readonly time: number; readonly event: 'open' | 'keepalive' | 'message'; readonly topic: string; readonly message?: string; readonly priority?: number };

export class NtfyServer {
  readonly published: Event[] = [];
  /** When set, publishing needs this token. */
  token: string | undefined;
  /** Answers every publication with this status. */
  refuseWith: number | undefined;
  refused = 0;
  subscriptions = 0;
  readonly #streams = new Map<ServerResponse, string>();
  readonly #server = createServer((request, response) => void this.#handle(request, response));
  #port = 0;
  #count = 0;

  static async start(t: ExecutionContext): Promise<NtfyServer> {
    const server = new NtfyServer();
    await server.open();
    t.teardown(() => server.close());
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get listeners(): number {
    return this.#streams.size;
  }

  async open(): Promise<void> {
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  publish(topic: string, message: string, priority = 3): Event {
    const event = this.#event('message', topic, { message, priority });
    this.published.push(event);
    for (const [stream, listened] of this.#streams) if (listened === topic) say(stream, event);
    return event;
  }

  keepAlive(): void {
    for (const [stream, topic] of this.#streams) say(stream, this.#event('keepalive', topic));
  }

  /** Puts bytes on every stream that no server of good will would. */
  babble(text: string): void {
    for (const stream of this.#streams.keys()) stream.write(text);
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url);
    const stream = /^\/([-_A-Za-z0-9]{1,64})\/json$/.exec(url.pathname)?.[1];
    if (request.method === 'GET' && stream !== undefined) return this.#subscribe(stream, url, response);
    if (request.method !== 'POST' && request.method !== 'PUT') return answer(response, 404, { code: 40401, http: 404, error: 'page not found' });
    if (this.token !== undefined && request.headers.authorization !== `Bearer ${this.token}`) return answer(response, 403, { code: 40301, http: 403, error: 'forbidden' });
    if (this.refuseWith !== undefined) this.refused += 1;
    if (this.refuseWith !== undefined) return answer(response, this.refuseWith, { http: this.refuseWith, error: 'no' });
    const body = Buffer.concat(await request.toArray()).toString();
    if (url.pathname !== '/') return answer(response, 200, this.publish(url.pathname.slice(1), body));
    const { topic, message, priority } = JSON.parse(body);
    if (!/^[-_A-Za-z0-9]{1,64}$/.test(topic)) return answer(response, 400, { code: 40009, http: 400, error: 'invalid request: topic invalid' });
    return answer(response, 200, this.publish(topic, message, priority));
  }

  #subscribe(topic: string, url: URL, response: ServerResponse): void {
    this.subscriptions += 1;
    response.writeHead(200, { 'content-type': 'application/x-ndjson; charset=utf-8' });
    const isPoll = url.searchParams.get('poll') === '1';
    if (!isPoll) say(response, this.#event('open', topic));
    const since = url.searchParams.get('since') ?? (isPoll ? 'all' : undefined);
    if (since !== undefined) for (const event of this.#since(topic, since)) say(response, event);
    if (isPoll) return void response.end();
    this.#streams.set(response, topic);
    response.on('close', () => this.#streams.delete(response));
  }

  #since(topic: string, since: string): Event[] {
    const ofTopic = this.published.filter((event) => event.topic === topic);
    const seconds = /^(\d+)s$/.exec(since)?.[1];
    const from = seconds !== undefined ? Date.now() / 1000 - Number(seconds) : /^\d+$/.test(since) ? Number(since) : since === 'all' ? 0 : undefined;
    return from === undefined ? ofTopic.slice(ofTopic.findIndex(({ id }) => id === since) + 1) : ofTopic.filter(({ time }) => time >= Math.floor(from));
  }

  #event(event: Event['event'], topic: string, more: Partial<Event> = {}): Event {
    this.#count += 1;
    return { id: `id${String(this.#count).padStart(10, '0')}`, time: Math.floor(Date.now() / 1000), event, topic, ...more };
  }
}

function say(stream: ServerResponse, event: Event): void {
  stream.write(`${JSON.stringify(event)}\n`);
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`);
}
