/**
 * The worker threads: none until the first run, none again when idle for a while. Piscina hands tasks to threads; what
 * crosses during a run goes over a port of its own.
 */
import { MessageChannel } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import type { Piscina } from 'piscina';
import { failure } from '../../protocol/outcome.ts';
import type { RunOutcome } from '../../protocol/primitive.ts';
import type { OutputChannel, OutputSummaries } from './output.ts';
import type { AbortReason, FromWorker, ToWorker, WorkerTask } from './run-port.ts';

type Loaded = {
  readonly piscina: Piscina<ReturnType<typeof Piscina.move>, void>;
  /** Resolves when the worker's function has returned. */
  run(task: WorkerTask, signal: AbortSignal): Promise<void>;
};

export type PoolOptions = {
  readonly maxWorkers: number;
  readonly tasksPerWorker: number;
  readonly workerIdleMs: number;
};

export type PoolRun = {
  /** Resolves always; a thread that dies under the run is `primitive-crashed`. */
  readonly ended: Promise<RunEnd>;
  abort(reason: AbortReason): void;
  /** Ends the thread itself, for code that does not answer: every run in it is lost with it. */
  terminate(): void;
};

export type RunEnd = { readonly outcome: RunOutcome<unknown>; readonly output?: OutputSummaries | undefined; /** the thread died: its children may live */ readonly crashed: boolean };

export type RunSinks = {
  /** Resolves (or returns nothing) when there is room for more. */
  output(channel: OutputChannel, chunk: Uint8Array): Promise<void> | void;
  progress(percent: number, note: string | undefined): void;
};

export class WorkerPool {
  readonly #options: PoolOptions;
  #loading: Promise<Loaded> | undefined;
  #loaded: Loaded | undefined;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  /** Threads that exist now. */
  get threads(): number {
    return this.#loaded?.piscina.threads.length ?? 0;
  }

  start(task: Omit<WorkerTask, 'port'>, sinks: RunSinks): PoolRun {
    const { port1, port2 } = new MessageChannel();
    const terminating = new AbortController();
    const work = { ...task, port: port2 };
    const send = (message: ToWorker): void => port1.postMessage(message);
    const ended = new Promise<RunEnd>((resolve) => {
      listen(port1, sinks, resolve);
      this.#post(work, terminating.signal).catch((error: unknown) => {
        port1.close();
        resolve({ outcome: failure('primitive-crashed', error instanceof Error ? error.message : String(error)), crashed: true });
      });
    });
    return { ended, abort: (reason) => send({ type: 'abort', reason }), terminate: () => terminating.abort() };
  }

  /** Ends every thread at once; runs in them end as crashed. */
  async close(): Promise<void> {
    const loaded = await this.#loading;
    await loaded?.piscina.destroy();
  }

  async #post(task: WorkerTask, signal: AbortSignal): Promise<void> {
    this.#loaded ??= await (this.#loading ??= load(this.#options));
    await this.#loaded.run(task, signal);
  }
}

async function load(options: PoolOptions): Promise<Loaded> {
  const library = await import('piscina');
  const piscina = new library.Piscina<ReturnType<typeof library.move>, void>({
    filename: new URL('./worker.ts', import.meta.url).href,
    minThreads: 0,
    maxThreads: options.maxWorkers,
    concurrentTasksPerWorker: options.tasksPerWorker,
    idleTimeout: options.workerIdleMs,
    // a waiting thread stays in its event loop, where the exits of late children are noticed
    atomics: 'disabled',
    recordTiming: false,
  });
  // the library's types do not take a list with a port in it; what is moved carries its own
  const run = (task: WorkerTask, signal: AbortSignal): Promise<void> => 
    piscina.run(library.move({ [library.transferableSymbol]: task.port, [library.valueSymbol]: task }), { signal });
  return { piscina, run };
}

function listen(port: MessagePort, sinks: RunSinks, resolve: (end: RunEnd) => void): void {
  const takenBack = (bytes: number): void => port.postMessage({ type: 'taken', bytes } satisfies ToWorker);
  port.on('message', (message: FromWorker) => {
    if (message.type === 'ended') resolve({ outcome: message.outcome, output: message.output, crashed: false });
    else if (message.type === 'progress') sinks.progress(message.percent, message.note);
    else void passOn(message, sinks, takenBack);
  });
}

async function passOn(message: Extract<FromWorker, { type: 'output' }>, sinks: RunSinks, takenBack: (bytes: number) => void): Promise<void> {
  const bytes = message.bytes.byteLength;
  await sinks.output(message.channel, message.bytes);
  takenBack(bytes);
}
