/**
 * Execution: runs admitted directives, each to exactly one ending. Bounds how many, gives them to worker threads, to the
 * spawner or to a live stream, and ends them by cancel, time limit or the end of the agent.
 */
import type { Clock } from '../../protocol/clock.ts';
import { limits } from '../../protocol/limits.ts';
import { failure } from '../../protocol/outcome.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import type { RunOutcome } from '../../protocol/primitive.ts';
import type { Directive } from '../../protocol/statements/directive.ts';
import type { AgentPrimitive } from '../primitives/agent-primitive.ts';
import { endingOf, neverStarted } from './ending.ts';
import type { Ending } from './ending.ts';
import type { LiveRuns } from './live-runs.ts';
import { OutputMeter } from './output.ts';
import type { OutputChannel, OutputSummaries } from './output.ts';
import type { PoolRun, WorkerPool } from './pool.ts';
import { runPlain } from './plain-run.ts';
import { endTree } from './process-tree.ts';
import type { Program } from './program.ts';
import type { AbortReason } from './run-port.ts';
import { Slots } from './slots.ts';
import type { Spawner } from './spawner/client.ts';

export type RunRequest = Pick<Directive, 'id' | 'params' | 'timeoutMs' | 'streamKey'> & {
  /** Who signed it. */
  readonly personId?: string;
  /** `tryReserve` gave it a place. */
  readonly reserved?: boolean;
  /** When it was said to have started, if that was said with the reservation. */
  readonly startAtMs?: number | undefined;
};

export type RunHooks = {
  /** Before the deed; a failure keeps it from being done. */
  onStarted(atMs: number): Promise<Outcome<void>> | void;
  /** Resolves, or returns nothing, when there is room for more. */
  onOutput(channel: OutputChannel, chunk: Uint8Array): Promise<void> | void;
  onProgress(percent: number, note: string | undefined): void;
};

export type ExecutorOptions = {
  readonly clock: Clock;
  readonly pool: WorkerPool;
  readonly spawner: Spawner;
  readonly live: LiveRuns;
  /** Runs in worker threads and plain programs at once; the others wait their turn. */
  readonly concurrentRuns?: number;
  /** The last run under way has ended. */
  readonly idle?: () => void;
  /** Where a primitive may keep what it knows from run to run. */
  readonly stateFolder?: string;
  /** URL of the module that gives a worker its primitives. */
  readonly primitivesModule?: string;
};

/** For a primitive that does not answer an abort: its thread is ended after this, past every kill of its children. */
const unresponsiveMs = limits.killAfterMs + 5000;
/** At the end of the agent: kept for the last, hard round. */
const lastRoundMs = 500;

type Run = { readonly directive: RunRequest; readonly primitive: AgentPrimitive; readonly hooks: RunHooks; readonly abort: AbortController };
type Done = { readonly outcome: RunOutcome<unknown>; readonly output?: OutputSummaries | undefined };

export class Executor {
  readonly #options: ExecutorOptions;
  readonly #slots: Slots;
  readonly #module: string;
  readonly #runs = new Map<string, { readonly abort: AbortController; readonly ending: Promise<Ending> }>();
  #stopping = false;

  constructor(options: ExecutorOptions) {
    this.#options = options;
    this.#slots = new Slots(options.concurrentRuns ?? limits.maxWorkers * limits.tasksPerWorker);
    this.#module = options.primitivesModule ?? new URL('../primitives/registry.ts', import.meta.url).href;
  }

  /** Runs accepted and not yet ended. */
  get size(): number {
    return this.#runs.size;
  }

  /** A place among the runs, if one is free at once: for a directive that starts with its acceptance. */
  tryReserve(): boolean {
    return !this.#stopping && this.#slots.tryTake();
  }

  /** Gives a reserved place back unused. */
  giveBack(): void {
    this.#slots.giveBack();
  }

  /** Runs a directive whose parameters are checked. Resolves always, with its one ending. */
  run(directive: RunRequest, primitive: AgentPrimitive, hooks: RunHooks): Promise<Ending> {
    const abort = new AbortController();
    const ending = this.#waitAndRun({ directive, primitive, hooks, abort }).finally(() => this.#ended(directive.id));
    this.#runs.set(directive.id, { abort, ending });
    return ending;
  }

  /** Asks a run to end. False when there is none of this id. */
  cancel(directiveId: string): boolean {
    const run = this.#runs.get(directiveId);
    run?.abort.abort('cancelled' satisfies AbortReason);
    return run !== undefined;
  }

