import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { useMemo } from 'react';
import type { ReactNode } from 'react';
import type { Machine } from '../../../../protocol/messages/live.ts';
import { useConsole, useLive, useMachines } from '../../state/console-context.ts';
import { counted } from '../../state/words.ts';
import { useKeys } from '../../ui/keys.tsx';
import { Empty, SkeletonRows } from '../../ui/notes.tsx';
import { PageBody, PageHead } from '../../ui/page.tsx';
import { RunWorkbench } from './run-workbench.tsx';

const route = getRouteApi('/frame/run');

/** Running something on several machines. */
export function RunPage(): ReactNode {
  const { on = 'selected', primitive, from } = route.useSearch();
  const navigate = useNavigate();
  const machines = useChosen(on);
  const { complete } = useMachines();
  useKeys([{ keys: 'Escape', label: 'Back to the machines', group: 'Run', run: () => void navigate({ to: '/machines' }) }]);
  if (!complete) return <SkeletonRows />;
  if (machines.length === 0) {
    return (
      <Empty icon="machines" title="No machine is chosen" actions={<Link to="/machines">Choose machines</Link>}>
        Select machines in the list and press r.
      </Empty>
    );
  }
  const names = machines.slice(0, 4).map(({ name }) => name).join(', ');
  return (
    <>
      <PageHead title={`Run on ${counted(machines.length, 'machine')}`} aside={<span className="dim">{names}{machines.length > 4 ? ` and ${machines.length - 4} more` : ''}</span>} />
      <PageBody wide>
        <RunWorkbench machines={machines} primitive={primitive} from={from} onChoose={(name) => void navigate({ to: '/run', search: (old) => ({ ...old, primitive: name, from: undefined }) })} />
      </PageBody>
    </>
  );
}

/** The machines that the address names, or those selected in the list. */
function useChosen(on: string): readonly Machine[] {
  const { selection } = useConsole();
  const selected = useLive(selection).ids;
  const { byId } = useMachines();
  return useMemo(() => (on === 'selected' ? [...selected] : on.split(',')).flatMap((id) => byId.get(id) ?? []), [on, selected, byId]);
}
