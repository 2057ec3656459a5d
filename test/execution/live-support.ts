/**
 * A console at the other end of a live run, without seals: the tests of protocol/live-stream.ts hold those.
 */
import { Encoder } from 'cbor-x';
import type { AttachmentStream } from '../../agent/execution/live-attachment.ts';
import type { AnswerLive } from '../../agent/execution/live-runs.ts';
import type { LiveEvent } from '../../protocol/live-stream.ts';
import { success } from '../../protocol/outcome.ts';
import { until } from './support.ts';

const cbor = new Encoder({ useRecords: false, tagUint8Array: false });

type Welcome = { inputReceived: number; outputFrom: number };

/** What the agent uses in place of the seal. */
export const answerInClear: AnswerLive = async (_hello, facts) => {
  const welcome: Welcome = { inputReceived: facts.inputReceived, outputFrom: facts.outputFrom };
  return success({
    welcome: Uint8Array.from(cbor.encode(welcome)),
    seal: async (event: LiveEvent) => Uint8Array.from(cbor.encode(event)),
    open: async (frame: Uint8Array) => success<LiveEvent>(cbor.decode(frame)),
  });
};

/** Type, nonce and count, as in protocol/live-stream.ts. */
function helloOf(received: number): Uint8Array {
  const hello = Buffer.alloc(25, 1);
  hello.writeBigUInt64BE(BigInt(received), 17);
  return hello;
}

/** One attachment as its console sees it. */
export class TestConsole {
  readonly stream: AttachmentStream;
  readonly output = { stdout: [] as Uint8Array[], stderr: [] as Uint8Array[] };
  welcome: Welcome | undefined;
  exit: { exitCode: number | null; signal: string | null } | undefined;
  outputEnded = false;
  reset: string | undefined;
  receivedBytes: number;
  inputTaken = 0;
  streamEnded = false;
  /** False: output is not credited until `takeAll`, and the end is not said to have come. */
  taking = true;
  untaken = 0;
  #handlers: Parameters<AttachmentStream['listen']>[0] | undefined;

  constructor(received = 0) {
    this.receivedBytes = received;
    this.stream = {
      listen: (handlers) => {
        this.#handlers = handlers;
        queueMicrotask(() => handlers.data(helloOf(received)));
      },
      write: (frame) => {
        queueMicrotask(() => this.#receive(frame));
        return true;
      },
      take: () => undefined,
      end: () => {
        this.streamEnded = true;
      },
      reset: (code) => {
        this.reset = code;
      },
    };
  }

  send(event: LiveEvent): void {
    this.#handlers?.data(Uint8Array.from(cbor.encode(event)));
  }

  type(text: string): void {
    this.send({ type: 'input', bytes: Buffer.from(text) });
  }

  /** The connection of this console is cut. */
  cut(): void {
    this.#handlers?.reset('session-lost');
  }

  takeAll(): void {
    this.send({ type: 'taken', bytes: this.untaken });
    this.untaken = 0;
  }

  get text(): string {
    return Buffer.concat(this.output.stdout).toString();
  }

  async sees(text: string): Promise<void> {
    await until(() => this.text.includes(text), `${JSON.stringify(text)} after ${JSON.stringify(this.text.slice(-200))}`);
  }

  #receive(frame: Uint8Array): void {
    if (this.welcome === undefined) {
      this.welcome = cbor.decode(frame);
      return;
    }
    const event: LiveEvent = cbor.decode(frame);
    if (event.type === 'output') this.#output(event);
    else if (event.type === 'output-end') this.outputEnded = true;
    else if (event.type === 'ended') this.#ended(event);
    else if (event.type === 'input-taken') this.inputTaken += event.bytes;
  }

  #ended({ exitCode, signal }: Extract<LiveEvent, { type: 'ended' }>): void {
    this.exit = { exitCode, signal };
    if (this.taking) this.send({ type: 'end-taken' });
  }

  #output({ channel, bytes }: Extract<LiveEvent, { type: 'output' }>): void {
    this.output[channel].push(bytes);
    this.receivedBytes += bytes.byteLength;
    this.untaken += bytes.byteLength;
    if (this.taking && this.untaken >= 65_536) this.takeAll();
  }
}
