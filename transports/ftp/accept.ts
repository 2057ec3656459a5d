/**
 * The intermediary's end of the FTP transport: watches the folder that an FTP server serves, and makes a transport of each
 * folder that an agent makes in it. What is not a folder of that kind, or has no place any more, is taken away.
 */
import { watch } from 'node:fs';
import { lstat, opendir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock, Random, Timer } from '../../protocol/clock.ts';
import { limits } from '../../protocol/limits.ts';
import { failure, success } from '../../protocol/outcome.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import type { Transport } from '../../protocol/transport.ts';
import { dismantle, nameEncoding } from './dismantle.ts';
import { FolderMailbox } from './folder-mailbox.ts';
import { FtpTransport } from './ftp-transport.ts';
import { folderName, folderOfAgents } from './mailbox.ts';

export type FtpAcceptOptions = {
  /** What the FTP server shows as `/`, with a folder `agents` in it that the server's user may write to. */
  readonly folder: string;
  readonly clock: Clock;
  readonly random: Random;
  /** Called with each open transport. */
  accepted(transport: Transport): void;
  /** Something is there that cannot be taken away; said once in `limits.ftpStuckMs`. */
  stuck(detail: string): void;
};

export type FtpAcceptor = {
  /** Looks no more and ends every transport. The agents find in their folders that it was closed; the next start removes them. */
  close(): Promise<void>;
};

/** Begins to watch. What lay there belongs to nobody any more and is removed. Fails with `not-found` or `data-unwritable`. */
export async function acceptFtp(options: FtpAcceptOptions): Promise<Outcome<FtpAcceptor>> {
  const top = join(options.folder, folderOfAgents);
  try {
    if (!(await lstat(top)).isDirectory()) return failure('not-found', `${top} is not a folder`);
    const acceptor = new Acceptor(top, options);
    await acceptor.begin();
    return success(acceptor);
  } catch (error) {
    const isAbsent = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    return failure(isAbsent ? 'not-found' : 'data-unwritable', error instanceof Error ? error.message : top);
  }
}

class Acceptor implements FtpAcceptor {
  readonly #top: string;
  readonly #options: FtpAcceptOptions;
  /** Folders that have a transport, or had one and are not removed yet. */
  readonly #known = new Map<string, FtpTransport | undefined>();
  #close: () => void = () => undefined;
  #timer: Timer | undefined;
  #isClosed = false;
  #saidAt = -Infinity;

  constructor(top: string, options: FtpAcceptOptions) {
    this.#top = top;
    this.#options = options;
  }

  async begin(): Promise<void> {
    await this.#sweep(() => this.#remove.bind(this));
    const watcher = watch(this.#top, (_event, name) => {
      if (name !== null && folderName.test(name)) void this.#take(name);
    });
    watcher.on('error', (error) => this.#say(error.message));
    this.#close = () => watcher.close();
    this.#sweepLater();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#timer?.cancel();
    this.#close();
    for (const transport of this.#known.values()) transport?.close();
    await Promise.all([...this.#known.values()].map((transport) => transport?.finished));
  }

  /** News of the disk may be lost, and strange things are only found by looking. */
  #sweepLater(): void {
    this.#timer = this.#options.clock.after(limits.ftpSweepMs, () => {
      const task = (name: string) => folderName.test(name) && this.#known.size < limits.maxFtpFolders ? this.#take.bind(this) : this.#remove.bind(this);
      void this.#sweep(task).catch((error: Error) => this.#say(error.message)).then(() => {
        if (!this.#isClosed) this.#sweepLater();
      });
    });
  }

  /** Goes through what is there and not known, up to a limit. */
  async #sweep(taskFor: (name: string) => (name: string) => Promise<void>): Promise<void> {
    let seen = 0;
    for await (const { name } of await opendir(this.#top, { encoding: nameEncoding })) {
      if (this.#known.has(name)) continue;
      seen += 1;
      if (seen > limits.ftpSweepEntries) return;
      await taskFor(name)(name);
    }
  }

  async #take(name: string): Promise<void> {
    if (this.#isClosed || this.#known.has(name) || this.#known.size >= limits.maxFtpFolders) return;
    this.#known.set(name, undefined);
    const folder = join(this.#top, name);
    const found = await lstat(folder).catch(() => undefined);
    if (found?.isDirectory() === true) this.#open(name, folder);
    else await this.#remove(name);
  }

  #open(name: string, folder: string): void {
    const { clock, accepted } = this.#options;
    try {
      const mailbox = new FolderMailbox({ folder, clock, changed: () => transport.wake(), remove: () => this.#remove(name) });
      const look = { firstMs: limits.ftpSweepMs, lastMs: limits.ftpSweepMs };
      // one address for all: behind an FTP server nobody knows where an agent is
      const transport = new FtpTransport({ mailbox, writes: 'down', remoteAddress: `ftp:${name.slice(0, 8)}`, clock, look, signEveryMs: 0 });
      this.#known.set(name, transport);
      accepted(transport);
    } catch (error) {
      this.#known.delete(name);
      this.#say(error instanceof Error ? error.message : name);
    }
  }

  async #remove(name: string): Promise<void> {
    if (this.#isClosed) return;
    try {
      await dismantle(this.#top, name, this.#options.random);
    } catch (error) {
      const isGone = error instanceof Error && 'code' in error && error.code === 'ENOENT';
      if (!isGone) this.#say(error instanceof Error ? error.message : name);
    }
    this.#known.delete(name);
  }

  #say(detail: string): void {
    const { clock, stuck } = this.#options;
    if (clock.monotonic() - this.#saidAt < limits.ftpStuckMs) return;
    this.#saidAt = clock.monotonic();
    stuck(detail);
  }
}
