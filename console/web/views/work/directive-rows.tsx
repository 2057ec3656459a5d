import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useRef } from 'react';
import type { ReactNode } from 'react';
import type { Machine } from '../../../../protocol/messages/live.ts';
import type { DirectiveView } from '../../state/client-port.ts';
import { useMachines } from '../../state/console-context.ts';
import { countsOf, isFinished, machineCount, overallPercent, overallState, paramsLine, stateWords } from '../../state/directive-summary.ts';
import type { History } from '../../state/history.ts';
import { counted, relativeTime } from '../../state/words.ts';
import { useNarrow } from '../../ui/narrow.ts';
import { StateBadge, StateSign } from '../../ui/state-badge.tsx';
import { RelativeTime } from '../../ui/time.tsx';
import classes from './work.module.css';

export type DirectiveRowsProps = {
  readonly directives: readonly DirectiveView[];
  /** Shows only this machine's part. */
  readonly agentId?: string;
  /** Present: a list of its own height that goes on; absent: a few rows in a page. */
  readonly more?: Pick<History, 'hasMore' | 'loading' | 'loadMore'>;
};

const rowHeights = { wide: 44, narrow: 56 };

/** Directives, newest first: what, where, who, when, what came of it. */
export function DirectiveRows({ directives, agentId, more }: DirectiveRowsProps): ReactNode {
  const box = useRef<HTMLDivElement>(null);
  const rowHeight = useNarrow() ? rowHeights.narrow : rowHeights.wide;
  const virtual = useVirtualizer({ count: directives.length, getScrollElement: () => box.current, estimateSize: () => rowHeight, overscan: 10, enabled: more !== undefined });
  if (more === undefined) return <div className={classes['few']}>{directives.map((directive) => <Row key={directive.id} directive={directive} agentId={agentId} />)}</div>;
  return (
    <div ref={box} className={classes['rows']}>
      <div style={{ height: virtual.getTotalSize(), position: 'relative' }}>
        {virtual.getVirtualItems().map(({ index, start }) => {
          const directive = directives[index];
          return directive === undefined ? null : <Row key={directive.id} directive={directive} agentId={agentId} top={start} />;
        })}
      </div>
      {more.hasMore ? (
        <div className={classes['older']}>
          <Button variant="default" loading={more.loading} onClick={more.loadMore}>Older ones</Button>
        </div>
      ) : null}
    </div>
  );
}

type RowProps = { readonly directive: DirectiveView; readonly agentId: string | undefined; readonly top?: number };

function Row({ directive, agentId, top }: RowProps): ReactNode {
  const machines = useMachines().byId;
  const targets = agentId === undefined ? directive.targets : directive.targets.filter((target) => target.agentId === agentId);
  const state = overallState(targets.length === 0 ? countsOf(directive) : targets);
  return (
    <Link to="/work/$directiveId" params={{ directiveId: directive.id }} className={classes['row']} {...(top === undefined ? {} : { style: { position: 'absolute', transform: `translateY(${top}px)` } })}>
      <span className={classes['state']}>
        <StateBadge state={state} words={stateWords[state]} percent={isFinished(directive) ? undefined : overallPercent(targets)} />
      </span>
      <span className={classes['what']}>
        <strong>{directive.primitive}</strong> <code className="dim">{paramsLine(directive.params)}</code>
      </span>
      {agentId === undefined && machineCount(directive) > 1 ? <span className={classes['counts']}><Counts directive={directive} /></span> : null}
      {agentId === undefined ? <span className={classes['where']}>{whereWords(directive, machines)}</span> : null}
      <span className={classes['who']}>{directive.signedBy.name}</span>
      <span className={classes['when']}>
        <RelativeTime atMs={directive.submittedAtMs} words={relativeTime} />
      </span>
    </Link>
  );
}

function Counts({ directive }: { readonly directive: DirectiveView }): ReactNode {
  return countsOf(directive).map(({ state, count }) => (
    <span key={state} className={classes['countOf']}>
      <StateSign state={state} words={stateWords[state]} /> {count}
    </span>
  ));
}

/** The machine, or how many. */
function whereWords(directive: DirectiveView, machines: ReadonlyMap<string, Machine>): string {
  const [first] = directive.targets;
  const count = machineCount(directive);
  if (count !== 1 || first === undefined) return counted(count, 'machine');
  return machines.get(first.agentId)?.name ?? first.agentId.slice(0, 8);
}
