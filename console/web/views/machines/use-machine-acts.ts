import { useNavigate } from '@tanstack/react-router';
import { useConsole } from '../../state/console-context.ts';
import { toggle } from '../../state/selection.ts';

export type MachineActs = {
  open(id: string): void;
  toggle(id: string): void;
  run(ids: readonly string[]): void;
  terminal(id: string): void;
};

/** Few enough to stand in an address; more travel as the selection. */
const maxInAddress = 40;

/** What can be done with machines from any list. */
export function useMachineActs(): MachineActs {
  const navigate = useNavigate();
  const { selection } = useConsole();
  return {
    open: (machineId) => void navigate({ to: '/machines/$machineId', params: { machineId } }),
    toggle: (id) => selection.set(toggle(selection.get(), id)),
    run(ids) {
      const [first] = ids;
      if (first === undefined) return;
      if (ids.length === 1) void navigate({ to: '/machines/$machineId/$tab', params: { machineId: first, tab: 'run' } });
      else void navigate({ to: '/run', search: { on: ids.length <= maxInAddress ? ids.join(',') : 'selected' } });
    },
    terminal: (machineId) => void navigate({ to: '/machines/$machineId/$tab', params: { machineId, tab: 'terminal' }, state: { open: true } }),
  };
}
