/**
 * One subscription to a topic of an ntfy server (https://docs.ntfy.sh/subscribe/api/): a GET whose answer never ends, one
 * JSON object a line. Everything in it is bounded and nothing in it is believed; redirects are not followed.
 */
import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as secure } from 'node:tls';
import { Type } from 'typebox';
import { formOf } from '../../../protocol/form.ts';
import type { Clock, Timer } from '../../../protocol/clock.ts';
import { limits } from '../../../protocol/limits.ts';
import type { Path } from '../../../transports/path.ts';

const Line = Type.Object({ id: Type.String({ pattern: '^[A-Za-z0-9_-]{1,64}$' }), event: Type.String(), message: Type.Optional(Type.String()) });
const form = formOf(Line);

export type NtfyStreamOptions = {
  /** `https://ntfy.example.org`. Its certificate must be one that the platform trusts. */
  readonly server: URL;
  readonly path: Path;
  readonly topic: string;
  /** What was said before it is asked for: an id of ntfy's, or a time (`90s`). Without it only what is said from now on comes. */
  readonly since?: string | undefined;
  readonly clock: Clock;
  /** The server answers. */
  opened(): void;
  message(text: string, id: string): void;
  /** Exactly once, last of all calls; not after `close`. */
  ended(detail: string): void;
};

export class NtfyStream {
  readonly #options: NtfyStreamOptions;
  readonly #life = new AbortController();
  #socket: Duplex | undefined;
  #rest = '';
  #lines = 0;
  #silence: Timer;
  #minute: Timer;
  #isEnded = false;

  constructor(options: NtfyStreamOptions) {
    this.#options = options;
    this.#silence = this.#silenceTimer();
    this.#minute = this.#minuteTimer();
    void this.#open();
  }

  close(): void {
    this.#isEnded = true;
    this.#silence.cancel();
    this.#minute.cancel();
    this.#life.abort();
    this.#socket?.destroy();
  }

  async #open(): Promise<void> {
    const { server, path } = this.#options;
    const isSecure = server.protocol === 'https:';
    const host = server.hostname.replace(/^\[|\]$/g, '');
    const connected = await path.connect({ host, port: server.port === '' ? (isSecure ? 443 : 80) : Number(server.port) }, this.#life.signal);
    if (!connected.ok) return this.#end(connected.detail);
    if (this.#isEnded) return void connected.value.destroy();
    this.#socket = isSecure ? secure({ socket: connected.value, host, ...(isIP(host) === 0 ? { servername: host } : {}) }) : connected.value;
    this.#ask(this.#socket);
  }

  #ask(socket: Duplex): void {
    const { server, topic, since } = this.#options;
    const question = since === undefined ? '' : `?since=${encodeURIComponent(since)}`;
    const asked = request({ createConnection: () => socket, path: `/${topic}/json${question}`, headers: { host: server.host, accept: 'application/x-ndjson' } });
    asked.on('response', (response) => this.#answered(response));
    asked.on('error', (error) => this.#end(error.message));
    asked.end();
  }

  #answered(response: IncomingMessage): void {
    if (response.statusCode !== 200) return this.#end(`HTTP ${response.statusCode ?? 0}`);
    response.setEncoding('utf8');
    response.on('data', (part: string) => this.#take(part));
    response.on('error', (error) => this.#end(error.message));
    response.on('close', () => this.#end('the server ended the stream'));
    this.#options.opened();
  }

  #take(part: string): void {
    if (this.#isEnded) return;
    this.#silence.cancel();
    this.#silence = this.#silenceTimer();
    const lines = (this.#rest + part).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#read(line);
    if (this.#rest.length > limits.maxWakeUpLine) this.#end('a line is too long');
  }

  #read(line: string): void {
    if (this.#isEnded) return;
    this.#lines += 1;
    if (line.length > limits.maxWakeUpLine || this.#lines > limits.wakeUpLinesPerMinute) return this.#end('more was said than a wake-up needs');
    const said = parse(line);
    if (form.check(said) && said.event === 'message' && said.message !== undefined) this.#options.message(said.message, said.id);
  }

  #silenceTimer(): Timer {
    return this.#options.clock.after(limits.wakeUpSilenceMs, () => this.#end(`nothing was heard for ${limits.wakeUpSilenceMs} ms`));
  }

  #minuteTimer(): Timer {
    return this.#options.clock.after(60_000, () => {
      this.#lines = 0;
      this.#minute = this.#minuteTimer();
    });
  }

  #end(detail: string): void {
    if (this.#isEnded) return;
    this.close();
    this.#options.ended(detail);
  }
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
