import type { ReactNode } from 'react';
import classes from './page.module.css';

/** Head of a view: its title, what belongs to it, its actions. */
export function PageHead({ title, aside, actions }: { readonly title: ReactNode; readonly aside?: ReactNode; readonly actions?: ReactNode }): ReactNode {
  return (
    <header className={classes['head']}>
      <h1>{title}</h1>
      <div className={classes['aside']}>{aside}</div>
      <div className={classes['actions']}>{actions}</div>
    </header>
  );
}

/** A column of text-like content that scrolls. `wide` for tables. */
export function PageBody({ children, wide = false }: { readonly children: ReactNode; readonly wide?: boolean }): ReactNode {
  return (
    <div className={classes['body']} tabIndex={-1}>
      <div className={wide ? classes['wide'] : classes['narrow']}>{children}</div>
    </div>
  );
}

/** A group of facts under a heading. */
export function Section({ title, aside, children }: { readonly title: ReactNode; readonly aside?: ReactNode; readonly children: ReactNode }): ReactNode {
  return (
    <section className={classes['section']}>
      <div className={classes['sectionHead']}>
        <h2>{title}</h2>
        {aside}
      </div>
      {children}
    </section>
  );
}

/** Names and values. */
export function Facts({ facts }: { readonly facts: readonly (readonly [label: string, value: ReactNode])[] }): ReactNode {
  return (
    <dl className={classes['facts']}>
      {facts.map(([label, value]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** A page outside of the frame: sign-in and welcome. */
export function Threshold({ title, children, foot }: { readonly title: ReactNode; readonly children: ReactNode; readonly foot?: ReactNode }): ReactNode {
  return (
    <main className={classes['threshold']}>
      <div className={classes['card']}>
        <div className={classes['brand']}>
          <svg width="28" height="28" viewBox="0 0 32 32" aria-hidden="true">
            <rect width="32" height="32" rx="7" fill="var(--accent-fill)" />
            <path d="M16 6 26 16 16 26 6 16Z" fill="none" stroke="#fff" strokeWidth="2.6" strokeLinejoin="round" />
            <circle cx="16" cy="16" r="2.6" fill="#fff" />
          </svg>
          <span>Behest</span>
        </div>
        <h1>{title}</h1>
        {children}
      </div>
      {foot === undefined ? null : <footer className={`${classes['foot']} small dim`}>{foot}</footer>}
    </main>
  );
}
