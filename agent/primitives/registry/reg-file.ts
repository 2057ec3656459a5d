/**
 * The .reg format (learn.microsoft.com, "How to add, modify, or delete registry subkeys and values by using a .reg file"): the one
 * form in which the registry's own tool says every name and every byte exactly, whatever the language of the system.
 */
import { typeName, typeNumber } from './value-types.ts';
import type { TypeName } from './value-types.ts';

/** One value as it is kept: '' is the name of the default one. */
export type RawValue = { readonly name: string; readonly type: TypeName; readonly bytes: Uint8Array };

export type Section = { readonly key: string; readonly values: readonly RawValue[] };

const head = 'Windows Registry Editor Version 5.00';
/** Bytes on a line, as regedit breaks them. */
const perLine = 25;

/** A file, with its byte order mark, that makes `key` where it is not there and gives it these values; `null` takes one away. */
export function setValues(key: string, values: readonly (RawValue | { readonly name: string; readonly bytes: null })[]): Uint8Array {
  const lines = values.map((value) => `${nameOf(value.name)}=${value.bytes === null ? '-' : `hex(${typeNumber(value.type).toString(16)}):${hexLines(value.bytes)}`}`);
  return fileOf([`[${key}]`, ...lines]);
}

/** A file that takes `key` away with all below it. */
export function removeKey(key: string): Uint8Array {
  return fileOf([`[-${key}]`]);
}

function fileOf(lines: readonly string[]): Uint8Array {
  return Buffer.from(`\ufeff${[head, '', ...lines, ''].join('\r\n')}\r\n`, 'utf16le');
}

function nameOf(name: string): string {
  return name === '' ? '@' : `"${name.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

function hexLines(bytes: Uint8Array): string {
  const pairs = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0'));
  const lines = Array.from({ length: Math.ceil(pairs.length / perLine) }, (_, line) => pairs.slice(line * perLine, (line + 1) * perLine).join(','));
  return lines.join(',\\\r\n  ');
}

/** All sections of an exported file, in its order. What is not in the form ends the section that it stands in. */
export function parseRegFile(text: string): Section[] {
  const reader = new Reader(text);
  const sections: { key: string; values: RawValue[] }[] = [];
  while (!reader.atEnd) {
    const key = reader.header();
    if (key !== undefined) sections.push({ key, values: [] });
    else {
      const value = reader.value();
      if (value !== undefined) sections.at(-1)?.values.push(value);
    }
  }
  return sections;
}

/** Keys may hold brackets: the header is the whole line. Data may go over lines, text in quotes too. */
class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get atEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  header(): string | undefined {
    const found = this.#take(/\[([^\r\n]*)\][ \t]*(?:\r?\n|$)/y);
    return found?.[1];
  }

  /** Undefined for an empty line, and for one that is none of ours: it is passed over. */
  value(): RawValue | undefined {
    const name = this.#take(/@=|"([^"\\]*(?:\\[^][^"\\]*)*)"=/y);
    const data = name === null ? null : this.#take(/"([^"\\]*(?:\\[^][^"\\]*)*)"|dword:([0-9a-f]{1,8})|hex(?:\(([0-9a-f]{1,8})\))?:((?:[0-9a-f]{2},?|\\[ \t]*\r?\n[ \t]*)*)/iy);
    this.#take(/[^\r\n]*(?:\r?\n|$)/y);
    if (name === null || data === null) return undefined;
    const [, text, dword, type = '3', hex = ''] = data;
    const plain = unescaped(name[1] ?? '');
    if (text !== undefined) return { name: plain, type: 'REG_SZ', bytes: Buffer.from(`${unescaped(text)}\0`, 'utf16le') };
    if (dword !== undefined) return { name: plain, type: 'REG_DWORD', bytes: littleEndian(Number.parseInt(dword, 16)) };
    return { name: plain, type: typeName(Number.parseInt(type, 16)), bytes: Buffer.from(hex.replaceAll(/[^0-9a-f]/gi, ''), 'hex') };
  }

  #take(form: RegExp): RegExpExecArray | null {
    form.lastIndex = this.#at;
    const found = form.exec(this.#text);
    if (found !== null) this.#at = form.lastIndex;
    return found;
  }
}

/** Wine writes a new line as \r\n; Windows as it is. */
function unescaped(text: string): string {
  return text.replaceAll(/\\([^])/g, (_, character: string) => ({ r: '\r', n: '\n' })[character] ?? character);
}

function littleEndian(number: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(number);
  return bytes;
}
