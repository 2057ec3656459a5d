import type { ReactNode } from 'react';
import classes from './small.module.css';

const signs: Readonly<Record<string, string>> = { mod: /Mac|iP(hone|ad)/.test(navigator.userAgent) ? '⌘' : 'Ctrl', shift: 'Shift', Escape: 'Esc', ArrowDown: '↓', ArrowUp: '↑' };

/** A key as it stands on the keyboard, beside the action it does. */
export function Key({ keys }: { readonly keys: string }): ReactNode {
  return (
    <span className={classes['keys']} aria-hidden="true">
      {keys.split(' ').map((stroke) => (
        <kbd key={stroke} className={classes['key']}>
          {stroke.split('+').map((part) => signs[part] ?? part).join(' ')}
        </kbd>
      ))}
    </span>
  );
}
