import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { reachedInShort } from '../../../client/contact-words.ts';
import { lineOf } from '../../../client/machine-line.ts';
import { useDirectives, useMachine } from '../../state/console-context.ts';
import { overallState, paramsLine, stateWords } from '../../state/directive-summary.ts';
import { lineWords, relativeTime, shortSpan } from '../../state/words.ts';
import { Icon } from '../../ui/icon.tsx';
import { Key } from '../../ui/kbd.tsx';
import { Note } from '../../ui/notes.tsx';
import { Facts } from '../../ui/page.tsx';
import { MachineDot, StateSign } from '../../ui/state-badge.tsx';
import { RelativeTime, useNow } from '../../ui/time.tsx';
import { Link } from '@tanstack/react-router';
import classes from './machines.module.css';
import { useMachineActs } from './use-machine-acts.ts';

const lastShown = 5;

/** A look at one machine beside the list. */
export function MachinePanel({ machineId, onClose }: { readonly machineId: string; readonly onClose: () => void }): ReactNode {
  const machine = useMachine(machineId);
  const acts = useMachineActs();
  const line = useNow((now) => (machine === undefined ? 'off line' : lineOf(machine, now)));
  if (machine === undefined) return null;
  return (
    <aside className={classes['panel']} aria-label={`${machine.name}, at a glance`}>
      <header>
        <MachineDot line={line} alarm={machine.quarantined} />
        <h2>{machine.name}</h2>
        <button type="button" className={classes['close']} onClick={onClose} aria-label="Close (Esc)">
          <Icon name="close" size={16} />
        </button>
      </header>
      {machine.quarantined ? <Note tone="alarm" title="Two copies of this machine have called">Nothing runs here until an owner says which is the real one: <code>behest resync {machine.name}</code></Note> : null}
      <div className={classes['panelActs']}>
        <Button onClick={() => acts.open(machineId)}>Open <Key keys="Enter" /></Button>
        <Button variant="default" onClick={() => acts.run([machineId])}>Run… <Key keys="r" /></Button>
        <Button variant="default" onClick={() => acts.terminal(machineId)} disabled={!machine.online}>Terminal <Key keys="t" /></Button>
      </div>
      <Facts
        facts={[
          ['State', <RelativeTime key="since" atMs={machine.sinceMs} words={(_, now) => lineWords(machine, now)} />],
          ['Site', machine.site],
          ['System', machine.facts.osName],
          ['Reached by', machine.online ? reachedInShort(machine) : '—'],
          ['Address', machine.remoteAddress ?? machine.facts.addresses[0] ?? 'unknown'],
          ['Started', <RelativeTime key="boot" atMs={machine.facts.bootedAtMs} words={relativeTime} />],
        ]}
      />
      <h3>Last directives</h3>
      <LastFive machineId={machineId} />
    </aside>
  );
}

function LastFive({ machineId }: { readonly machineId: string }): ReactNode {
  const { byId } = useDirectives();
  const last = [...byId.values()]
    .filter(({ targets }) => targets.some(({ agentId }) => agentId === machineId))
    .sort((left, right) => right.submittedAtMs - left.submittedAtMs)
    .slice(0, lastShown);
  if (last.length === 0) return <p className="dim">Nothing was run here lately.</p>;
  return (
    <ul className={classes['lastFive']}>
      {last.map((directive) => {
        const state = overallState(directive.targets.filter(({ agentId }) => agentId === machineId));
        return (
          <li key={directive.id}>
            <StateSign state={state} words={stateWords[state]} />
            <Link to="/work/$directiveId" params={{ directiveId: directive.id }}>{directive.primitive}</Link>
            <span className={`${classes['lastText']} dim`}>{paramsLine(directive.params, 50)}</span>
            <span className="dim small"><RelativeTime atMs={directive.submittedAtMs} words={(at, now) => shortSpan(now - at)} /></span>
          </li>
        );
      })}
    </ul>
  );
}
