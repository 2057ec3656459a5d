import type { ReactNode } from 'react';
import type { Risk } from '../../../protocol/primitive.ts';
import classes from './risk.module.css';

const words: Readonly<Record<Risk, string>> = {
  read: 'Looks and changes nothing.',
  change: 'Changes something bounded.',
  disrupt: 'People at the machine will feel it.',
  control: 'Can do anything that the agent may do.',
  destroy: 'Cannot be undone.',
};

/** How much harm something can do, in a word. */
export function RiskMark({ risk }: { readonly risk: Risk }): ReactNode {
  return (
    <span className={classes['risk']} data-risk={risk} title={words[risk]}>
      {risk}
    </span>
  );
}
