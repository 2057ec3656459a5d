/**
 * The agent's own log: to standard error, where the service manager of the machine keeps it, and to a file of the data
 * folder, which `agent.log` reads: what happened before a crash or a restart is just what is asked for, so memory would
 * be the wrong place, and it would cost memory. Two files, the older one whole; a full disk costs only the telling.
 */
import { closeSync, fstatSync, openSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { limits } from '../protocol/limits.ts';

type Sink = { write(line: string): unknown };

export class OwnLog {
  readonly #path: string;
  readonly #standardError: Sink;
  #file: { readonly descriptor: number; bytes: number } | undefined;

  constructor(folder: string, standardError: Sink) {
    this.#path = ownLogIn(folder);
    this.#standardError = standardError;
  }

  /** One line with its line break. */
  write(line: string): void {
    this.#standardError.write(line);
    try {
      this.#keep(Buffer.from(line));
    } catch {
      // no folder yet, or no room: it stands in standard error, and the next line is tried again
      this.#close();
    }
  }

  #keep(bytes: Uint8Array): void {
    this.#file ??= this.#open();
    if (this.#file.bytes > 0 && this.#file.bytes + bytes.byteLength > limits.maxOwnLogBytes) this.#file = this.#rotate();
    writeSync(this.#file.descriptor, bytes);
    this.#file.bytes += bytes.byteLength;
  }

  #open(): { descriptor: number; bytes: number } {
    const descriptor = openSync(this.#path, 'a', 0o600);
    return { descriptor, bytes: fstatSync(descriptor).size };
  }

  #rotate(): { descriptor: number; bytes: number } {
    this.#close();
    renameSync(this.#path, `${this.#path}.1`);
    return this.#open();
  }

  #close(): void {
    if (this.#file !== undefined) closeSync(this.#file.descriptor);
    this.#file = undefined;
  }
}

export function ownLogIn(folder: string): string {
  return join(folder, 'agent.log');
}
