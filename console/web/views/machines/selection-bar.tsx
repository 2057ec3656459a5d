import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { useConsole, useLive } from '../../state/console-context.ts';
import { emptySelection } from '../../state/selection.ts';
import { Icon } from '../../ui/icon.tsx';
import { Key } from '../../ui/kbd.tsx';
import classes from './machines.module.css';
import { useMachineActs } from './use-machine-acts.ts';

/** What can be done with the selected machines, the only place where it stands. */
export function SelectionBar(): ReactNode {
  const { selection } = useConsole();
  const { ids } = useLive(selection);
  const acts = useMachineActs();
  const [only] = ids;
  if (only === undefined) return null;
  return (
    <div className={classes['selection']} role="toolbar" aria-label="With the selected machines">
      <strong className="figures">{ids.size.toLocaleString('en')} selected</strong>
      <Button leftSection={<Icon name="run" size={15} />} onClick={() => acts.run([...ids])}>
        Run… <Key keys="r" />
      </Button>
      {ids.size === 1 ? (
        <Button variant="default" leftSection={<Icon name="terminal" size={15} />} onClick={() => acts.terminal(only)}>
          Terminal <Key keys="t" />
        </Button>
      ) : null}
      <button type="button" className={classes['clear']} onClick={() => selection.set(emptySelection)}>
        Clear <Key keys="Escape" />
      </button>
    </div>
  );
}
