import { Button, Menu } from '@mantine/core';
import { useLayoutEffect, useRef } from 'react';
import type { ReactNode } from 'react';
import type { RemotePath } from '../../../../protocol/files/facts.ts';
import type { Machine } from '../../../../protocol/messages/live.ts';
import { chosenIn } from '../../state/dropped-files.ts';
import type { WatchedListing } from '../../state/file-listing.ts';
import { crumbsOf } from '../../state/file-place.ts';
import { useCannot } from '../../state/rights.ts';
import type { FileActs } from '../../state/use-files.ts';
import { counted, errorWords } from '../../state/words.ts';
import { Icon } from '../../ui/icon.tsx';
import { useKeys } from '../../ui/keys.tsx';
import type { Asking } from './files-dialog.tsx';
import classes from './files.module.css';

export type FilesBarProps = {
  readonly machine: Machine;
  readonly at: RemotePath;
  readonly filter: string;
  readonly listing: WatchedListing;
  /** Entries that fit the filter. */
  readonly shown: number;
  readonly acts: FileActs | undefined;
  readonly onGo: (to: RemotePath) => void;
  readonly onFilter: (text: string) => void;
  readonly onAsk: (asking: Asking) => void;
};

/** Where one is, and what can be done with the directory as a whole. */
export function FilesBar({ machine, at, filter, listing, shown, acts, onGo, onFilter, onAsk }: FilesBarProps): ReactNode {
  const cannotMake = useCannot(machine, 'file.make-directory');
  const able = machine.online && acts !== undefined;
  return (
    <div className={classes['bar']}>
      <Crumbs at={at} onGo={onGo} />
      <span className={`${classes['count']} dim figures`} aria-live="polite">{countWords(listing, shown, filter)}</span>
      <button type="button" className={classes['tool']} onClick={listing.refresh} aria-label="Read again" title="Read again"><Icon name="again" size={16} /></button>
      <Filter value={filter} onChange={onFilter} />
      <Button variant="default" size="xs" disabled={!able || cannotMake !== undefined} title={cannotMake} onClick={() => onAsk({ about: 'folder' })}>New folder</Button>
      <UploadMenu machine={machine} acts={acts} able={able} />
    </div>
  );
}

function countWords({ entries, read, complete, failure }: WatchedListing, shown: number, filter: string): string {
  if (failure !== undefined) return read === 0 ? '' : `only ${read.toLocaleString('en')} could be read: ${errorWords(failure.code).what}`;
  if (!complete) return read === 0 ? '' : `${read.toLocaleString('en')} …`;
  return filter.trim() === '' ? counted(entries.length, 'entry', 'entries') : `${shown.toLocaleString('en')} of ${entries.length.toLocaleString('en')}`;
}

function Crumbs({ at, onGo }: Pick<FilesBarProps, 'at' | 'onGo'>): ReactNode {
  const crumbs = crumbsOf(at);
  const way = useRef<HTMLElement>(null);
  // of a way that is too long the end is seen
  useLayoutEffect(() => {
    if (way.current !== null) way.current.scrollLeft = way.current.scrollWidth;
  }, [at]);
  return (
    <nav ref={way} className={classes['crumbs']} aria-label="Path" title={at.path}>
      {crumbs.map(({ label, at: to }, index) => (
        <span key={to.path}>
          {index > 1 ? <i aria-hidden="true">/</i> : null}
          <button type="button" aria-current={index === crumbs.length - 1 ? 'location' : undefined} onClick={() => onGo(to)}>{label}</button>
        </span>
      ))}
    </nav>
  );
}

function Filter({ value, onChange }: { readonly value: string; readonly onChange: (text: string) => void }): ReactNode {
  const input = useRef<HTMLInputElement>(null);
  useKeys([{ keys: '/', label: 'Filter', group: 'Files', run: () => input.current?.select() }]);
  const leave = (key: string): void => {
    if (key === 'Escape' && value !== '') onChange('');
    else if (key === 'Escape' || key === 'Enter') input.current?.blur();
  };
  return (
    <label className={classes['filter']}>
      <Icon name="search" size={14} />
      <span className="visually-hidden">Filter by name</span>
      <input ref={input} type="search" value={value} placeholder="Filter" onChange={(event) => onChange(event.currentTarget.value)} onKeyDown={(event) => leave(event.key)} spellCheck={false} autoComplete="off" />
    </label>
  );
}

/** Files or a folder; both can be dropped on the list as well. */
function UploadMenu({ machine, acts, able }: { readonly machine: Machine; readonly acts: FileActs | undefined; readonly able: boolean }): ReactNode {
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const cannot = useCannot(machine, 'file.write');
  useKeys([{ keys: 'u', label: 'Upload files', group: 'Files', run: () => files.current?.click() }], able && cannot === undefined);
  const take = (input: HTMLInputElement): void => {
    acts?.upload(chosenIn(input.files));
    input.value = '';
  };
  return (
    <>
      <input ref={files} type="file" multiple hidden aria-label="Files to upload" onChange={(event) => take(event.currentTarget)} />
      <input ref={(input) => { folder.current = input; if (input !== null) input.webkitdirectory = true; }} type="file" hidden aria-label="Folder to upload" onChange={(event) => take(event.currentTarget)} />
      <Menu position="bottom-end" transitionProps={{ duration: 0 }}>
        <Menu.Target>
          <Button size="xs" disabled={!able || cannot !== undefined} title={cannot} leftSection={<Icon name="upload" size={15} />}>Upload</Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => files.current?.click()}>Files…</Menu.Item>
          <Menu.Item onClick={() => folder.current?.click()}>A folder…</Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </>
  );
}
