import type { Attachment, AttachmentHandlers, AttachRequest, ConsoleClient } from '../../../console/web/state/client-port.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const prompt = '\u001b[32mroot@rec-01\u001b[0m:\u001b[34m~\u001b[0m# ';

/** A shell that knows `echo` and `exit`; what it wrote is kept across reloads of the page, as the machine would. `window.cutTerminals()` loses every connection. */
export function mockShell(): ConsoleClient['attach'] {
  const cuts = new Set<() => void>();
  Object.assign(window, { cutTerminals: () => cuts.forEach((cut) => cut()) });
  return (request, handlers) => {
    const shell = new Shell(request, handlers);
    cuts.add(() => shell.cut());
    return shell;
  };
}

class Shell implements Attachment {
  readonly #handlers: AttachmentHandlers;
  readonly #key: string;
  #line = '';
  #sent: number;
  #open = true;

  constructor({ directiveId, received }: AttachRequest, handlers: AttachmentHandlers) {
    this.#handlers = handlers;
    this.#key = `mock.terminal.${directiveId}`;
    this.#sent = received;
    setTimeout(() => this.#join(), 30);
  }

  input(bytes: Uint8Array): void {
    this.#handlers.inputTaken(bytes.byteLength);
    sessionStorage.setItem(`${this.#key}.in`, String(this.#taken() + bytes.byteLength));
    for (const character of decoder.decode(bytes)) this.#press(character);
  }

  resize(): void {
    return undefined;
  }

  taken(): void {
    return undefined;
  }

  close(): void {
    this.#open = false;
  }

  cut(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#handlers.lost('connection-lost', 'cut by the test');
  }

  #taken(): number {
    return Number(sessionStorage.getItem(`${this.#key}.in`) ?? 0);
  }

  #join(): void {
    if (!this.#open) return;
    if (sessionStorage.getItem(this.#key) === null) sessionStorage.setItem(this.#key, prompt);
    this.#handlers.joined({ outputFrom: this.#sent, inputReceived: this.#taken() });
    this.#flush();
  }

  #press(character: string): void {
    if (character !== '\r') {
      this.#line += character;
      return this.#write(character);
    }
    const line = this.#line;
    this.#line = '';
    if (line === 'exit') return this.#handlers.ended(0, null);
    this.#write(`\r\n${line.startsWith('echo ') ? `${line.slice(5)}\r\n` : ''}${prompt}`);
  }

  #write(text: string): void {
    sessionStorage.setItem(this.#key, (sessionStorage.getItem(this.#key) ?? '') + text);
    this.#flush();
  }

  #flush(): void {
    const all = encoder.encode(sessionStorage.getItem(this.#key) ?? '');
    const fresh = all.subarray(this.#sent);
    this.#sent = all.byteLength;
    if (fresh.byteLength > 0) this.#handlers.output(fresh);
  }
}
