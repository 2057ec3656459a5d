/** A console's live socket for tests: keeps all that came, and waits for what is expected. */
import type { ExecutionContext } from 'ava';
import { WebSocket } from 'ws';
import type { ClientOptions } from 'ws';
import { encodeMessage, messageDecoder } from '../../protocol/messages/codec.ts';
import { ToConsole } from '../../protocol/messages/live.ts';
import type { FromConsole } from '../../protocol/messages/live.ts';

const decode = messageDecoder(ToConsole);
type Without<T, K extends string> = T extends unknown ? Omit<T, K> : never;
type Found<K extends ToConsole['kind']> = Extract<ToConsole, { kind: K }>;

export type LiveAddress = { readonly port: number; readonly authority: string; readonly path?: string; readonly protocols?: string[]; readonly headers?: Record<string, string> };

export class LiveClient {
  readonly socket: WebSocket;
  readonly received: ToConsole[] = [];
  readonly closed: Promise<number>;
  readonly #listeners = new Set<() => void>();
  #ref = 1;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    this.closed = new Promise((resolve) => socket.once('close', resolve));
    socket.on('message', (data: Buffer) => {
      const message = decode(data);
      if (!message.ok) throw new Error(message.detail);
      this.received.push(message.value);
      for (const listener of this.#listeners) listener();
    });
  }

  /** Opens, or rejects with the HTTP status ("401"). */
  static async open(t: ExecutionContext, { port, authority, path = '/api/live', protocols = [], headers }: LiveAddress): Promise<LiveClient> {
    const options: ClientOptions = { ca: authority, ...(headers === undefined ? {} : { headers }) };
    const socket = new WebSocket(`wss://localhost:${port}${path}`, protocols, options);
    t.teardown(() => socket.terminate());
    const client = new LiveClient(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('unexpected-response', (_request, response) => reject(new Error(String(response.statusCode))));
      socket.once('error', reject);
    });
    return client;
  }

  /** Sends with a fresh `ref` and gives it. */
  send(message: Without<FromConsole, 'ref'>, ref = this.#ref++): number {
    this.socket.send(encodeMessage({ ...message, ref }));
    return ref;
  }

  /** The first message of a kind that fits, now or later. */
  async next<K extends ToConsole['kind']>(kind: K, fits: (message: Found<K>) => boolean = () => true, withinMs = 10_000): Promise<Found<K>> {
    return (await this.first((message) => message.kind === kind && fits(message as Found<K>), withinMs)) as Found<K>;
  }

  /** The first message that fits, now or later. */
  async first(isIt: (message: ToConsole) => boolean, withinMs = 10_000): Promise<ToConsole> {
    const deadline = performance.now() + withinMs;
    for (;;) {
      const found = this.received.find(isIt);
      if (found !== undefined) return found;
      const leftMs = deadline - performance.now();
      if (leftMs <= 0) throw new Error(`it did not come; came: ${this.received.slice(-20).map((each) => JSON.stringify(each)).join(' ').slice(0, 1500)}`);
      await new Promise<void>((resolve) => {
        const done = (): void => {
          clearTimeout(timer);
          this.#listeners.delete(done);
          resolve();
        };
        const timer = setTimeout(done, leftMs);
        this.#listeners.add(done);
      });
    }
  }

  /** Gives a directive on its way: `submitted`, or the code of the refusal. */
  submit({ envelope, targets }: Pick<Extract<FromConsole, { kind: 'submit' }>, 'envelope' | 'targets'>): Promise<string> {
    return this.answer(this.send({ kind: 'submit', envelope, targets }));
  }

  /** The answer to a submit or cancel. */
  async answer(ref: number): Promise<string> {
    const answered = await this.first((message) => (message.kind === 'submitted' || message.kind === 'done' || message.kind === 'failed') && message.ref === ref);
    return answered.kind === 'failed' ? answered.code : answered.kind;
  }
}
