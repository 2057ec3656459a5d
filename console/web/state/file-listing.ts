/**
 * One directory while it is read: pages come one after the other, and what has come is shown.
 */
import { useCallback, useEffect, useState } from 'react';
import type { FileEntry, RemotePath } from '../../../protocol/files/facts.ts';
import { limits } from '../../../protocol/limits.ts';
import type { Failure } from '../../../protocol/outcome.ts';
import { entriesIn } from '../../client/files/walk.ts';
import type { MachineFiles } from './client-port.ts';

export type Listing = {
  readonly entries: readonly FileEntry[];
  /** Entries that have come; those that are not shown yet are among them. */
  readonly read: number;
  readonly complete: boolean;
  readonly failure: Failure | undefined;
};

const nothing: Listing = { entries: [], read: 0, complete: false, failure: undefined };

export type WatchedListing = Listing & { refresh(): void };

/** Reads `at` as long as it is looked at. `refresh` reads it again and shows the old one meanwhile. */
export function useListing(files: MachineFiles | undefined, { path, pathBytes }: RemotePath): WatchedListing {
  const place = `${path}\0${pathBytes ?? ''}`;
  const [round, setRound] = useState(0);
  const [shown, setShown] = useState({ place, listing: nothing });
  useEffect(() => {
    if (files === undefined) return undefined;
    const leaving = new AbortController();
    const show = (listing: Listing): void => setShown((old) => ({ place, listing: old.place === place ? inPlaceOf(old.listing, listing) : listing }));
    void readAll(files, { path, ...(pathBytes === undefined ? {} : { pathBytes }) }, { signal: leaving.signal, show });
    return () => leaving.abort();
  }, [files, path, pathBytes, place, round]);
  const refresh = useCallback(() => setRound((old) => old + 1), []);
  return { ...(shown.place === place ? shown.listing : nothing), refresh };
}

/** A directory that is read again stays as it was until all of it is there. */
function inPlaceOf(old: Listing, fresh: Listing): Listing {
  return !old.complete || fresh.complete || fresh.failure !== undefined ? fresh : old;
}

type Reading = { readonly signal: AbortSignal; show(listing: Listing): void };

/** Shows what has come when it has grown by a third, so that a large directory is put in order a few times and not a hundred. */
async function readAll(files: MachineFiles, at: RemotePath, { signal, show }: Reading): Promise<void> {
  const entries: FileEntry[] = [];
  let shown: readonly FileEntry[] = [];
  for await (const page of entriesIn(files, at, limits.maxFileEntries)) {
    if (signal.aborted) return;
    if (!page.ok) return show({ entries, read: entries.length, complete: false, failure: page });
    entries.push(...page.value);
    if (entries.length > shown.length * (4 / 3)) shown = [...entries];
    show({ entries: shown, read: entries.length, complete: false, failure: undefined });
  }
  show({ entries, read: entries.length, complete: true, failure: undefined });
}
