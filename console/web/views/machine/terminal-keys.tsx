import { useState } from 'react';
import type { ReactNode } from 'react';
import { Icon } from '../../ui/icon.tsx';
import type { TerminalScreen } from '../../ui/terminal-screen.ts';
import classes from './machine.module.css';

const escape = '\u001b';
const keys = [
  { label: 'Esc', sends: escape },
  { label: 'Tab', sends: '\t' },
  { label: '↑', sends: `${escape}[A`, name: 'up' },
  { label: '↓', sends: `${escape}[B`, name: 'down' },
  { label: '←', sends: `${escape}[D`, name: 'left' },
  { label: '→', sends: `${escape}[C`, name: 'right' },
] as const;

/** Keys that a telephone does not have. */
export function TerminalKeys({ screen, onFind }: { readonly screen: TerminalScreen; readonly onFind: () => void }): ReactNode {
  const [control, setControl] = useState(false);
  const hold = (): void => {
    setControl(!control);
    screen.holdControl();
  };
  return (
    <div className={classes['keyRow']} role="toolbar" aria-label="Keys" onPointerDown={(event) => event.preventDefault()}>
      <button type="button" aria-pressed={control} onClick={hold}>Ctrl</button>
      {keys.map((key) => (
        <button key={key.label} type="button" aria-label={'name' in key ? key.name : key.label} onClick={() => { setControl(false); screen.press(key.sends); }}>
          {key.label}
        </button>
      ))}
      <button type="button" aria-label="Find" onClick={onFind}><Icon name="search" size={14} /></button>
    </div>
  );
}
