import type { ConsoleClient, StreamAddress, StreamHandlers, TerminalStream } from '../../../console/web/state/client-port.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const prompt = '\u001b[32mroot@rec-01\u001b[0m:\u001b[34m~\u001b[0m# ';

/**
 * A shell that knows `echo` and `exit`. What it wrote is kept across reloads of the page, as the machine would.
 * `window.cutTerminals()` loses every connection until `window.joinTerminals()`.
 */
export function mockShell(): ConsoleClient['attach'] {
  const shells = new Set<Shell>();
  Object.assign(window, { cutTerminals: () => shells.forEach((shell) => shell.cut()), joinTerminals: () => shells.forEach((shell) => shell.join()) });
  return (address, handlers) => {
    const shell = new Shell(address, handlers);
    shells.add(shell);
    return shell;
  };
}

class Shell implements TerminalStream {
  readonly #handlers: StreamHandlers;
  readonly #key: string;
  #line = '';
  #typed = '';
  #sent = 0;
  #joined = false;
  #open = true;

  constructor({ directiveId }: StreamAddress, handlers: StreamHandlers) {
    this.#handlers = handlers;
    this.#key = `mock.terminal.${directiveId}`;
    setTimeout(() => this.join(), 30);
  }

  write(bytes: Uint8Array): void {
    this.#typed += decoder.decode(bytes);
    this.#take();
  }

  resize(): void {
    return undefined;
  }

  endInput(): void {
    // the shell here has no end of input
  }

  close(): void {
    this.#open = false;
  }

  cut(): void {
    this.#joined = false;
    if (this.#open) this.#handlers.state('interrupted');
  }

  join(): void {
    if (!this.#open || this.#joined) return;
    this.#joined = true;
    if (sessionStorage.getItem(this.#key) === null) sessionStorage.setItem(this.#key, prompt);
    this.#handlers.state('attached');
    this.#flush();
    this.#take();
  }

  #take(): void {
    if (!this.#joined) return;
    const typed = this.#typed;
    this.#typed = '';
    for (const character of typed) this.#press(character);
  }

  #press(character: string): void {
    if (character !== '\r') {
      this.#line += character;
      return this.#say(character);
    }
    const line = this.#line;
    this.#line = '';
    if (line === 'exit') return this.#handlers.ended({ exitCode: 0, signal: null });
    this.#say(`\r\n${line.startsWith('echo ') ? `${line.slice(5)}\r\n` : ''}${prompt}`);
  }

  #say(text: string): void {
    sessionStorage.setItem(this.#key, (sessionStorage.getItem(this.#key) ?? '') + text);
    this.#flush();
  }

  #flush(): void {
    const all = encoder.encode(sessionStorage.getItem(this.#key) ?? '');
    const fresh = all.subarray(this.#sent);
    this.#sent = all.byteLength;
    if (fresh.byteLength > 0) void this.#handlers.output(fresh);
  }
}
