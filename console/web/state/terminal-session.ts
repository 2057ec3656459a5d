/**
 * One terminal: its live stream on a screen, until the program in it ends. The stream takes itself up again after a cut;
 * here is what the person is told meanwhile.
 */
import type { ConsoleClient, StreamAddress, TerminalStream } from './client-port.ts';
import { Live } from './live-value.ts';
import { byteSize } from './words.ts';

export type TerminalState =
  | { readonly kind: 'joining' }
  | { readonly kind: 'live' }
  | { readonly kind: 'reconnecting'; readonly sinceMs: number }
  | { readonly kind: 'ended'; readonly exitCode: number | null; readonly signal: string | null }
  | { readonly kind: 'gone'; readonly code: string; readonly detail: string };

/** Where output is shown; `shown` is called when it has been drawn. */
export type Screen = { write(bytes: Uint8Array, shown: () => void): void; note(text: string): void };

export class TerminalSession {
  readonly state = new Live<TerminalState>({ kind: 'joining' });
  readonly #stream: TerminalStream;

  /** Joins at once; the screen is empty, so all output that the machine still keeps is asked for. */
  constructor(client: ConsoleClient, address: StreamAddress, screen: Screen) {
    this.#stream = client.attach(address, {
      output: (bytes) => new Promise((shown) => screen.write(bytes, shown)),
      missed: (bytes) => screen.note(`${byteSize(bytes)} of output came while nobody was connected and are no longer kept`),
      state: (state) => this.state.set(state === 'attached' ? { kind: 'live' } : { kind: 'reconnecting', sinceMs: this.#lostSince() }),
      ended: (exit) => this.state.set({ kind: 'ended', ...exit }),
      failed: ({ code, detail }) => this.state.set({ kind: 'gone', code, detail }),
    });
  }

  /** What is typed while the connection is lost is kept and sent when it is back. */
  type(bytes: Uint8Array): void {
    this.#stream.write(bytes);
  }

  resize(columns: number, rows: number): void {
    this.#stream.resize(columns, rows);
  }

  /** Leaves the terminal; the program in it goes on. */
  leave(): void {
    this.#stream.close();
  }

  #lostSince(): number {
    const state = this.state.get();
    return state.kind === 'reconnecting' ? state.sinceMs : Date.now();
  }
}
