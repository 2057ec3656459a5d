import { getRouteApi, useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { Machine } from '../../../../protocol/messages/live.ts';
import { PageBody } from '../../ui/page.tsx';
import { RunWorkbench } from '../run/run-workbench.tsx';

const route = getRouteApi('/frame/machines/$machineId/$tab');

/** The run form for this machine. */
export function MachineRun({ machine }: { readonly machine: Machine }): ReactNode {
  const { primitive, from } = route.useSearch();
  const navigate = useNavigate();
  const choose = (name: string | undefined): void =>
    void navigate({ to: '/machines/$machineId/$tab', params: { machineId: machine.id, tab: 'run' }, search: (old) => ({ ...old, primitive: name, from: undefined }), replace: primitive !== undefined });
  return (
    <PageBody wide>
      <RunWorkbench machines={[machine]} primitive={primitive} from={from} onChoose={choose} />
    </PageBody>
  );
}