  /** Ends everything within `limits.stopWithinMs`. Nothing is taken on afterwards. */
  async stop(): Promise<void> {
    this.#stopping = true;
    const open = [...this.#runs];
    for (const [, run] of open) run.abort.abort('stopping' satisfies AbortReason);
    await Promise.race([Promise.all(open.map(([, run]) => run.ending)), this.#pause(limits.stopWithinMs - lastRoundMs)]);
    const left = open.map(([id]) => id).filter((id) => this.#runs.has(id));
    await Promise.all([this.#options.live.close(), this.#options.pool.close(), this.#options.spawner.close(), left.length > 0 ? this.#killNow(left) : undefined]);
  }

  /** Ends what a predecessor that was killed has left running, by the mark of its directives. */
  async endLeftovers(directiveIds: readonly string[]): Promise<void> {
    if (directiveIds.length > 0) await this.#killNow(directiveIds);
  }

  async #waitAndRun(run: Run): Promise<Ending> {
    const { directive, abort } = run;
    const takesSlot = run.primitive.place !== 'main' && directive.streamKey === undefined;
    if (directive.reserved === true && !takesSlot) this.#slots.giveBack();
    if (takesSlot && directive.reserved !== true && !(await this.#slots.take(abort.signal))) return this.#endedWaiting();
    try {
      return await this.#runNow(run);
    } finally {
      if (takesSlot) this.#slots.giveBack();
    }
  }

  async #runNow(run: Run): Promise<Ending> {
    const { clock } = this.#options;
    const { directive, hooks, abort } = run;
    if (this.#stopping) return this.#endedWaiting();
    const marked = await hooks.onStarted(directive.startAtMs ?? clock.now());
    if (marked?.ok === false) return neverStarted('failed', marked.code, marked.detail, clock.now());
    const limit = clock.after(directive.timeoutMs, () => abort.abort('time-limit' satisfies AbortReason));
    const { outcome, output } = await this.#perform(directive, run.primitive, { hooks, signal: abort.signal });
    limit.cancel();
    return endingOf({ outcome, output, endedAtMs: clock.now(), aborted: reasonOf(abort.signal) });
  }

  #perform(directive: RunRequest, primitive: AgentPrimitive, on: { hooks: RunHooks; signal: AbortSignal }): Promise<Done> {
    if (directive.streamKey !== undefined) return this.#live(directive, primitive, on.signal);
    if (primitive.program !== undefined) return this.#plain(directive, primitive.program(directive.params), on);
    return primitive.place === 'main' ? runHere(directive, primitive, on) : this.#inWorker(directive, primitive, on);
  }

  async #live(directive: RunRequest, primitive: AgentPrimitive, signal: AbortSignal): Promise<Done> {
    const deed = primitive.serve?.(directive.params) ?? primitive.program?.(directive.params) ?? failure('stream-unsupported', primitive.name);
    if (!deed.ok) return { outcome: deed };
    const value = typeof deed.value === 'function' ? { serve: deed.value } : deed.value;
    return this.#options.live.run(directive, value, signal);
  }

  #plain({ id: directiveId }: RunRequest, program: Outcome<Program>, { hooks, signal }: { hooks: RunHooks; signal: AbortSignal }): Promise<Done> {
    const { spawner } = this.#options;
    return runPlain(program, { directiveId, spawner, signal, output: (channel, chunk) => hooks.onOutput(channel, chunk) });
  }

  async #inWorker(directive: RunRequest, primitive: AgentPrimitive, on: { hooks: RunHooks; signal: AbortSignal }): Promise<Done> {
    const { hooks, signal } = on;
    const task = { directiveId: directive.id, module: this.#module, primitive: primitive.name, params: directive.params, maxOutputBytes: limits.maxOutputBytes, stateFolder: this.#options.stateFolder };
    const run = this.#options.pool.start(task, { output: hooks.onOutput, progress: hooks.onProgress });
    const stopWatching = this.#passOnAbort(signal, run);
    const end = await run.ended;
    stopWatching();
    if (end.crashed) await this.#killNow([directive.id]);
    return end;
  }

  #passOnAbort(signal: AbortSignal, run: PoolRun): () => void {
    let patience: { cancel(): void } | undefined;
    const pass = (): void => {
      run.abort(reasonOf(signal) ?? 'cancelled');
      patience = this.#options.clock.after(unresponsiveMs, run.terminate);
    };
    if (signal.aborted) pass();
    else signal.addEventListener('abort', pass, { once: true });
    return () => patience?.cancel();
  }

  #ended(directiveId: string): void {
    this.#runs.delete(directiveId);
    if (this.#runs.size === 0) this.#options.idle?.();
  }

  #endedWaiting(): Ending {
    const now = this.#options.clock.now();
    if (this.#stopping) return neverStarted('interrupted', 'stopping', 'the agent stopped before it began; nothing was done', now);
    return neverStarted('cancelled', 'cancelled', 'it had not begun', now);
  }

  #killNow(directiveIds: readonly string[]): Promise<void> {
    return endTree({ directiveIds }, { clock: this.#options.clock, killAfterMs: 0, polite: 'SIGKILL' });
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#options.clock.after(ms, resolve);
    });
  }
}

/** In the main thread. */
async function runHere(directive: RunRequest, primitive: AgentPrimitive, on: { hooks: RunHooks; signal: AbortSignal }): Promise<Done> {
  const meter = new OutputMeter(limits.maxOutputBytes);
  const context = {
    signal: on.signal,
    directiveId: directive.id,
    output: async (channel: OutputChannel, chunk: Uint8Array) => {
      const kept = meter.keep(channel, chunk);
      if (kept.byteLength > 0) await on.hooks.onOutput(channel, kept);
    },
    progress: (percent: number, note?: string) => on.hooks.onProgress(percent, note),
  };
  try {
    const outcome = (await primitive.run?.(directive.params, context)) ?? failure('primitive-unknown', primitive.name);
    return meter.isUsed ? { outcome, output: meter.summaries() } : { outcome };
  } catch (error) {
    return { outcome: failure('primitive-crashed', error instanceof Error ? error.message : String(error)) };
  }
}

function reasonOf(signal: AbortSignal): AbortReason | undefined {
  const reason: unknown = signal.reason;
  return reason === 'cancelled' || reason === 'time-limit' || reason === 'stopping' ? reason : undefined;
}
