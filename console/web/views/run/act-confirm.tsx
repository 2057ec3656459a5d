import { Button, TextInput } from '@mantine/core';
import { useEffect, useState } from 'react';
import type { ReactNode } from 'react';
import type { Machine } from '../../../../protocol/messages/live.ts';
import type { PrimitiveDescription } from '../../../../protocol/primitive.ts';
import { lineOf } from '../../../client/machine-line.ts';
import { counted } from '../../state/words.ts';
import { Icon } from '../../ui/icon.tsx';
import classes from './run.module.css';

export type ActConfirmProps = { readonly primitive: PrimitiveDescription; readonly machines: readonly Machine[]; readonly onGo: () => void; readonly onBack: () => void };

const namedAtMost = 12;
const countdownSeconds = 10;

/** Asks as much as the risk deserves: the count, who is affected, or the name typed and a countdown. */
export function ActConfirm({ primitive, machines, onGo, onBack }: ActConfirmProps): ReactNode {
  const [typed, setTyped] = useState('');
  const [counting, setCounting] = useState(false);
  const destroys = primitive.risk === 'destroy';
  const expected = machines.length === 1 ? (machines[0]?.name ?? '') : String(machines.length);
  const go = (): void => (destroys ? setCounting(true) : onGo());
  return (
    <div className={classes['confirm']} data-risk={primitive.risk} role="alertdialog" aria-label="Really?">
      <strong>
        {primitive.title} on {machines.length === 1 ? expected : counted(machines.length, 'machine')}?
      </strong>
      {primitive.risk === 'disrupt' ? <p className="dim">People at these machines will feel it. Who is signed in there is not known.</p> : null}
      {destroys ? <p className="dim">This cannot be undone.</p> : null}
      <ul className={classes['affected']}>
        {machines.slice(0, namedAtMost).map((machine) => <li key={machine.id}>{machine.name}{machine.online ? '' : ` (${lineOf(machine, Date.now())})`}</li>)}
        {machines.length > namedAtMost ? <li>and {machines.length - namedAtMost} more</li> : null}
      </ul>
      {destroys ? <TextInput autoFocus label={machines.length === 1 ? 'Type the name of the machine' : 'Type how many machines'} value={typed} onChange={(event) => setTyped(event.currentTarget.value)} disabled={counting} autoComplete="off" /> : null}
      <div className={classes['go']}>
        {counting ? <Countdown onDone={onGo} /> : <Button autoFocus={!destroys} color={destroys ? 'red' : 'teal'} size="sm" disabled={destroys && typed !== expected} onClick={go} leftSection={<Icon name="run" size={16} />}>{destroys ? 'Destroy' : `Run on ${machines.length === 1 ? expected : counted(machines.length, 'machine')}`}</Button>}
        <Button variant="default" size="sm" onClick={onBack}>{counting ? 'Cancel' : 'Back'}</Button>
      </div>
    </div>
  );
}

/** The last seconds in which it can be taken back. */
function Countdown({ onDone }: { readonly onDone: () => void }): ReactNode {
  const [left, setLeft] = useState(countdownSeconds);
  useEffect(() => {
    if (left === 0) {
      onDone();
      return undefined;
    }
    const timer = setTimeout(() => setLeft(left - 1), 1000);
    return () => clearTimeout(timer);
  }, [left, onDone]);
  return <strong role="timer" className="figures">in {left} s</strong>;
}
