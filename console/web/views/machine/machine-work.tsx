import { useMemo } from 'react';
import type { ReactNode } from 'react';
import { useDirectives } from '../../state/console-context.ts';
import { useAllDirectives } from '../../state/history.ts';
import { Empty, SkeletonRows } from '../../ui/notes.tsx';
import { DirectiveRows } from '../work/directive-rows.tsx';

/** What ran here, by whom, with what result. */
export function MachineWork({ machineId }: { readonly machineId: string }): ReactNode {
  const history = useAllDirectives(machineId);
  if (history.directives.length > 0) {
    return <DirectiveRows directives={history.directives} agentId={machineId} more={history} />;
  }
  if (!history.complete) return <SkeletonRows />;
  return (
    <Empty icon="work" title="Nothing was run here yet">
      Everything that is run on this machine stands here: who, what, when, and its signed report.
    </Empty>
  );
}

const latest = 5;

/** The last few, in the overview. */
export function LatestWork({ machineId }: { readonly machineId: string }): ReactNode {
  const { byId, complete } = useDirectives();
  const last = useMemo(
    () =>
      [...byId.values()]
        .filter(({ targets }) => targets.some(({ agentId }) => agentId === machineId))
        .sort((left, right) => right.submittedAtMs - left.submittedAtMs)
        .slice(0, latest),
    [byId, machineId],
  );
  if (last.length === 0) return <p className="dim">{complete ? 'Nothing was run here lately.' : ''}</p>;
  return <DirectiveRows directives={last} agentId={machineId} />;
}

