import { useEffect, useState } from 'react';
import type { ReactNode } from 'react';
import { Icon } from './icon.tsx';
import type { IconName } from './icon.tsx';
import classes from './small.module.css';

export type NoteProps = { readonly tone: 'red' | 'amber' | 'teal' | 'alarm'; readonly title: ReactNode; readonly children?: ReactNode; readonly action?: ReactNode };

const tones = { red: 'noteRed', amber: 'noteAmber', teal: 'noteTeal', alarm: 'noteAlarm' } as const;

/** Something to know, in its place on the page. */
export function Note({ tone, title, children, action }: NoteProps): ReactNode {
  return (
    <div className={`${classes['note']} ${classes[tones[tone]]}`} role={tone === 'red' || tone === 'alarm' ? 'alert' : 'note'}>
      <Icon name={tone === 'teal' ? 'help' : 'alarm'} />
      <div className={classes['noteBody']}>
        <strong>{title}</strong>
        {children === undefined ? null : <div className="dim">{children}</div>}
      </div>
      {action}
    </div>
  );
}

export type FailureNoteProps = { readonly what: string; readonly todo: string; readonly code: string; readonly detail?: string; readonly action?: ReactNode };

/** A failure: what happened, what to do, the code small and copyable. */
export function FailureNote({ what, todo, code, detail, action }: FailureNoteProps): ReactNode {
  return (
    <Note tone="red" title={what} action={action}>
      {todo}
      {detail === undefined || detail === '' || detail === what ? null : <div className="small">{detail}</div>}
      <div className={`small ${classes['id']}`}>{code}</div>
    </Note>
  );
}

export type EmptyProps = { readonly icon: IconName; readonly title: string; readonly children?: ReactNode; readonly actions?: ReactNode };

/** Nothing here, and what to do about it. */
export function Empty({ icon, title, children, actions }: EmptyProps): ReactNode {
  return (
    <div className={classes['empty']}>
      <Icon name={icon} size={40} />
      <h2>{title}</h2>
      {children === undefined ? null : <div>{children}</div>}
      {actions === undefined ? null : <div className={classes['emptyActions']}>{actions}</div>}
    </div>
  );
}

const skeletonAfterMs = 300;

/** Shows its children only when something takes long: below 300 ms nothing flickers. */
export function AfterAWhile({ children }: { readonly children: ReactNode }): ReactNode {
  const [due, setDue] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setDue(true), skeletonAfterMs);
    return () => clearTimeout(timer);
  }, []);
  return due ? children : null;
}

/** Rows that are on their way. */
export function SkeletonRows({ rows = 12 }: { readonly rows?: number }): ReactNode {
  return (
    <AfterAWhile>
      <div className={classes['lines']} role="status" aria-label="loading">
        {Array.from({ length: rows }, (_, index) => (
          <div key={index} className={classes['lineRow']}>
            <div className={classes['line']} style={{ width: `${14 + ((index * 7) % 9)}%` }} />
            <div className={classes['line']} style={{ width: `${10 + ((index * 5) % 7)}%` }} />
            <div className={classes['line']} style={{ width: `${18 + ((index * 3) % 11)}%` }} />
          </div>
        ))}
      </div>
    </AfterAWhile>
  );
}
