/**
 * What is brought over, as jobs: a file or folder from the page to the machine, and the other way.
 */
import { systemClock } from '../../../protocol/clock.ts';
import type { FileEntry, RemotePath } from '../../../protocol/files/facts.ts';
import { success } from '../../../protocol/outcome.ts';
import type { Outcome } from '../../../protocol/outcome.ts';
import { RateMeter } from '../../client/files/rate.ts';
import type { TransferOptions } from '../../client/files/transfer.ts';
import { within } from '../../client/files/walk.ts';
import type { MachineFiles } from './client-port.ts';
import { sourceOf } from './dropped-files.ts';
import type { Dropped, DroppedFile } from './dropped-files.ts';
import { isDirectory } from './file-order.ts';
import type { PageSink } from './file-sinks.ts';
import type { TransferJob } from './transfers.ts';

export type JobPlace = { readonly files: MachineFiles; readonly agentId: string };

/** Into the directory `into`, under its own name. Files that are there already are not replaced until that is said. */
export function uploadJob({ files, agentId }: JobPlace, dropped: Dropped, into: { readonly at: RemotePath; done(): void }): TransferJob {
  const upload = new FolderUpload(files, dropped, into.at);
  return { agentId, direction: 'up', name: dropped.name, run: (options) => upload.run(options), replace: () => upload.replace(), done: into.done };
}

/** A file as it is, a directory as a tar archive. */
export function downloadJob({ files, agentId }: JobPlace, { at, entry }: { readonly at: RemotePath; readonly entry: FileEntry }, sink: PageSink): TransferJob {
  const run = async (options: TransferOptions): Promise<Outcome<unknown>> => {
    if (isDirectory(entry)) await sink.restart();
    const ended = await (isDirectory(entry) ? files.downloadArchive(at, sink, options) : files.download(at, sink, options));
    if (!ended.ok) await sink.pause();
    return ended;
  };
  return { agentId, direction: 'down', name: downloadName(entry), run, drop: () => sink.drop() };
}

export function downloadName(entry: FileEntry): string {
  return isDirectory(entry) ? `${entry.name}.tar` : entry.name;
}

/** One thing that was dropped, file by file; those that are over are not sent again. */
class FolderUpload {
  readonly #files: MachineFiles;
  readonly #dropped: Dropped;
  readonly #into: RemotePath;
  #all: readonly DroppedFile[] | undefined;
  #sent = 0;
  #sentBytes = 0;
  #replaces = false;

  constructor(files: MachineFiles, dropped: Dropped, into: RemotePath) {
    this.#files = files;
    this.#dropped = dropped;
    this.#into = into;
  }

  replace(): void {
    this.#replaces = true;
  }

  async run(options: TransferOptions): Promise<Outcome<void>> {
    if (this.#all === undefined) {
      const found = await this.#dropped.files();
      if (!found.ok) return found;
      this.#all = found.value;
    }
    const rate = new RateMeter(systemClock);
    rate.begin(this.#sentBytes);
    for (const each of this.#all.slice(this.#sent)) {
      const sent = await this.#send(each, this.#all, { options, rate });
      if (!sent.ok) return sent;
      this.#sent += 1;
      this.#sentBytes += each.file?.size ?? 0;
    }
    return success(undefined);
  }

  #send({ below, file }: DroppedFile, all: readonly DroppedFile[], { options, rate }: { readonly options: TransferOptions; readonly rate: RateMeter }): Promise<Outcome<unknown>> {
    const to = below.reduce<RemotePath>((at, name) => within(at, { name }), this.#into);
    if (file === undefined) return this.#files.makeDirectory(to);
    const total = all.reduce((sum, each) => sum + (each.file?.size ?? 0), 0);
    return this.#files.upload(sourceOf(file), to, {
      replace: this.#replaces,
      makeParents: below.length > 1,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
      progress: ({ bytes: ofFile, interrupted }) => {
        const bytes = this.#sentBytes + ofFile;
        const { bytesPerSecond } = rate.at(bytes);
        options.progress?.({ bytes, total, interrupted, bytesPerSecond, ...(bytesPerSecond === 0 ? {} : { secondsLeft: (total - bytes) / bytesPerSecond }) });
      },
    });
  }
}
