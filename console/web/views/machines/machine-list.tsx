import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef } from 'react';
import type { ReactNode } from 'react';
import type { Machine } from '../../../../protocol/messages/live.ts';
import { useConsole, useDirectives, useLive, useSettings } from '../../state/console-context.ts';
import { parseSort, sortText } from '../../state/row-order.ts';
import type { Sort, SortColumn } from '../../state/row-order.ts';
import { extendTo, toggle, toggleAll } from '../../state/selection.ts';
import { useNarrow } from '../../ui/narrow.ts';
import { MachineRow } from './machine-row.tsx';
import classes from './machines.module.css';
import { useMachineActs } from './use-machine-acts.ts';

export type MachineListProps = {
  readonly machines: readonly Machine[];
  readonly query: string;
  readonly sort: Sort;
  readonly cursorId: string | undefined;
  readonly onCursor: (id: string) => void;
  readonly onSort: (sort: string) => void;
};

const rowHeights = { compact: 32, comfortable: 40, narrow: 56 };

/** The list of machines, the same wherever machines are named. Draws only the rows in sight. */
export function MachineList({ machines, query, sort, cursorId, onCursor, onSort }: MachineListProps): ReactNode {
  const box = useRef<HTMLDivElement>(null);
  const { selection } = useConsole();
  const selected = useLive(selection);
  const directives = useDirectives().byId;
  const acts = useMachineActs();
  const height = useRowHeight();
  const virtual = useVirtualizer({ count: machines.length, getScrollElement: () => box.current, estimateSize: () => height, overscan: 12, getItemKey: (index) => machines[index]?.id ?? index });
  useEffect(() => virtual.measure(), [height, virtual]);
  const at = machines.findIndex(({ id }) => id === cursorId);
  useEffect(() => {
    if (at >= 0) virtual.scrollToIndex(at);
  }, [at, cursorId, virtual]);
  const ids = (): string[] => machines.map(({ id }) => id);
  const choose = (id: string, extend: boolean): void => selection.set(extend ? extendTo(selected, id, ids()) : toggle(selected, id));
  return (
    <div ref={box} className={classes['list']} role="grid" aria-label="Machines" aria-rowcount={machines.length + 1} aria-multiselectable="true" tabIndex={0} aria-activedescendant={cursorId === undefined ? undefined : `row-${cursorId}`}>
      <ListHead sort={sort} onSort={onSort} all={machines.length > 0 && machines.every(({ id }) => selected.ids.has(id))} some={selected.ids.size > 0} onAll={() => selection.set(toggleAll(selected, ids()))} />
      <div style={{ height: virtual.getTotalSize(), position: 'relative' }} role="presentation">
        {virtual.getVirtualItems().map(({ index, start, key }) => {
          const machine = machines[index];
          return machine === undefined ? null : (
            <MachineRow key={key} machine={machine} top={start} index={index} query={query} selected={selected.ids.has(machine.id)} current={machine.id === cursorId} last={directives.get(machine.lastDirectiveId ?? '')} onChoose={choose} onCursor={onCursor} onOpen={acts.open} />
          );
        })}
      </div>
    </div>
  );
}

function useRowHeight(): number {
  const { density } = useSettings();
  return useNarrow() ? rowHeights.narrow : rowHeights[density];
}

const columns: readonly (readonly [SortColumn, string])[] = [['name', 'Name'], ['site', 'Site'], ['os', 'System'], ['reached', 'Reached by'], ['since', 'Since'], ['last', 'Last directive']];

type HeadProps = { readonly sort: Sort; readonly onSort: (sort: string) => void; readonly all: boolean; readonly some: boolean; readonly onAll: () => void };

function ListHead({ sort, onSort, all, some, onAll }: HeadProps): ReactNode {
  const turn = (column: SortColumn): void => onSort(sortText(sort.column === column ? { column, descending: !sort.descending } : parseSort(column)));
  return (
    <div className={`${classes['row']} ${classes['headRow']}`} role="row" aria-rowindex={1}>
      <span role="columnheader" className={classes['check']}>
        <input type="checkbox" aria-label="Select all that are shown" checked={all} ref={(input) => { if (input !== null) input.indeterminate = some && !all; }} onChange={onAll} />
      </span>
      {columns.map(([column, label]) => (
        <span key={column} role="columnheader" aria-sort={sort.column === column ? (sort.descending ? 'descending' : 'ascending') : 'none'}>
          <button type="button" onClick={() => turn(column)}>
            {label} <i aria-hidden="true">{sort.column === column ? (sort.descending ? '↓' : '↑') : ''}</i>
          </button>
        </span>
      ))}
    </div>
  );
}
