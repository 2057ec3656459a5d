/**
 * The transfers of this page: a few at once, the others wait. They go on while other views are shown, and what was stopped
 * can be gone on with as long as the page is open.
 */
import { failure } from '../../../protocol/outcome.ts';
import type { Failure, Outcome } from '../../../protocol/outcome.ts';
import type { TransferOptions, TransferProgress } from '../../client/files/transfer.ts';
import { Live } from './live-value.ts';

export type TransferJob = {
  readonly agentId: string;
  readonly direction: 'up' | 'down';
  /** Of the file or folder. */
  readonly name: string;
  /** Brings it over, from where it was stopped before. */
  run(options: TransferOptions): Promise<Outcome<unknown>>;
  /** Replaces what stands there, when `run` has failed for it. */
  replace?(): void;
  /** It will not be gone on with. */
  drop?(): Promise<void>;
  /** It is there. */
  done?(): void;
};

export type TransferState = 'waiting' | 'running' | 'done' | 'stopped' | 'failed';
export type TransferView = {
  readonly id: number;
  readonly job: TransferJob;
  readonly state: TransferState;
  readonly progress?: TransferProgress;
  readonly failure?: Failure;
};

/** At once: they share the lowest priority of the one connection. */
const atOnce = 2;

export class Transfers {
  readonly live = new Live<readonly TransferView[]>([]);
  readonly #stops = new Map<number, AbortController>();
  readonly #busy: (isBusy: boolean) => void;
  #lastId = 0;

  /** `busy` is told whether something runs or waits. */
  constructor(busy: (isBusy: boolean) => void) {
    this.#busy = busy;
  }

  start(job: TransferJob): void {
    this.#lastId += 1;
    this.live.set([...this.live.get(), { id: this.#lastId, job, state: 'waiting' }]);
    this.#next();
  }

  stop(id: number): void {
    if (this.#stops.has(id)) this.#stops.get(id)?.abort();
    else this.#change(id, { state: 'stopped' });
  }

  /** Goes on where it was. */
  resume(id: number): void {
    this.#change(id, { state: 'waiting', failure: undefined });
    this.#next();
  }

  replace(id: number): void {
    this.#find(id)?.job.replace?.();
    this.resume(id);
  }

  /** Takes it from the list; what has come of one that is not done is thrown away. */
  dismiss(id: number): void {
    const transfer = this.#find(id);
    if (transfer === undefined || transfer.state === 'running') return;
    if (transfer.state !== 'done') void transfer.job.drop?.();
    this.live.set(this.live.get().filter((each) => each.id !== id));
  }

  #next(): void {
    const transfers = this.live.get();
    const free = atOnce - transfers.filter(({ state }) => state === 'running').length;
    for (const { id } of transfers.filter(({ state }) => state === 'waiting').slice(0, Math.max(0, free))) void this.#run(id);
    this.#busy(this.live.get().some(({ state }) => state === 'running' || state === 'waiting'));
  }

  async #run(id: number): Promise<void> {
    const transfer = this.#find(id);
    if (transfer === undefined) return;
    const stop = new AbortController();
    this.#stops.set(id, stop);
    this.#change(id, { state: 'running' });
    const ended = await transfer.job.run({ signal: stop.signal, progress: (progress) => this.#change(id, { progress }) });
    this.#stops.delete(id);
    if (ended.ok) {
      this.#change(id, { state: 'done' });
      transfer.job.done?.();
    } else if (ended.code === 'cancelled') this.#change(id, { state: 'stopped' });
    else this.#change(id, { state: 'failed', failure: failure(ended.code, ended.detail) });
    this.#next();
  }

  #find(id: number): TransferView | undefined {
    return this.live.get().find((each) => each.id === id);
  }

  #change(id: number, { failure: because, ...part }: { readonly state?: TransferState; readonly progress?: TransferProgress; readonly failure?: Failure | undefined }): void {
    this.live.set(this.live.get().map((each) => {
      if (each.id !== id) return each;
      const { failure: _, ...rest } = each;
      return { ...rest, ...part, ...(because === undefined ? {} : { failure: because }) };
    }));
  }
}
