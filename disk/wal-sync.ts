/**
 * Waiting for the disk without holding up the event loop. In WAL mode with `synchronous = NORMAL` a commit of SQLite is
 * a write to the log and no more (sqlite.org/wal.html, "Performance Considerations"): it outlives this process, but not
 * a power cut before the log is on the disk. Whoever promises more waits here; those who come in the same moment wait
 * for the same sync.
 */
import { closeSync, fdatasync, fdatasyncSync, openSync } from 'node:fs';

export class WalSync {
  readonly #path: string;
  #file: number | undefined;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  /** For the database at `path`, in WAL mode and opened by whoever asks. */
  constructor(path: string) {
    this.#path = `${path}-wal`;
  }

  /** Resolves when everything that was committed before is on the disk; rejects with the error of the system. */
  flush(): Promise<void> {
    if (this.#running === undefined) return this.#run();
    // what is under way may have begun before the last commit
    this.#next ??= this.#running.then(() => this.#run(), () => this.#run());
    return this.#next;
  }

  /** The same at once. */
  flushNow(): void {
    fdatasyncSync(this.#open());
  }

  /** Before the database is closed, which removes the log. */
  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  #run(): Promise<void> {
    this.#next = undefined;
    const run = new Promise<void>((resolve, reject) => {
      fdatasync(this.#open(), (error) => {
        if (this.#running === run) this.#running = undefined;
        if (error === null) resolve();
        else reject(error);
      });
    });
    this.#running = run;
    return run;
  }

  /** The log is the same file as long as the database is open: a checkpoint empties it, and does not replace it. */
  #open(): number {
    this.#file ??= openSync(this.#path, 'r+');
    return this.#file;
  }
}
