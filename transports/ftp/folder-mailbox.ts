/**
 * The intermediary's end of a mailbox: the folder on its own disk that an FTP client writes to. No link is followed, no
 * file is read that is not an ordinary one of allowed size, and only the names of mailbox.ts are ever opened.
 */
import { constants, watch } from 'node:fs';
import type { FSWatcher } from 'node:fs';
import { lstat, open, opendir, rename, rm, rmdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../protocol/clock.ts';
import { limits } from '../../protocol/limits.ts';
import { maxBatchBytes } from './batch.ts';
import { directionOf, signName, unfinishedName } from './mailbox.ts';
import type { Mailbox } from './mailbox.ts';

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;

/** The FTP server's user reads and removes it by its group. */
const sharedMode = 0o660;

type Options = {
  /** An existing folder, and no link. */
  readonly folder: string;
  readonly clock: Clock;
  /** Something changed in the folder, said at most once in `limits.ftpEventMs`. */
  changed(): void;
  /** Removes the folder and all that is in it. Never fails. */
  remove(): Promise<void>;
};

export class FolderMailbox implements Mailbox {
  readonly #options: Options;
  readonly #watcher: FSWatcher;
  #isAnnounced = false;
  #left = false;

  constructor(options: Options) {
    this.#options = options;
    this.#watcher = watch(options.folder, () => this.#announce());
    // a folder that is gone is noticed by silence
    this.#watcher.on('error', () => this.#watcher.close());
  }

  async put(name: string, content: Uint8Array): Promise<void> {
    const unfinished = this.#pathOf(unfinishedName(directionOf(name)));
    await rm(unfinished, { force: true });
    const file = await open(unfinished, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, sharedMode);
    try {
      await file.chmod(sharedMode); // whatever the umask
      await file.writeFile(content);
    } finally {
      await file.close();
    }
    await rename(unfinished, this.#pathOf(name));
  }

  async take(name: string): Promise<Uint8Array | undefined> {
    const path = this.#pathOf(name);
    const content = await readOrdinaryFile(path);
    if (content !== undefined) await unlink(path);
    return content;
  }

  async holds(name: string): Promise<boolean> {
    return await absentAsUndefined(lstat(this.#pathOf(name))) !== undefined;
  }

  /** Takes the agent's sign away, and sees that the folder is no dump. */
  async sign(): Promise<boolean> {
    let entries = 0;
    for await (const _entry of await opendir(this.#options.folder)) {
      entries += 1;
      if (entries > limits.ftpFolderEntries) throw new Error(`more than ${limits.ftpFolderEntries} files in the folder`);
    }
    return await absentAsUndefined(rmdir(this.#pathOf(signName)).then(() => true)) ?? false;
  }

  /** The folder stays as long as the agent may still come for the last file. */
  async leave(unread: string | undefined): Promise<void> {
    if (this.#left) return;
    this.#left = true;
    this.#watcher.close();
    if (unread !== undefined) await this.#untilTaken(unread);
    await this.#options.remove();
  }

  async #untilTaken(name: string): Promise<void> {
    const { clock } = this.#options;
    const until = clock.monotonic() + limits.ftpSilenceMs;
    while (clock.monotonic() < until && await this.holds(name).catch(() => false)) {
      await new Promise<void>((resolve) => void clock.after(limits.ftpLastLookMs / 4, resolve));
    }
  }

  #pathOf(name: string): string {
    return join(this.#options.folder, name);
  }

  #announce(): void {
    if (this.#isAnnounced || this.#left) return;
    this.#isAnnounced = true;
    this.#options.clock.after(limits.ftpEventMs, () => {
      this.#isAnnounced = false;
      this.#options.changed();
    });
  }
}

/** Undefined when there is none. Throws when it is a link, a pipe, a folder, has a second name, or is too large. */
async function readOrdinaryFile(path: string): Promise<Uint8Array | undefined> {
  const file = await absentAsUndefined(open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK));
  if (file === undefined) return undefined;
  try {
    const found = await file.stat();
    if (!found.isFile() || found.nlink !== 1) throw new Error('not an ordinary file');
    if (found.size > maxBatchBytes) throw new Error(`a file of ${found.size} bytes`);
    const content = new Uint8Array(found.size);
    const { bytesRead } = await file.read(content, 0, found.size, 0);
    return content.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

async function absentAsUndefined<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
