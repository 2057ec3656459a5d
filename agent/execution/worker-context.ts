/**
 * The worker's end of one run: gives a primitive its context and speaks through the run's port.
 */
import type { MessagePort } from 'node:worker_threads';
import { limits } from '../../protocol/limits.ts';
import type { PrimitiveContext } from '../../protocol/primitive.ts';
import { OutputMeter } from './output.ts';
import type { OutputChannel, OutputSummaries } from './output.ts';
import type { FromWorker, ToWorker, WorkerTask } from './run-port.ts';

export class WorkerContext implements PrimitiveContext {
  readonly directiveId: string;
  readonly stateFolder: string | undefined;
  readonly #port: MessagePort;
  readonly #meter: OutputMeter;
  readonly #aborting = new AbortController();
  #untakenBytes = 0;
  #waiting: (() => void)[] = [];

  constructor(task: WorkerTask) {
    this.directiveId = task.directiveId;
    this.stateFolder = task.stateFolder;
    this.#port = task.port;
    this.#meter = new OutputMeter(task.maxOutputBytes);
    this.#port.on('message', (message: ToWorker) => this.#receive(message));
  }

  get signal(): AbortSignal {
    return this.#aborting.signal;
  }

  /** Undefined when the run wrote nothing at all. */
  get summaries(): OutputSummaries | undefined {
    return this.#meter.isUsed ? this.#meter.summaries() : undefined;
  }

  async output(channel: OutputChannel, chunk: Uint8Array): Promise<void> {
    const kept = this.#meter.keep(channel, chunk);
    for (let from = 0; from < kept.byteLength; from += limits.maxChunkBytes) {
      // a copy of its own (a Buffer's slice is a view): its memory goes over to the other thread
      const bytes = new Uint8Array(kept.subarray(from, from + limits.maxChunkBytes));
      this.#untakenBytes += bytes.byteLength;
      this.#post({ type: 'output', channel, bytes }, bytes.buffer);
    }
    await this.#room();
  }

  progress(percent: number, note?: string): void {
    this.#post({ type: 'progress', percent, note });
  }

  /** Last of all: the outcome behind the output. */
  end(message: Extract<FromWorker, { type: 'ended' }>): void {
    this.#post(message);
    this.#port.close();
  }

  #post(message: FromWorker, transferred?: ArrayBuffer): void {
    this.#port.postMessage(message, transferred === undefined ? [] : [transferred]);
  }

  #room(): Promise<void> | undefined {
    if (this.#untakenBytes < limits.streamCreditBytes || this.signal.aborted) return undefined;
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  #receive(message: ToWorker): void {
    if (message.type === 'abort') this.#aborting.abort(message.reason);
    else this.#untakenBytes -= message.bytes;
    if (this.#untakenBytes >= limits.streamCreditBytes && !this.signal.aborted) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resume of waiting) resume();
  }
}
