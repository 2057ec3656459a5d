import { useState } from 'react';
import type { KeyboardEvent, ReactNode } from 'react';
import { Icon } from '../../ui/icon.tsx';
import type { TerminalScreen } from '../../ui/terminal-screen.ts';
import classes from './machine.module.css';

/** Search in what the terminal showed. Enter goes to the one before, as a terminal is read upwards. */
export function TerminalFind({ screen, onClose }: { readonly screen: TerminalScreen; readonly onClose: () => void }): ReactNode {
  const [text, setText] = useState('');
  const [found, setFound] = useState(true);
  const find = (backwards: boolean): void => setFound(text === '' || screen.find(text, backwards));
  const close = (): void => {
    onClose();
    screen.focus();
  };
  const press = (event: KeyboardEvent): void => {
    if (event.key === 'Enter') find(!event.shiftKey);
    if (event.key === 'Escape') close();
    event.stopPropagation();
  };
  return (
    <div className={classes['find']} role="search">
      <input autoFocus aria-label="Find in the terminal" placeholder="Find" value={text} onChange={(event) => setText(event.currentTarget.value)} onKeyDown={press} />
      <span className="small dim" aria-live="polite">{found ? '' : 'not found'}</span>
      <button type="button" className={classes['tool']} aria-label="The one before" onClick={() => find(true)}><Icon name="up" size={15} /></button>
      <button type="button" className={classes['tool']} aria-label="The next one" onClick={() => find(false)}><Icon name="down" size={15} /></button>
      <button type="button" className={classes['tool']} aria-label="Close the search" onClick={close}><Icon name="close" size={14} /></button>
    </div>
  );
}
