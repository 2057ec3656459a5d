import { FitAddon } from '@xterm/addon-fit';
import { SearchAddon } from '@xterm/addon-search';
import { WebLinksAddon } from '@xterm/addon-web-links';
import { Terminal } from '@xterm/xterm';
import type { ITheme } from '@xterm/xterm';
import '@xterm/xterm/css/xterm.css';

export type ScreenUser = { type(bytes: Uint8Array): void; resize(columns: number, rows: number): void };

const encoder = new TextEncoder();
/** Lines one can scroll back. At 200 columns this stays below about 20 MB. */
const scrollbackLines = 5000;

/** The screen of one terminal: xterm.js with our colours, search, links, and copy and paste as the system does them. */
export class TerminalScreen {
  readonly #terminal = new Terminal({ scrollback: scrollbackLines, cursorBlink: false, fontSize: 13, lineHeight: 1.15, fontFamily: fontOf(), macOptionIsMeta: true, minimumContrastRatio: 4.5, allowProposedApi: false });
  readonly #fit = new FitAddon();
  readonly #search = new SearchAddon();
  readonly #watch: ResizeObserver;
  #user: ScreenUser | undefined;
  #control = false;

  constructor(place: HTMLElement, actions: { find(): void }) {
    this.#terminal.loadAddon(this.#fit);
    this.#terminal.loadAddon(this.#search);
    this.#terminal.loadAddon(new WebLinksAddon((_, address) => void window.open(address, '_blank', 'noopener,noreferrer')));
    this.#terminal.open(place);
    this.followTheme();
    this.#watch = new ResizeObserver(() => this.#fit.fit());
    this.#watch.observe(place);
    this.#terminal.attachCustomKeyEventHandler((event) => this.#takeKey(event, actions.find));
    this.#terminal.onData((text) => this.#typed(text));
    this.#terminal.onBinary((text) => this.#user?.type(Uint8Array.from(text, (character) => character.charCodeAt(0))));
    this.#terminal.onResize(({ cols, rows }) => this.#user?.resize(cols, rows));
    this.#fit.fit();
    this.#terminal.focus();
  }

  /** From here on, what is typed goes to `user`. */
  connect(user: ScreenUser): void {
    this.#user = user;
    user.resize(this.#terminal.cols, this.#terminal.rows);
  }

  /** `shown` is called when it has been drawn: that is the back-pressure. */
  write(bytes: Uint8Array, shown: () => void): void {
    this.#terminal.write(bytes, shown);
  }

  /** A line of ours among the output. */
  note(text: string): void {
    this.#terminal.write(`\r\n\u001b[2m── ${text} ──\u001b[0m\r\n`);
  }

  /** As if it were typed: for the key row of a narrow screen. */
  press(sequence: string): void {
    this.#typed(sequence);
    this.#terminal.focus();
  }

  /** The next letter is typed with Ctrl. */
  holdControl(): void {
    this.#control = true;
    this.#terminal.focus();
  }

  find(text: string, backwards: boolean): boolean {
    return backwards ? this.#search.findPrevious(text) : this.#search.findNext(text);
  }

  focus(): void {
    this.#terminal.focus();
  }

  /** Takes the colours of the page as they are now. */
  followTheme(): void {
    this.#terminal.options.theme = pageTheme();
  }

  dispose(): void {
    this.#watch.disconnect();
    this.#terminal.dispose();
  }

  #typed(text: string): void {
    const letter = text.length === 1 ? text.toUpperCase().charCodeAt(0) : 0;
    const controlled = this.#control && letter >= 64 && letter < 96;
    this.#control = false;
    this.#user?.type(encoder.encode(controlled ? String.fromCharCode(letter - 64) : text));
  }

  /** False: the browser does what it does (paste), or we did it (copy, find). */
  #takeKey(event: KeyboardEvent, find: () => void): boolean {
    const modifier = event.ctrlKey || event.metaKey;
    if (event.type !== 'keydown' || !modifier) return true;
    const key = event.key.toLowerCase();
    if (key === 'k') return false;
    if (key === 'f' && !event.altKey) {
      event.preventDefault();
      find();
      return false;
    }
    if (key === 'v') return false;
    if (key !== 'c' || !this.#terminal.hasSelection()) return true;
    event.preventDefault();
    void navigator.clipboard.writeText(this.#terminal.getSelection());
    this.#terminal.clearSelection();
    return false;
  }
}

function fontOf(): string {
  return getComputedStyle(document.documentElement).getPropertyValue('--mono').trim();
}

/** The sixteen colours are chosen so that each can be read on the ground. */
function pageTheme(): ITheme {
  const style = getComputedStyle(document.documentElement);
  const color = (name: string): string => style.getPropertyValue(name).trim();
  return {
    background: color('--terminal'),
    foreground: color('--text'),
    cursor: color('--accent'),
    cursorAccent: color('--terminal'),
    selectionBackground: `${color('--accent')}55`,
    red: color('--red'),
    green: color('--green'),
    yellow: color('--amber'),
    blue: color('--blue'),
    magenta: color('--violet'),
    cyan: color('--accent'),
    brightRed: color('--red'),
    brightGreen: color('--green'),
    brightYellow: color('--orange'),
    brightBlue: color('--blue'),
    brightMagenta: color('--violet'),
    brightCyan: color('--accent'),
    brightBlack: color('--dim'),
  };
}
