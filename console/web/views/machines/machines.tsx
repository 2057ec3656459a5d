/**
 * The machine list: which machines there are, and what to do with those chosen.
 */
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import type { ReactNode } from 'react';
import { lineOf } from '../../../client/machine-line.ts';
import { useConsole, useLive } from '../../state/console-context.ts';
import { useMachineRows } from '../../state/machine-rows.ts';
import type { MachineRows } from '../../state/machine-rows.ts';
import { parseSort } from '../../state/row-order.ts';
import { emptySelection } from '../../state/selection.ts';
import { useKeys } from '../../ui/keys.tsx';
import { Empty, SkeletonRows } from '../../ui/notes.tsx';
import { MachineList } from './machine-list.tsx';
import { MachinePanel } from './machine-panel.tsx';
import classes from './machines.module.css';
import { SearchBox } from './search-box.tsx';
import { SelectionBar } from './selection-bar.tsx';
import { useMachineActs } from './use-machine-acts.ts';

const route = getRouteApi('/frame/machines');

export function Machines(): ReactNode {
  const { q = '', sort: sortText, panel, site } = route.useSearch();
  const navigate = useNavigate();
  const [held, setHeld] = useState(false);
  const sort = useMemo(() => parseSort(sortText), [sortText]);
  const rows = useMachineRows({ query: q, site, sort }, held);
  const change = (part: { q?: string | undefined; sort?: string; panel?: string | undefined }): void => void navigate({ to: '/machines', search: (old) => ({ ...old, ...part }), replace: true });
  const cursor = useCursor(rows, panel, (id) => change({ panel: id }));
  useListKeys(rows, cursor, { panel, change });
  return (
    <div className={classes['view']}>
      <div className={classes['tools']}>
        <SearchBox value={q} onChange={(text) => change({ q: text === '' ? undefined : text })} unknown={rows.query.unknown} />
        <span className={`${classes['count']} dim figures`}>{rows.complete ? countWords(rows) : ''}</span>
        <QuickFilters value={q} onChange={(text) => change({ q: text === '' ? undefined : text })} />
      </div>
      <div className={classes['split']}>
        <div className={classes['listSide']} onPointerEnter={() => setHeld(true)} onPointerLeave={() => setHeld(false)}>
          {rows.waiting > 0 ? (
            <button type="button" className={classes['waiting']} onClick={rows.showWaiting}>
              {rows.waiting} new ↑
            </button>
          ) : null}
          {rows.machines.length > 0 ? <MachineList machines={rows.machines} query={q} sort={sort} cursorId={cursor.id} onCursor={cursor.moveTo} onSort={(text) => change({ sort: text })} /> : <Nothing rows={rows} query={q} />}
          <SelectionBar />
        </div>
        {panel === undefined ? null : <MachinePanel machineId={panel} onClose={() => change({ panel: undefined })} />}
      </div>
    </div>
  );
}

type Cursor = { readonly id: string | undefined; moveTo(id: string): void };

/** The row that keys speak of; an open panel follows it. */
function useCursor(rows: MachineRows, panel: string | undefined, showPanel: (id: string) => void): Cursor {
  const [id, setId] = useState<string | undefined>(panel);
  const known = rows.machines.some((machine) => machine.id === id);
  return {
    id: known ? id : undefined,
    moveTo(next) {
      setId(next);
      if (panel !== undefined) showPanel(next);
    },
  };
}

type PanelState = { readonly panel: string | undefined; change(part: { panel: string | undefined }): void };

function useListKeys(rows: MachineRows, cursor: Cursor, { panel, change }: PanelState): void {
  const { selection } = useConsole();
  const acts = useMachineActs();
  const selected = useLive(selection);
  const move = (step: number): void => {
    const at = rows.machines.findIndex(({ id }) => id === cursor.id);
    const next = rows.machines[Math.max(0, Math.min(rows.machines.length - 1, at < 0 ? 0 : at + step))];
    if (next !== undefined) cursor.moveTo(next.id);
  };
  const group = 'Machines';
  const withCursor = (act: (id: string) => void) => (): void => {
    if (cursor.id !== undefined) act(cursor.id);
  };
  const escape = (): void => {
    if (panel !== undefined) change({ panel: undefined });
    else selection.set(emptySelection);
  };
  useKeys([
    { keys: 'j', label: 'Next machine', group, run: () => move(1) },
    { keys: 'k', label: 'Machine before', group, run: () => move(-1) },
    { keys: 'ArrowDown', label: 'Next machine', group, run: () => move(1) },
    { keys: 'ArrowUp', label: 'Machine before', group, run: () => move(-1) },
    { keys: 'Enter', label: 'Open', group, run: withCursor(acts.open) },
    { keys: 'Space', label: 'Side panel', group, run: withCursor((id) => change({ panel: panel === id ? undefined : id })) },
    { keys: 'x', label: 'Select', group, run: withCursor(acts.toggle) },
    { keys: 'r', label: 'Run…', group, run: () => acts.run(selected.ids.size > 0 ? [...selected.ids] : cursor.id === undefined ? [] : [cursor.id]) },
    { keys: 't', label: 'Terminal', group, run: withCursor(acts.terminal) },
    { keys: 'Escape', label: 'Close the panel, clear the selection', group, run: escape },
  ]);
}

function countWords({ machines, total }: MachineRows): string {
  const lines = machines.map((machine) => lineOf(machine, Date.now()));
  const [online, polling] = (['on line', 'polling'] as const).map((line) => lines.filter((one) => one === line).length) as [number, number];
  const shown = machines.length === total ? `${total.toLocaleString('en')}` : `${machines.length.toLocaleString('en')} of ${total.toLocaleString('en')}`;
  return `${shown} · ${online.toLocaleString('en')} on line${polling > 0 ? ` · ${polling.toLocaleString('en')} polling` : ''}`;
}

const filters = [['All', ''], ['On line', 'online:yes'], ['Off line', 'online:no']] as const;

function QuickFilters({ value, onChange }: { readonly value: string; readonly onChange: (text: string) => void }): ReactNode {
  return (
    <div className={classes['filters']} role="group" aria-label="Show">
      {filters.map(([label, query]) => (
        <button key={label} type="button" aria-pressed={value === query} onClick={() => onChange(query)}>
          {label}
        </button>
      ))}
    </div>
  );
}

function Nothing({ rows, query }: { readonly rows: MachineRows; readonly query: string }): ReactNode {
  if (!rows.complete) return <SkeletonRows rows={16} />;
  if (rows.total > 0) {
    return (
      <Empty icon="search" title="No machine fits" actions={<Link to="/machines" search={(old) => ({ ...old, q: undefined })}>Show all {rows.total}</Link>}>
        Nothing among {rows.total.toLocaleString('en')} fits <code>{query}</code>.
      </Empty>
    );
  }
  return (
    <Empty icon="machines" title="No machines yet">
      A machine appears here as soon as its agent has called for the first time. Make an enrolment string where an owner’s key is, and give it to the agent:
      <pre style={{ textAlign: 'left', marginTop: 12 }}>{'behest enrol-token\nbehest-agent run --enrol STRING --data DIR'}</pre>
    </Empty>
  );
}
