/**
 * One terminal: its live stream is joined, lost and joined again without anybody asking, until the program in it ends.
 */
import { byteSize } from './words.ts';
import { Live } from './live-value.ts';
import { TerminalInput } from './terminal-input.ts';
import type { Attachment, AttachRequest, ConsoleClient } from './client-port.ts';

export type TerminalState =
  | { readonly kind: 'joining' }
  | { readonly kind: 'live' }
  | { readonly kind: 'reconnecting'; readonly sinceMs: number; readonly detail: string }
  | { readonly kind: 'ended'; readonly exitCode: number | null; readonly signal: string | null }
  | { readonly kind: 'gone'; readonly code: string; readonly detail: string };

/** Where output is shown; `shown` is called when it has been drawn. */
export type Screen = { write(bytes: Uint8Array, shown: () => void): void; note(text: string): void };

const firstDelayMs = 500;
const longestDelayMs = 8000;
/** These never heal: the terminal is no longer there. */
const lastCodes = ['no-such-directive', 'session-lost', 'not-found', 'forbidden', 'no-such-machine', 'stream-unsupported', 'cancelled', 'interrupted', 'expired'];

export class TerminalSession {
  readonly state = new Live<TerminalState>({ kind: 'joining' });
  readonly #client: ConsoleClient;
  readonly #request: Omit<AttachRequest, 'received'>;
  readonly #screen: Screen;
  readonly #input = new TerminalInput();
  #attachment: Attachment | undefined;
  #received = 0;
  #size = { columns: 80, rows: 24 };
  #failures = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  /** Joins at once; the screen is empty, so all output that the machine still keeps is asked for. */
  constructor(client: ConsoleClient, request: Omit<AttachRequest, 'received'>, screen: Screen) {
    this.#client = client;
    this.#request = request;
    this.#screen = screen;
    this.#join();
  }

  type(bytes: Uint8Array): void {
    if (!this.#input.type(bytes)) return;
    if (this.state.get().kind === 'live') this.#attachment?.input(bytes);
  }

  resize(columns: number, rows: number): void {
    this.#size = { columns, rows };
    if (this.state.get().kind === 'live') this.#attachment?.resize(columns, rows);
  }

  /** Leaves the terminal; the program in it goes on. */
  leave(): void {
    this.#closed = true;
    clearTimeout(this.#retry);
    this.#attachment?.close();
  }

  #join(): void {
    this.#attachment = this.#client.attach(
      { ...this.#request, received: this.#received },
      {
        joined: (at) => this.#joined(at),
        output: (bytes) => this.#show(bytes),
        inputTaken: (bytes) => this.#input.taken(bytes),
        ended: (exitCode, signal) => this.#end({ kind: 'ended', exitCode, signal }),
        lost: (code, detail) => this.#lost(code, detail),
      },
    );
  }

  #joined({ outputFrom, inputReceived }: { outputFrom: number; inputReceived: number }): void {
    const missed = outputFrom - this.#received;
    if (missed > 0) this.#screen.note(`${byteSize(missed)} of output came while nobody was connected and are no longer kept`);
    this.#received = outputFrom;
    this.#failures = 0;
    this.state.set({ kind: 'live' });
    this.#attachment?.resize(this.#size.columns, this.#size.rows);
    for (const bytes of this.#input.rejoin(inputReceived)) this.#attachment?.input(bytes);
  }

  #show(bytes: Uint8Array): void {
    this.#received += bytes.byteLength;
    const attachment = this.#attachment;
    this.#screen.write(bytes, () => attachment?.taken(bytes.byteLength));
  }

  #lost(code: string, detail: string): void {
    this.#attachment = undefined;
    if (this.#closed || this.state.get().kind === 'ended') return;
    if (lastCodes.includes(code)) {
      this.#end({ kind: 'gone', code, detail });
      return;
    }
    const since = this.state.get();
    this.state.set({ kind: 'reconnecting', sinceMs: since.kind === 'reconnecting' ? since.sinceMs : Date.now(), detail });
    const delayMs = Math.min(longestDelayMs, firstDelayMs * 2 ** this.#failures++);
    this.#retry = setTimeout(() => this.#join(), delayMs);
  }

  #end(state: TerminalState): void {
    clearTimeout(this.#retry);
    this.state.set(state);
  }
}
