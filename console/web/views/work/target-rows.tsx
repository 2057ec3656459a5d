import { Button } from '@mantine/core';
import { Link, getRouteApi, useNavigate } from '@tanstack/react-router';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef } from 'react';
import type { ReactNode } from 'react';
import { targetStates } from '../../../../protocol/messages/live.ts';
import type { DirectiveView, TargetView } from '../../state/client-port.ts';
import { useMachines } from '../../state/console-context.ts';
import { countsOf, stateWords } from '../../state/directive-summary.ts';
import { failureOf, useTargetPages } from '../../state/queries.ts';
import { errorWords, shortSpan } from '../../state/words.ts';
import { Icon } from '../../ui/icon.tsx';
import { FailureNote, SkeletonRows } from '../../ui/notes.tsx';
import { StateBadge } from '../../ui/state-badge.tsx';
import { RelativeTime } from '../../ui/time.tsx';
import { TargetResult } from './target-result.tsx';
import type { TargetResultProps } from './target-result.tsx';
import classes from './work.module.css';

const route = getRouteApi('/frame/work/$directiveId');
const rowHeight = 36;

/** Each machine's part, failed ones first where all are here; one of them opened below. */
export function TargetRows({ directive }: { readonly directive: DirectiveView }): ReactNode {
  const { state, machine } = route.useSearch();
  const navigate = useNavigate();
  const box = useRef<HTMLDivElement>(null);
  const change = (part: { state?: string | undefined; machine?: string | undefined }): void => void navigate({ to: '.', search: (old) => ({ ...old, ...part }), replace: true });
  const pages = useTargetPages(directive, targetStates.find((each) => each === state));
  const targets = directive.counts === undefined ? directive.targets.filter((target) => state === undefined || target.state === state).toSorted((left, right) => urgency(left) - urgency(right)) : (pages.data?.pages.flat() ?? []);
  const virtual = useVirtualizer({ count: targets.length, getScrollElement: () => box.current, estimateSize: () => rowHeight, overscan: 10 });
  const lastShown = virtual.getVirtualItems().at(-1)?.index ?? 0;
  const { hasNextPage, isFetching, fetchNextPage } = pages;
  useEffect(() => {
    if (lastShown >= targets.length - 1 && hasNextPage && !isFetching) void fetchNextPage();
  }, [lastShown, targets.length, hasNextPage, isFetching, fetchNextPage]);
  const opened = targets.find(({ agentId }) => agentId === machine);
  return (
    <>
      <div className={classes['stateFilter']} role="group" aria-label="State">
        <button type="button" aria-pressed={state === undefined} onClick={() => change({ state: undefined })}>All</button>
        {countsOf(directive).map((each) => (
          <button key={each.state} type="button" aria-pressed={state === each.state} onClick={() => change({ state: each.state })}>
            {stateWords[each.state]} {each.count.toLocaleString('en')}
          </button>
        ))}
      </div>
      {targets.length > 0 ? null : <NoTargets pages={pages} />}
      <div ref={box} className={classes['targets']} hidden={targets.length === 0} style={{ height: Math.min(targets.length * rowHeight + 2, 420) }}>
        <div style={{ height: virtual.getTotalSize(), position: 'relative' }}>
          {virtual.getVirtualItems().map(({ index, start }) => {
            const target = targets[index];
            return target === undefined ? null : <Row key={target.agentId} target={target} top={start} open={target.agentId === machine} onOpen={() => change({ machine: target.agentId === machine ? undefined : target.agentId })} />;
          })}
        </div>
      </div>
      {opened === undefined ? null : <Opened directive={directive} target={opened} />}
    </>
  );
}

/** Why there are no rows: they could not be fetched, are on their way, or no machine is in this state any more. */
function NoTargets({ pages: { error, isLoading, refetch } }: { readonly pages: Pick<ReturnType<typeof useTargetPages>, 'error' | 'isLoading' | 'refetch'> }): ReactNode {
  if (isLoading) return <SkeletonRows rows={6} />;
  if (error === null) return <p className="dim">No machine is in this state now.</p>;
  const { code, detail } = failureOf(error);
  return <FailureNote {...errorWords(code)} code={code} detail={detail} action={<Button variant="default" onClick={() => void refetch()}>Try again</Button>} />;
}

type RowProps = { readonly target: TargetView; readonly top: number; readonly open: boolean; readonly onOpen: () => void };

function Row({ target, top, open, onOpen }: RowProps): ReactNode {
  const machine = useMachines().byId.get(target.agentId);
  const code = target.report?.status === 'succeeded' ? undefined : target.report?.code;
  return (
    <button type="button" className={classes['targetRow']} aria-expanded={open} style={{ transform: `translateY(${top}px)` }} onClick={onOpen}>
      <StateBadge state={target.state} words={stateWords[target.state]} percent={target.state === 'running' ? target.percent : undefined} />
      <strong>{machine?.name ?? target.agentId.slice(0, 8)}</strong>
      <span className={`${classes['line']} dim`}>{target.report?.detail ?? (code === undefined ? (target.note ?? '') : errorWords(code).what)}</span>
      <span className="dim small"><RelativeTime atMs={target.changedAtMs} words={(at, now) => shortSpan(now - at)} /></span>
      <Icon name={open ? 'down' : 'right'} size={14} />
    </button>
  );
}

function Opened({ directive, target }: TargetResultProps): ReactNode {
  const machine = useMachines().byId.get(target.agentId);
  return (
    <section className={classes['opened']} ref={showSection}>
      <h2><Link to="/machines/$machineId" params={{ machineId: target.agentId }}>{machine?.name ?? target.agentId.slice(0, 8)}</Link></h2>
      <TargetResult key={target.agentId} directive={directive} target={target} />
    </section>
  );
}

function showSection(section: HTMLElement | null): void {
  section?.scrollIntoView({ block: 'nearest' });
}

/** What needs somebody comes first. */
function urgency({ state }: TargetView): number {
  const first = ['failed', 'interrupted', 'refused', 'expired', 'running', 'sent', 'waiting'];
  const at = first.indexOf(state);
  return at < 0 ? first.length + targetStates.indexOf(state) : at;
}
