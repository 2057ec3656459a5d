import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef } from 'react';
import type { MouseEvent, ReactNode } from 'react';
import type { FileEntry } from '../../../../protocol/files/facts.ts';
import { useSettings } from '../../state/console-context.ts';
import { isDirectory, keyOf } from '../../state/file-order.ts';
import type { FileColumn, FileSort } from '../../state/file-order.ts';
import { byteSize } from '../../state/words.ts';
import { Icon } from '../../ui/icon.tsx';
import type { IconName } from '../../ui/icon.tsx';
import { useNarrow } from '../../ui/narrow.ts';
import { ClockTime } from '../../ui/time.tsx';
import classes from './files.module.css';

export type FilesListProps = {
  readonly entries: readonly FileEntry[];
  readonly sort: FileSort;
  readonly cursor: string | undefined;
  readonly onSort: (sort: FileSort) => void;
  readonly onShow: (entry: FileEntry) => void;
  readonly onOpen: (entry: FileEntry) => void;
};

const rowHeights = { compact: 32, comfortable: 40, narrow: 52 };

/** The entries of a directory. Draws only those in sight. */
export function FilesList({ entries, sort, cursor, onSort, onShow, onOpen }: FilesListProps): ReactNode {
  const box = useRef<HTMLDivElement>(null);
  const { density } = useSettings();
  const height = rowHeights[useNarrow() ? 'narrow' : density];
  const virtual = useVirtualizer({ count: entries.length, getScrollElement: () => box.current, estimateSize: () => height, overscan: 12 });
  useEffect(() => virtual.measure(), [height, virtual]);
  const at = cursor === undefined ? -1 : entries.findIndex((entry) => keyOf(entry) === cursor);
  useEffect(() => {
    if (at >= 0) virtual.scrollToIndex(at);
  }, [at, virtual]);
  return (
    <div ref={box} className={classes['list']} role="grid" aria-label="Files" aria-rowcount={entries.length + 1} tabIndex={0} aria-activedescendant={at < 0 ? undefined : `file-${at}`}>
      <ListHead sort={sort} onSort={onSort} />
      <div style={{ height: virtual.getTotalSize(), position: 'relative' }} role="presentation">
        {virtual.getVirtualItems().map(({ index, start }) => {
          const entry = entries[index];
          return entry === undefined ? null : <Row key={keyOf(entry)} entry={entry} index={index} top={start} current={index === at} onShow={onShow} onOpen={onOpen} />;
        })}
      </div>
    </div>
  );
}

const columns: readonly (readonly [FileColumn, string])[] = [['name', 'Name'], ['size', 'Size'], ['modified', 'Modified']];

function ListHead({ sort, onSort }: Pick<FilesListProps, 'sort' | 'onSort'>): ReactNode {
  return (
    <div className={`${classes['row']} ${classes['headRow']}`} role="row" aria-rowindex={1}>
      {columns.map(([column, label]) => (
        <span key={column} role="columnheader" aria-sort={sort.column === column ? (sort.descending ? 'descending' : 'ascending') : 'none'}>
          <button type="button" onClick={() => onSort({ column, descending: sort.column === column && !sort.descending })}>
            {label} <i aria-hidden="true">{sort.column === column ? (sort.descending ? '↓' : '↑') : ''}</i>
          </button>
        </span>
      ))}
      <span role="columnheader" className={classes['mode']}>Mode</span>
    </div>
  );
}

type RowProps = Pick<FilesListProps, 'onShow' | 'onOpen'> & { readonly entry: FileEntry; readonly index: number; readonly top: number; readonly current: boolean };

function Row({ entry, index, top, current, onShow, onOpen }: RowProps): ReactNode {
  return (
    <div id={`file-${index}`} className={classes['row']} role="row" aria-rowindex={index + 2} aria-selected={current} style={{ transform: `translateY(${top}px)` }} onClick={() => onShow(entry)} onDoubleClick={() => onOpen(entry)}>
      <span role="gridcell" className={classes['name']}>
        <Icon name={iconOf(entry)} size={16} />
        <button type="button" tabIndex={-1} title={entry.name} onMouseDown={keepFocus} onClick={(event) => { event.stopPropagation(); onOpen(entry); }}>{entry.name}</button>
        {entry.linkTarget === undefined ? null : <span className={classes['leads']} title={entry.linkTarget}>→ {entry.linkTarget}</span>}
      </span>
      <span role="gridcell" className={classes['size']}>{isDirectory(entry) ? '' : byteSize(entry.size)}</span>
      <span role="gridcell" className={classes['time']}><ClockTime atMs={entry.modifiedMs} /></span>
      <span role="gridcell" className={`${classes['mode']} mono`}>{entry.mode ?? ''}</span>
    </div>
  );
}

/** Keys speak of the row that is current, not of the one that was clicked. */
function keepFocus(event: MouseEvent): void {
  event.preventDefault();
}

function iconOf(entry: FileEntry): IconName {
  if (isDirectory(entry)) return 'folder';
  return entry.kind === 'link' ? 'link' : 'file';
}
