import { Button } from '@mantine/core';
import { useLocation } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import type { ReactNode } from 'react';
import type { Machine } from '../../../../protocol/messages/live.ts';
import { lineOf } from '../../../client/machine-line.ts';
import { useSigner } from '../../state/queries.ts';
import { useTerminals } from '../../state/use-terminals.ts';
import type { Terminals } from '../../state/use-terminals.ts';
import { errorWords } from '../../state/words.ts';
import { Icon } from '../../ui/icon.tsx';
import { Key } from '../../ui/kbd.tsx';
import { AfterAWhile, Empty, FailureNote } from '../../ui/notes.tsx';
import { ClockTime } from '../../ui/time.tsx';
import classes from './machine.module.css';
import { TerminalPane } from './terminal-pane.tsx';

/** The terminals of one machine. They live on the machine: leaving or reloading the page does not end them. */
export function TerminalTab({ machine }: { readonly machine: Machine }): ReactNode {
  const signer = useSigner().data;
  const terminals = useTerminals(machine, signer ?? undefined);
  useOpenOnce(terminals, machine.online && signer !== null && signer !== undefined);
  if (!terminals.ready) return <AfterAWhile><p className={classes['opening']}>Looking for open terminals …</p></AfterAWhile>;
  if (terminals.open.length === 0) return <Opening machine={machine} terminals={terminals} keyId={signer?.keyId} />;
  const active = terminals.open.find(({ id }) => id === terminals.activeId) ?? terminals.open[0];
  return (
    <div className={classes['terminalTab']}>
      <div className={classes['terminalBar']} role="tablist" aria-label="Terminals">
        {terminals.open.map(({ id, title }) => (
          <span key={id} className={classes['shellTab']} data-active={id === active?.id}>
            <button type="button" role="tab" aria-selected={id === active?.id} onClick={() => terminals.show(id)}>
              {title}
            </button>
            <button type="button" aria-label={`End ${title}`} title="End this terminal" onClick={() => void terminals.end(id)}>
              <Icon name="close" size={12} />
            </button>
          </span>
        ))}
        <button type="button" className={classes['tool']} onClick={() => void terminals.start()} disabled={terminals.starting} aria-label="Another terminal" title="Another terminal">
          <Icon name="plus" size={15} />
        </button>
        <span className={classes['terminalInfo']}>
          {terminals.failure === undefined ? null : <span role="alert">{errorWords(terminals.failure.code).what}</span>}
          <span className={classes['hint']}>find <Key keys="mod+f" /></span>
          {active === undefined ? null : <span>open since <ClockTime atMs={active.openedAtMs} /></span>}
        </span>
      </div>
      {active === undefined ? null : <TerminalPane key={active.id} terminal={active} onForget={() => void terminals.forget(active.id)} onAgain={() => void terminals.start()} />}
    </div>
  );
}

/** Somebody pressed “t”: opens one at once. A link alone never opens anything. */
function useOpenOnce(terminals: Terminals, able: boolean): void {
  const { state } = useLocation();
  const done = useRef(false);
  const wanted = state.open === true && able && terminals.ready && terminals.open.length === 0;
  useEffect(() => {
    if (!wanted || done.current) return;
    done.current = true;
    void terminals.start();
  }, [wanted, terminals]);
}

type OpeningProps = { readonly machine: Machine; readonly terminals: Terminals; readonly keyId: string | undefined };

function Opening({ machine, terminals, keyId }: OpeningProps): ReactNode {
  if (!machine.online) {
    return (
      <Empty icon="terminal" title={`${machine.name} is ${lineOf(machine, Date.now()) === 'polling' ? 'between two calls' : 'off line'}`}>
        A terminal needs the machine to be there. It has not been reached since <ClockTime atMs={machine.sinceMs} />. You can leave a command for it under Run….
      </Empty>
    );
  }
  const failed = terminals.failure === undefined ? undefined : { ...errorWords(terminals.failure.code), ...terminals.failure };
  return (
    <div className={classes['opening']}>
      <Icon name="terminal" size={40} />
      <h2>A terminal on {machine.name}</h2>
      <p className="dim">It runs as the agent’s own user and goes on when you close this page. What you type and see is sealed between this browser and the machine.</p>
      {failed === undefined ? null : <FailureNote {...failed} />}
      {keyId === undefined ? (
        <p>This browser holds no key of yours, so it cannot open one.</p>
      ) : (
        <>
          <Button size="sm" autoFocus loading={terminals.starting} leftSection={<Icon name="terminal" size={16} />} onClick={() => void terminals.start()}>
            Open a terminal
          </Button>
          <span className="small dim">signed by your key {keyId.slice(0, 8)} in this browser</span>
        </>
      )}
    </div>
  );
}
