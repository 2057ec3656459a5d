/**
 * Output of a run as text to show: bytes of two channels in the order they came, made into runs of one channel each,
 * with control sequences of terminals left out and gaps marked.
 */
import type { OutputChunk } from './client-port.ts';

/** One run of text. `gap`: so many bytes are missing here because this page was too slow for the socket. */
export type OutputPart =
  | { readonly id: number; readonly kind: 'stdout' | 'stderr'; readonly text: string }
  | { readonly id: number; readonly kind: 'gap'; readonly bytes: number };

/** A run is closed at this length, so that drawing the newest does not draw all of it again. */
const partLength = 8192;
const escape = String.fromCharCode(27);
const bell = String.fromCharCode(7);
/** Control sequences (ECMA-48): CSI … final byte, OSC … BEL or ST, and two-character escapes. */
const sequences = new RegExp(`${escape}(?:\\[[0-?]*[ -/]*[@-~]|\\][^${bell}${escape}]*(?:${bell}|${escape}\\\\)|[@-Z\\\\-_])`, 'g');
const unfinishedSequence = new RegExp(`${escape}(?:\\[[0-?]*[ -/]*|\\][^${bell}${escape}]{0,512})?$`);

type Channel = { readonly decoder: TextDecoder; next: number; held: string };

/** Puts chunks together. `parts` is a new array after each change; finished parts stay the same objects. */
export class OutputText {
  parts: readonly OutputPart[] = [];
  #nextId = 0;
  readonly #channels: Record<'stdout' | 'stderr', Channel> = { stdout: newChannel(), stderr: newChannel() };

  push(chunk: OutputChunk): void {
    const channel = this.#channels[chunk.channel];
    const skip = Math.max(0, channel.next - chunk.offset);
    if (skip >= chunk.bytes.byteLength) return;
    if (chunk.offset > channel.next) this.#add({ id: this.#nextId++, kind: 'gap', bytes: chunk.offset - channel.next });
    channel.next = chunk.offset + chunk.bytes.byteLength;
    const text = channel.held + channel.decoder.decode(chunk.bytes.subarray(skip), { stream: true });
    const cut = unfinishedSequence.exec(text)?.index ?? text.length;
    channel.held = text.slice(cut);
    this.#append(chunk.channel, plainText(text.slice(0, cut)));
  }

  /** All of it, for copying. */
  text(): string {
    return this.parts.map((part) => (part.kind === 'gap' ? `\n[${part.bytes} bytes missing]\n` : part.text)).join('');
  }

  #append(kind: 'stdout' | 'stderr', text: string): void {
    if (text === '') return;
    const last = this.parts.at(-1);
    if (last !== undefined && last.kind === kind && last.text.length + text.length <= partLength) {
      this.parts = [...this.parts.slice(0, -1), { ...last, text: last.text + text }];
    } else this.#add({ id: this.#nextId++, kind, text });
  }

  #add(part: OutputPart): void {
    this.parts = [...this.parts, part];
  }
}

function newChannel(): Channel {
  return { decoder: new TextDecoder('utf-8'), next: 0, held: '' };
}

/** Text without control sequences; a carriage return that overwrites its line begins a new one. */
function plainText(text: string): string {
  return text.replaceAll(sequences, '').replaceAll('\r\n', '\n').replaceAll(/\r(?!$)/g, '\n').replaceAll(bell, '');
}
