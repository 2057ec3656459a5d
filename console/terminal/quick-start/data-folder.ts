/**
 * The quick start: a whole small installation from nothing, by one command. It plays the owner, and runs intermediary
 * and agent as processes of their own, over their real interfaces.
 *
 * This file: the data folder: ours alone while we run, and as it was before if the first start fails.
 */
import { accessSync, constants, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { Compile } from 'typebox/schema';
import { failure, success } from '../../../protocol/outcome.ts';
import type { Outcome } from '../../../protocol/outcome.ts';
import { writePrivately } from '../profile.ts';

const Memory = Type.Object({
  port: Type.Integer({ minimum: 1, maximum: 65_535 }),
  /** Name by which other machines reach the intermediary; absent: only this one does. */
  host: Type.Optional(Type.String()),
  /** Absent until this machine's agent has been seen on line. */
  agentId: Type.Optional(Type.String()),
});
/** What a later start must know of the first. */
export type Memory = Static<typeof Memory>;

const memoryForm = Compile(Memory);
const lockName = 'quick-start.lock';

export class DataFolder {
  readonly path: string;
  readonly #lock: DatabaseSync;
  readonly #existed: boolean;
  readonly #before: ReadonlySet<string>;

  private constructor(path: string, lock: DatabaseSync, found: { existed: boolean; before: readonly string[] }) {
    this.path = path;
    this.#lock = lock;
    this.#existed = found.existed;
    this.#before = new Set(found.before);
  }

  /** Takes the folder, making it if need be: `data-unwritable`, or `data-locked` while another quick start has it. */
  static claim(path: string): Outcome<DataFolder> {
    const existed = existsSync(path);
    try {
      mkdirSync(path, { recursive: true, mode: 0o700 });
      accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
      const before = readdirSync(path).filter((name) => name !== lockName);
      const lock = new DatabaseSync(join(path, lockName));
      return lockIt(lock) ? success(new DataFolder(path, lock, { existed, before })) : failure('data-locked', `another quick start runs in ${path}`);
    } catch (error) {
      return failure('data-unwritable', `${path}: ${error instanceof Error ? error.message : 'no access'}`);
    }
  }

  at(...names: string[]): string {
    return join(this.path, ...names);
  }

  has(...names: string[]): boolean {
    return existsSync(this.at(...names));
  }

  /** Nothing of ours was here before. */
  get isFirstStart(): boolean {
    return !this.#before.has('owner');
  }

  get memory(): Memory | undefined {
    if (!this.has('quick-start.json')) return undefined;
    const value: unknown = JSON.parse(readFileSync(this.at('quick-start.json'), 'utf8'));
    return memoryForm.Check(value) ? value : undefined;
  }

  remember(memory: Memory): void {
    writePrivately(this.at('quick-start.json'), `${JSON.stringify(memory)}\n`);
  }

  /** Gives the folder back to others. */
  release(): void {
    this.#lock.close();
  }

  /** Takes away what this start has made, and nothing that was there before. */
  restore(): void {
    this.release();
    for (const name of readdirSync(this.path)) if (!this.#before.has(name)) rmSync(join(this.path, name), { recursive: true, force: true });
    if (!this.#existed) rmSync(this.path, { recursive: true, force: true });
  }
}

/** SQLite's file lock: the system lets go of it however the process ends. */
function lockIt(database: DatabaseSync): boolean {
  try {
    database.exec('BEGIN EXCLUSIVE');
    return true;
  } catch {
    database.close();
    return false;
  }
}
