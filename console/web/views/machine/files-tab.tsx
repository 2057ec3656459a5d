/**
 * The files of one machine: one directory at a time, its address in that of the page.
 */
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import type { ReactNode } from 'react';
import type { FileEntry, RemotePath } from '../../../../protocol/files/facts.ts';
import type { Machine } from '../../../../protocol/messages/live.ts';
import { within } from '../../../client/files/walk.ts';
import { useListing } from '../../state/file-listing.ts';
import { arrange, fileSortText, isDirectory, keyOf, parseFileSort } from '../../state/file-order.ts';
import { above, addressOf, hasDrives, lastName, placeOf } from '../../state/file-place.ts';
import { useFileActs, useMachineFiles } from '../../state/use-files.ts';
import { Empty } from '../../ui/notes.tsx';
import { FilesBar } from './files-bar.tsx';
import { FilesDialog } from './files-dialog.tsx';
import type { Asking } from './files-dialog.tsx';
import { DropArea } from './files-drop.tsx';
import { useFileKeys } from './files-keys.ts';
import { FilesList } from './files-list.tsx';
import { FilesNothing } from './files-nothing.tsx';
import { FilesPanel } from './files-panel.tsx';
import { FilesTransfers } from './files-transfers.tsx';
import classes from './files.module.css';

const route = getRouteApi('/frame/machines/$machineId/$tab');

export function FilesTab({ machine }: { readonly machine: Machine }): ReactNode {
  const { files, failure, keyless, retry } = useMachineFiles(machine);
  const address = useAddress(machine);
  const { at, sort, filter } = address;
  const listing = useListing(machine.online ? files : undefined, at);
  const entries = useMemo(() => arrange(listing.entries, parseFileSort(sort), filter), [listing.entries, sort, filter]);
  const [cursor, setCursor] = useState<string>();
  const [panelOpen, setPanelOpen] = useState(false);
  const [asking, setAsking] = useState<Asking>();
  const acts = useFileActs(machine, files, { at, changed: listing.refresh });
  const current = entries.find((entry) => keyOf(entry) === cursor);
  const show = (entry: FileEntry): void => {
    setCursor(keyOf(entry));
    setPanelOpen(true);
  };
  const open = (entry: FileEntry): void => (isDirectory(entry) ? address.go(within(at, entry)) : show(entry));
  const up = above(at);
  const goUp = (): void => {
    if (up === undefined) return;
    setCursor(lastName(at.path));
    address.go(up);
  };
  const keys = { entries, current, move: (entry: FileEntry) => setCursor(keyOf(entry)), open, goUp, show, acts, ask: setAsking, panelOpen, closePanel: () => setPanelOpen(false) };
  useFileKeys(keys, asking === undefined);
  if (keyless) return <Empty icon="key" title="This browser holds no key of yours">Looking at files is signed, as everything that is asked of a machine. Settings say how to get a key.</Empty>;
  return (
    <DropArea className={classes['tab'] ?? ''} onDrop={acts?.upload} into={at.path} machine={machine}>
      <FilesBar machine={machine} at={at} filter={filter} listing={listing} shown={entries.length} acts={acts} onGo={address.go} onFilter={address.setFilter} onAsk={setAsking} />
      <div className={classes['split']}>
        {entries.length > 0 ? (
          <FilesList entries={entries} sort={parseFileSort(sort)} cursor={cursor} onSort={(next) => address.setSort(fileSortText(next))} onShow={show} onOpen={open} />
        ) : (
          <FilesNothing machine={machine} listing={listing} failure={failure ?? listing.failure} onRetry={failure === undefined ? listing.refresh : retry} filter={filter} {...(up === undefined ? {} : { onUp: goUp })} />
        )}
        {panelOpen && current !== undefined && acts !== undefined && files !== undefined ? <FilesPanel key={keyOf(current)} machine={machine} files={files} at={within(at, current)} entry={current} acts={acts} onAsk={setAsking} onOpen={open} onClose={() => setPanelOpen(false)} /> : null}
      </div>
      <FilesTransfers agentId={machine.id} />
      {asking === undefined || acts === undefined ? null : <FilesDialog asking={asking} acts={acts} machine={machine} onClose={() => setAsking(undefined)} />}
    </DropArea>
  );
}

type Address = {
  readonly at: RemotePath;
  readonly sort: string | undefined;
  readonly filter: string;
  go(to: RemotePath): void;
  setSort(sort: string): void;
  setFilter(text: string): void;
};

/** Place, order and filter, from the address of the page and into it. */
function useAddress(machine: Machine): Address {
  const { path, exact, sort, q = '' } = route.useSearch();
  const navigate = useNavigate();
  const windows = hasDrives(machine);
  const at = useMemo(() => placeOf({ path, exact }, windows), [path, exact, windows]);
  const change = (part: Readonly<Record<string, string | undefined>>, replace: boolean): void =>
    void navigate({ to: '/machines/$machineId/$tab', params: { machineId: machine.id, tab: 'files' }, search: (old) => ({ ...old, ...part }), replace });
  return {
    at, sort, filter: q,
    go: (to) => change({ ...addressOf(to), q: undefined }, false),
    setSort: (text) => change({ sort: text }, true),
    setFilter: (text) => change({ q: text === '' ? undefined : text }, true),
  };
}
