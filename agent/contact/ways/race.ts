/**
 * Dials many ways at once, each a little after the one before it (RFC 8305), and gives out those that open, the best
 * first. Only dialling happens at the same time: whoever takes a transport does with it what must not be done twice.
 */
import type { Clock, Timer } from '../../../protocol/clock.ts';
import { limits } from '../../../protocol/limits.ts';
import { failure } from '../../../protocol/outcome.ts';
import type { Transport } from '../../../protocol/transport.ts';
import type { Way } from './ladder.ts';
import type { DialFailure } from './transports.ts';

export type Opened = { readonly way: Way; readonly transport: Transport };

export type RaceOptions = {
  readonly clock: Clock;
  dial(way: Way, signal: AbortSignal): Promise<{ readonly ok: true; readonly value: Transport } | DialFailure>;
  failed(way: Way, reason: DialFailure): void;
};

/** `dialling` and not yet settled, `open` and not yet taken, or `out` of the race. */
type Entry = { readonly way: Way; state: 'waiting' | 'dialling' | 'open' | 'out'; startedAtMs: number; transport?: Transport; hasGrace: boolean };

export class Race {
  readonly #options: RaceOptions;
  readonly #over = new AbortController();
  readonly #entries: Entry[] = [];
  #mayGrow = true;
  #starter: Timer | undefined;
  #taker: ((opened: Opened | undefined) => void) | undefined;

  constructor(options: RaceOptions) {
    this.#options = options;
  }

  /** Puts in ways behind those there are; the next starts `headStartMs` after the first of these. */
  enter(ways: readonly Way[], headStartMs: number): void {
    this.#entries.push(...ways.map((way): Entry => ({ way, state: 'waiting', startedAtMs: 0, hasGrace: true })));
    if (this.#starter === undefined) this.#startNext(headStartMs);
  }

  /** There are no more to come. */
  close(): void {
    this.#mayGrow = false;
    this.#settle();
  }

  /** The next way that is open, or undefined when there is none and none to come. One caller at a time. */
  next(): Promise<Opened | undefined> {
    return new Promise((resolve) => {
      this.#taker = resolve;
      this.#settle();
    });
  }

  /** Whether a way stands open and waits to be taken. */
  get isReady(): boolean {
    return this.#entries.some(({ state }) => state === 'open');
  }

  get #hasMore(): boolean {
    return this.#mayGrow || this.#entries.some(({ state }) => state !== 'out');
  }

  /** Better ways than this one that have not answered yet: it was faster, and they will not be heard any more. */
  overtakenBy(way: Way): void {
    const { clock, failed } = this.#options;
    const better = this.#entries.slice(0, this.#entries.findIndex((entry) => entry.way === way));
    for (const { way: slow, startedAtMs } of better.filter(({ state }) => state === 'dialling')) {
      failed(slow, failure('timed-out', `no answer in ${Math.round(clock.monotonic() - startedAtMs)} ms, when another way got through`));
    }
  }

  /** Gives up what is being dialled, and closes what nobody took. */
  end(): void {
    if (this.#over.signal.aborted) return;
    this.#mayGrow = false;
    this.#starter?.cancel();
    this.#over.abort();
    for (const entry of this.#entries) {
      if (entry.state === 'open') entry.transport?.close();
      entry.state = 'out';
    }
    this.#settle();
  }

  /** Many ways must not make the last one late: then they follow more closely. */
  get #headStartMs(): number {
    return Math.min(limits.headStartMs, (8 * limits.headStartMs) / Math.max(1, this.#entries.length));
  }

  #startNext(headStartMs: number): void {
    this.#starter?.cancel();
    this.#starter = undefined;
    const entry = this.#entries.find(({ state }) => state === 'waiting');
    if (entry === undefined || this.#over.signal.aborted) return;
    this.#starter = this.#options.clock.after(headStartMs, () => this.#startNext(this.#headStartMs));
    void this.#dial(entry);
  }

  async #dial(entry: Entry): Promise<void> {
    entry.state = 'dialling';
    entry.startedAtMs = this.#options.clock.monotonic();
    const dialled = await this.#options.dial(entry.way, this.#over.signal);
    if (this.#over.signal.aborted) {
      if (dialled.ok) dialled.value.close();
      return;
    }
    if (dialled.ok) this.#open(entry, dialled.value);
    else this.#drop(entry, dialled);
    this.#settle();
  }

  #open(entry: Entry, transport: Transport): void {
    entry.state = 'open';
    entry.transport = transport;
    this.#options.clock.after(limits.graceMs, () => {
      entry.hasGrace = false;
      this.#settle();
    });
  }

  /** What has failed need not be waited for: the next one starts at once. */
  #drop(entry: Entry, reason: DialFailure): void {
    entry.state = 'out';
    this.#options.failed(entry.way, reason);
    if (!this.#entries.some(({ state }) => state === 'dialling')) this.#startNext(this.#headStartMs);
  }

  /** Gives the taker what there is to give. */
  #settle(): void {
    if (this.#taker === undefined) return;
    const entry = this.#entries.find(({ state }) => state === 'open' || state === 'dialling');
    const best = entry?.state === 'open' ? entry : this.#entries.find(({ state, hasGrace }) => state === 'open' && !hasGrace);
    if (best === undefined && this.#hasMore) return;
    const take = this.#taker;
    this.#taker = undefined;
    if (best?.transport === undefined) return take(undefined);
    best.state = 'out';
    take({ way: best.way, transport: best.transport });
  }
}
