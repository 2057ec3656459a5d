/**
 * Follows the output of one run from its first kept byte. It is a place in the store and nothing more: a piece that comes
 * just there is passed on; a console that was too slow is read to from the store when it has room. So no watcher, however
 * slow, holds memory, and none misses anything that is kept.
 */
import { limits } from '../../protocol/limits.ts';
import type { Bus } from '../bus/bus.ts';
import { readOutput } from '../store/outputs.ts';
import type { OutputChannel, OutputPiece, RunId } from '../store/outputs.ts';
import type { Store } from '../store/store.ts';
import type { Outlet } from './outlet.ts';

const channels: readonly OutputChannel[] = ['stdout', 'stderr'];

export class OutputWatch {
  readonly #needs: { readonly store: Store; readonly bus: Bus };
  readonly #outlet: Outlet;
  readonly #watched: RunId & { readonly ref: number };
  readonly #unsubscribe: () => void;
  readonly #places: Record<OutputChannel, number> = { stdout: 0, stderr: 0 };
  /** Something may be in the store that was not passed on. */
  #isBehind = true;
  #isReading = false;
  #isStopped = false;

  constructor(needs: { readonly store: Store; readonly bus: Bus }, outlet: Outlet, watched: RunId & { readonly ref: number }) {
    this.#needs = needs;
    this.#outlet = outlet;
    this.#watched = watched;
    this.#unsubscribe = needs.bus.subscribe('output-kept', (news) => {
      if (news.directiveId === watched.directiveId && news.agentId === watched.agentId) this.#kept(news.piece);
    });
    void this.#catchUp().then(() => this.#outlet.send({ kind: 'current', ref: watched.ref }));
  }

  stop(): void {
    this.#isStopped = true;
    this.#unsubscribe();
  }

  #kept(piece: OutputPiece): void {
    const isNext = !this.#isBehind && !this.#outlet.isFull && piece.offset === this.#places[piece.channel];
    if (isNext) return this.#pass(piece);
    this.#isBehind = true;
    if (!this.#isReading) void this.#catchUp();
  }

  async #catchUp(): Promise<void> {
    this.#isReading = true;
    while (this.#isBehind && !this.#isStopped) {
      this.#isBehind = false;
      for (const channel of channels) await this.#readOn(channel);
    }
    this.#isReading = false;
  }

  async #readOn(channel: OutputChannel): Promise<void> {
    for (;;) {
      if (this.#isStopped || !(await this.#outlet.room())) return this.stop();
      const part = { channel, fromOffset: this.#places[channel], limit: limits.outputPage };
      const pieces = await readOutput(this.#needs.store.read, this.#watched, part);
      for (const piece of pieces) this.#pass(piece);
      if (pieces.length < limits.outputPage) return;
    }
  }

  #pass({ channel, offset, bytes }: OutputPiece): void {
    this.#places[channel] = offset + bytes.byteLength;
    this.#outlet.send({ kind: 'output', ref: this.#watched.ref, channel, offset, bytes });
  }
}
