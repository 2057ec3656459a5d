import type { ReactNode } from 'react';
import classes from './small.module.css';

const colors = ['red', 'orange', 'amber', 'green'] as const;

/** How good a password is, in three steps and in words. */
export function StrengthMeter({ level, words }: { readonly level: 0 | 1 | 2 | 3; readonly words: string }): ReactNode {
  return (
    <div className={classes['commandHead']} aria-live="polite">
      <span>{words}</span>
      <span className={`${classes['meter']} ${classes[colors[level]]}`} style={{ width: 72 }} aria-hidden="true">
        {[1, 2, 3].map((step) => (
          <span key={step} data-on={level >= step} />
        ))}
      </span>
    </div>
  );
}
