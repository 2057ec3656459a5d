import type { ReactNode } from 'react';
import type { TargetState } from '../../../protocol/messages/live.ts';
import classes from './small.module.css';

/** Colour and sign of each state, the same everywhere. The sign tells states apart without colour. */
const looks: Readonly<Record<TargetState, { readonly color: string; readonly path: string }>> = {
  waiting: { color: 'violet', path: 'M4 2h6M4 12h6M5 2c0 3 4 3.5 4 5s-4 2-4 5M9 2c0 3-4 3.5-4 5s4 2 4 5' },
  sent: { color: 'blue', path: 'M2 7h9M8 4l3 3-3 3' },
  running: { color: 'blue', path: 'M7 2a5 5 0 1 1-4.6 3' },
  succeeded: { color: 'green', path: 'M2.5 7.5l3 3 6-7' },
  failed: { color: 'red', path: 'M3 3l8 8M11 3l-8 8' },
  refused: { color: 'orange', path: 'M7 2a5 5 0 1 0 0 10A5 5 0 0 0 7 2zM3.5 3.5l7 7' },
  cancelled: { color: 'grey', path: 'M3 7h8' },
  expired: { color: 'grey', path: 'M7 2a5 5 0 1 0 0 10A5 5 0 0 0 7 2zM7 4v3l2 2' },
  interrupted: { color: 'amber', path: 'M5 3v8M9 3v8' },
};

export type StateBadgeProps = { readonly state: TargetState; readonly words: string; readonly percent?: number | undefined };

/** A directive's state: sign, word, and per cent while it runs. */
export function StateBadge({ state, words, percent }: StateBadgeProps): ReactNode {
  const { color } = looks[state];
  return (
    <span className={`${classes['state']} ${classes[color]}`}>
      <StateSign state={state} />
      {words}
      {percent === undefined ? null : ` ${Math.round(percent)}%`}
    </span>
  );
}

/** Only the sign, in its colour; `words` are what a reader is told. */
export function StateSign({ state, words }: { readonly state: TargetState; readonly words?: string }): ReactNode {
  const { color, path } = looks[state];
  return (
    <span className={classes[color]} title={words}>
      <svg width={14} height={14} viewBox="0 0 14 14" fill="none" stroke="currentColor" strokeWidth={1.6} strokeLinecap="round" strokeLinejoin="round" className={state === 'running' ? classes['spin'] : ''} role={words === undefined ? 'presentation' : 'img'} aria-label={words}>
        <path d={path} />
      </svg>
    </span>
  );
}

/** How many machines are in each state, as one bar. */
export function StateBar({ counts, total }: { readonly counts: readonly { readonly state: TargetState; readonly count: number }[]; readonly total: number }): ReactNode {
  return (
    <div className={classes['bar']} aria-hidden="true">
      {counts.map(({ state, count }) => (
        <span key={state} className={classes[looks[state].color]} style={{ width: `${(100 * count) / Math.max(1, total)}%` }} />
      ))}
    </div>
  );
}

const dots = { 'on line': classes['online'], 'polling': classes['polling'], 'off line': '' } as const;

/** On line, between two calls, off line (grey, not red: laptops sleep), or an alarm. */
export function MachineDot({ line, alarm }: { readonly line: keyof typeof dots; readonly alarm: boolean }): ReactNode {
  const words = alarm ? 'quarantined: copies found' : line;
  const look = alarm ? classes['alarm'] : dots[line];
  return <span className={`${classes['dot']} ${look}`} role="img" aria-label={words} title={words} />;
}
