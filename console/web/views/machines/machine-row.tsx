import { Link } from '@tanstack/react-router';
import { memo } from 'react';
import type { MouseEvent, ReactNode } from 'react';
import type { Machine } from '../../../../protocol/messages/live.ts';
import { reachedInShort } from '../../../client/contact-words.ts';
import { lineOf } from '../../../client/machine-line.ts';
import type { DirectiveView } from '../../state/client-port.ts';
import { countsOf, overallState, paramsLine, stateWords } from '../../state/directive-summary.ts';
import { matchWords } from '../../state/palette.ts';
import { parseQuery } from '../../../client/machine-search.ts';
import { shortSpan } from '../../state/words.ts';
import { Marked } from '../../ui/marked.tsx';
import { isNarrow } from '../../ui/narrow.ts';
import { MachineDot, StateSign } from '../../ui/state-badge.tsx';
import { RelativeTime, useNow } from '../../ui/time.tsx';
import classes from './machines.module.css';

export type MachineRowProps = {
  readonly machine: Machine;
  readonly top: number;
  readonly index: number;
  readonly query: string;
  readonly selected: boolean;
  readonly current: boolean;
  readonly last: DirectiveView | undefined;
  readonly onChoose: (id: string, extend: boolean) => void;
  readonly onCursor: (id: string) => void;
  readonly onOpen: (id: string) => void;
};

/** One machine. A click sets the cursor, its name opens it, shift-click and the box select. */
export const MachineRow = memo(function MachineRow(props: MachineRowProps): ReactNode {
  const { machine, top, index, query, selected, current, last, onChoose, onCursor, onOpen } = props;
  const line = useNow((now) => lineOf(machine, now));
  const words = parseQuery(query).words;
  const match = query === '' ? undefined : matchWords(machine, query);
  const click = (event: MouseEvent): void => {
    if (event.shiftKey) onChoose(machine.id, true);
    else if (isNarrow()) onOpen(machine.id);
    else onCursor(machine.id);
  };
  return (
    <div id={`row-${machine.id}`} className={classes['row']} style={{ transform: `translateY(${top}px)` }} role="row" aria-rowindex={index + 2} aria-selected={selected} data-current={current} data-off={line === 'off line'} onClick={click} onDoubleClick={() => onOpen(machine.id)}>
      <span role="gridcell" className={classes['check']} onClick={(event) => event.stopPropagation()}>
        <input type="checkbox" aria-label={`Select ${machine.name}`} checked={selected} onChange={(event) => onChoose(machine.id, event.nativeEvent instanceof MouseEvent && event.nativeEvent.shiftKey)} />
      </span>
      <span role="gridcell" className={classes['name']}>
        <MachineDot line={line} alarm={machine.quarantined} />
        <Link to="/machines/$machineId" params={{ machineId: machine.id }} preload={false} onClick={(event) => event.stopPropagation()} tabIndex={-1}>
          <Marked text={machine.name} words={words} />
        </Link>
        {match === undefined ? null : <span className={classes['match']}>{match}</span>}
      </span>
      <span role="gridcell" className={classes['site']}><Marked text={machine.site} words={words} /></span>
      <span role="gridcell" className={classes['os']}><Marked text={machine.facts.osName} words={words} /></span>
      <span role="gridcell" className={classes['reached']}>{machine.quarantined ? <b className={classes['alarmed']}>quarantined</b> : machine.online ? reachedInShort(machine) : line === 'polling' ? 'polling, last call' : 'off line'}</span>
      <span role="gridcell" className={classes['since']}><RelativeTime atMs={machine.sinceMs} words={(at, now) => shortSpan(now - at)} /></span>
      <span role="gridcell" className={classes['last']}>{last === undefined ? <span className="dim">—</span> : <LastDirective directive={last} agentId={machine.id} />}</span>
    </div>
  );
});

function LastDirective({ directive, agentId }: { readonly directive: DirectiveView; readonly agentId: string }): ReactNode {
  const own = directive.targets.filter((target) => target.agentId === agentId);
  // of a directive on very many machines the list is not told machine by machine
  const state = overallState(own.length === 0 ? countsOf(directive) : own);
  const percent = own[0]?.percent;
  return (
    <>
      <StateSign state={state} words={stateWords[state]} />
      <span className={classes['lastText']}>
        {directive.primitive} <span className="dim">{paramsLine(directive.params, 60)}</span>
        {percent !== undefined && state === 'running' ? ` ${Math.round(percent)}%` : ''}
      </span>
      <span className="dim">
        <RelativeTime atMs={own[0]?.changedAtMs ?? directive.submittedAtMs} words={(at, now) => shortSpan(now - at)} />
      </span>
    </>
  );
}
