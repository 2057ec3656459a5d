/**
 * One machine: its state, whether it can be trusted, and what can be done with it, a tab for each.
 */
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import type { ReactNode } from 'react';
import type { Machine } from '../../../../protocol/messages/live.ts';
import { useMachine, useMachines } from '../../state/console-context.ts';
import { usePrimitives } from '../../state/queries.ts';
import { useKeys } from '../../ui/keys.tsx';
import { Empty, SkeletonRows } from '../../ui/notes.tsx';
import { MachineHeader } from './machine-header.tsx';
import { MachineOverview } from './machine-overview.tsx';
import { MachineWork } from './machine-work.tsx';
import classes from './machine.module.css';

const TerminalTab = lazy(() => import('./terminal-tab.tsx').then(({ TerminalTab: component }) => ({ default: component })));
const ScreenTab = lazy(() => import('./screen-tab.tsx').then(({ ScreenTab: component }) => ({ default: component })));
const FilesTab = lazy(() => import('./files-tab.tsx').then(({ FilesTab: component }) => ({ default: component })));
const MachineRun = lazy(() => import('./machine-run.tsx').then(({ MachineRun: component }) => ({ default: component })));
const AuditTab = lazy(() => import('./audit-tab.tsx').then(({ AuditTab: component }) => ({ default: component })));

const tabs = [
  { id: 'overview', label: 'Overview', key: 'o' },
  { id: 'terminal', label: 'Terminal', key: 't' },
  { id: 'screen', label: 'Screen', key: 's' },
  { id: 'files', label: 'Files', key: 'f' },
  { id: 'run', label: 'Run…', key: 'r' },
  { id: 'work', label: 'Work', key: 'w' },
  { id: 'audit', label: 'Audit', key: 'a' },
] as const;

export function MachineView(): ReactNode {
  const { machineId = '', tab = 'overview' } = useParams({ strict: false });
  const machine = useMachine(machineId);
  const { complete } = useMachines();
  if (machine !== undefined) return <Known machine={machine} tab={tab} />;
  if (!complete) return <SkeletonRows rows={6} />;
  return (
    <Empty icon="machines" title="No machine of this id is known to you" actions={<Link to="/machines">All machines</Link>}>
      It may belong to a site that you may not reach, or the link is old.
    </Empty>
  );
}

function Known({ machine, tab }: { readonly machine: Machine; readonly tab: string }): ReactNode {
  const navigate = useNavigate();
  const primitives = usePrimitives(machine.id);
  const needs: Readonly<Record<string, string>> = { terminal: 'terminal.open', screen: 'tunnel.open' };
  const shown = tabs.filter(({ id }) => needs[id] === undefined || primitives.data?.some(({ name }) => name === needs[id]) !== false);
  const go = (id: string, open = false): void => {
    if (id === 'overview') void navigate({ to: '/machines/$machineId', params: { machineId: machine.id } });
    else void navigate({ to: '/machines/$machineId/$tab', params: { machineId: machine.id, tab: id }, ...(open ? { state: { open: true } } : {}) });
  };
  useKeys([
    ...shown.map(({ id, label, key }) => ({ keys: key, label, group: 'Machine', run: () => go(id, id === 'terminal') })),
    { keys: 'Escape', label: 'Back to the machines', group: 'Machine', run: () => void navigate({ to: '/machines' }) },
  ]);
  return (
    <>
      <MachineHeader machine={machine} />
      <div className={classes['tabs']} role="tablist" aria-label={machine.name}>
        {shown.map(({ id, label }) => (
          <button key={id} type="button" role="tab" id={`tab-${id}`} aria-selected={tab === id} ref={tab === id ? showTab : undefined} aria-controls="tab-panel" onClick={() => go(id)}>
            {label}
          </button>
        ))}
      </div>
      <div id="tab-panel" role="tabpanel" aria-labelledby={`tab-${tab}`} className={classes['panel']}>
        <Suspense fallback={<SkeletonRows rows={6} />}>
          <Tab key={machine.id} machine={machine} tab={tab} />
        </Suspense>
      </div>
    </>
  );
}

/** On a telephone not all of them fit. */
function showTab(tab: HTMLElement | null): void {
  tab?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
}

function Tab({ machine, tab }: { readonly machine: Machine; readonly tab: string }): ReactNode {
  switch (tab) {
    case 'overview': return <MachineOverview machine={machine} />;
    case 'terminal': return <TerminalTab machine={machine} />;
    case 'screen': return <ScreenTab machine={machine} />;
    case 'files': return <FilesTab machine={machine} />;
    case 'run': return <MachineRun machine={machine} />;
    case 'work': return <MachineWork machineId={machine.id} />;
    case 'audit': return <AuditTab machine={machine} />;
    default: return <Empty icon="search" title="There is no such tab">This platform may not have it.</Empty>;
  }
}
