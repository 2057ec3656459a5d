/**
 * The files of one machine as a view works with them: where one is, what is there, and the acts.
 */
import { useQuery } from '@tanstack/react-query';
import type { FileEntry, RemotePath } from '../../../protocol/files/facts.ts';
import type { Machine } from '../../../protocol/messages/live.ts';
import type { Failure, Outcome } from '../../../protocol/outcome.ts';
import { within } from '../../client/files/walk.ts';
import type { MachineFiles } from './client-port.ts';
import { useConsole } from './console-context.ts';
import type { Dropped } from './dropped-files.ts';
import { downloadJob, downloadName, uploadJob } from './file-jobs.ts';
import { openSink } from './file-sinks.ts';
import { failureOf, useSigner, valueOf } from './queries.ts';

export type OpenFiles = {
  readonly files: MachineFiles | undefined;
  readonly failure: Failure | undefined;
  /** This browser holds no key, so nothing can be asked of the machine. */
  readonly keyless: boolean;
  retry(): void;
};

export function useMachineFiles(machine: Machine): OpenFiles {
  const { client } = useConsole();
  const signer = useSigner().data;
  const opened = useQuery({
    queryKey: ['files', machine.id, signer?.keyId],
    queryFn: async () => (signer === null || signer === undefined ? null : valueOf(client.files(machine.id, signer))),
    enabled: signer !== null && signer !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
  });
  return { files: opened.data ?? undefined, failure: opened.error === null ? undefined : failureOf(opened.error), keyless: signer === null, retry: () => void opened.refetch() };
}

export type FileActs = {
  makeFolder(name: string): Promise<Outcome<void>>;
  rename(entry: FileEntry, name: string): Promise<Outcome<void>>;
  remove(entry: FileEntry): Promise<Outcome<void>>;
  /** Called in the moment of a click or key: the browser asks where to. */
  download(entry: FileEntry): Promise<void>;
  upload(dropped: readonly Dropped[]): void;
};

/** The acts in the directory `at`; `changed` when something is different there. */
export function useFileActs(machine: Machine, files: MachineFiles | undefined, { at, changed }: { readonly at: RemotePath; changed(): void }): FileActs | undefined {
  const { transfers } = useConsole();
  if (files === undefined) return undefined;
  const place = { files, agentId: machine.id };
  const thenLook = async (act: Promise<Outcome<void>>): Promise<Outcome<void>> => {
    const done = await act;
    if (done.ok) changed();
    return done;
  };
  return {
    makeFolder: (name) => thenLook(files.makeDirectory(within(at, { name }))),
    rename: (entry, name) => thenLook(files.move(within(at, entry), within(at, { name }))),
    remove: (entry) => thenLook(files.delete(within(at, entry), { recursive: entry.kind === 'directory' })),
    async download(entry) {
      const sink = await openSink(downloadName(entry));
      if (sink !== undefined) transfers.start(downloadJob(place, { at: within(at, entry), entry }, sink));
    },
    upload: (dropped) => dropped.forEach((each) => transfers.start(uploadJob(place, each, { at, done: changed }))),
  };
}
