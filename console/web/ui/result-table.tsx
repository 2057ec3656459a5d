/**
 * A list of things as a table: put in order by a click on a head, found by words, drawn only where it is in sight.
 */
import { useVirtualizer } from '@tanstack/react-virtual';
import { useMemo, useRef, useState } from 'react';
import type { ReactNode } from 'react';
import { CopyButton } from './copy.tsx';
import { Icon } from './icon.tsx';
import classes from './result.module.css';
import { csvOf, found, ordered, rowsOf } from './table-rows.ts';
import type { Column, Entry, Order, Row } from './table-rows.ts';

const rowHeight = 28;
/** Fewer can be seen at a glance. */
const searchFromRows = 8;
/** Letters; a longer text is cut and whole on hover. */
const widest = 48;

export function ResultTable({ entries, columns }: { readonly entries: readonly Entry[]; readonly columns: readonly Column[] }): ReactNode {
  const [wanted, setWanted] = useState('');
  const [order, setOrder] = useState<Order>();
  const all = useMemo(() => rowsOf(entries, columns), [entries, columns]);
  const rows = useMemo(() => ordered(found(all, wanted), columns, order), [all, wanted, columns, order]);
  return (
    <div className={classes['tableBox']}>
      <div className={classes['tools']}>
        {all.length < searchFromRows ? null : <input type="search" aria-label="Find rows" placeholder="Find rows" value={wanted} onChange={(event) => setWanted(event.currentTarget.value)} spellCheck={false} autoComplete="off" />}
        <span className="dim small figures">{rows.length === all.length ? all.length.toLocaleString('en') : `${rows.length.toLocaleString('en')} of ${all.length.toLocaleString('en')}`} rows</span>
        <CopyButton text={csvOf(rows, columns)} label="Copy as CSV" />
      </div>
      <Grid rows={rows} all={all} columns={columns} order={order} onOrder={(column) => setOrder((old) => nextOrder(old, column))} />
    </div>
  );
}

/** Up, down, then as it came. */
function nextOrder(old: Order | undefined, column: number): Order | undefined {
  if (old?.column !== column) return { column, down: false };
  return old.down ? undefined : { column, down: true };
}

type GridProps = { readonly rows: readonly Row[]; readonly all: readonly Row[]; readonly columns: readonly Column[]; readonly order: Order | undefined; onOrder(column: number): void };

function Grid({ rows, all, columns, order, onOrder }: GridProps): ReactNode {
  const box = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({ count: rows.length, getScrollElement: () => box.current, estimateSize: () => rowHeight, overscan: 12 });
  const widths = useMemo(() => columns.map(({ label }, index) => Math.min(widest, all.reduce((most, { texts }) => Math.max(most, texts[index]?.length ?? 0), label.length + 3))), [all, columns]);
  const isNumber = (row: Row | undefined, column: number): boolean => typeof row?.entry[columns[column]?.name ?? ''] === 'number';
  const items = virtual.getVirtualItems();
  const above = items[0]?.start ?? 0;
  const below = virtual.getTotalSize() - (items.at(-1)?.end ?? 0);
  return (
    <div ref={box} className={classes['scroll']} tabIndex={0} role="group" aria-label="Table">
      <table className={classes['table']} aria-rowcount={rows.length + 1}>
        <colgroup>{widths.map((width, index) => <col key={index} style={{ width: `calc(${width}ch + 22px)` }} />)}</colgroup>
        <thead>
          <tr>
            {columns.map(({ name, label, help }, index) => (
              <th key={name} title={help} data-number={isNumber(all[0], index)} aria-sort={order?.column !== index ? 'none' : order.down ? 'descending' : 'ascending'}>
                <button type="button" onClick={() => onOrder(index)}>
                  {label} {order?.column === index ? <Icon name={order.down ? 'down' : 'up'} size={12} /> : null}
                </button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {above > 0 ? <tr aria-hidden="true" style={{ height: above }} /> : null}
          {items.map(({ index }) => (
            <tr key={index} aria-rowindex={index + 2} style={{ height: rowHeight }}>
              {rows[index]?.texts.map((text, column) => <td key={columns[column]?.name} data-number={isNumber(rows[index], column)} title={text.length > widest ? text : undefined}>{text}</td>)}
            </tr>
          ))}
          {below > 0 ? <tr aria-hidden="true" style={{ height: below }} /> : null}
        </tbody>
      </table>
    </div>
  );
}
