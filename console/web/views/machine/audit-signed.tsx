import type { ReactNode } from 'react';
import type { Audit } from '../../../client/audits.ts';
import { failureOf } from '../../state/queries.ts';
import { useVerified } from '../../state/use-audits.ts';
import { errorWords } from '../../state/words.ts';
import { Icon } from '../../ui/icon.tsx';
import classes from './machine.module.css';

/** Whether this browser found the state shown in a report that the machine signed. */
export function Signed({ machineId, audit }: { readonly machineId: string; readonly audit: Audit }): ReactNode {
  const { data, error } = useVerified(machineId, audit);
  if (error !== null) {
    const { code, detail } = failureOf(error);
    return <span className={classes['signed']} data-bad="true"><Icon name="alarm" size={15} />NOT verified: {detail === '' ? errorWords(code).what : detail}</span>;
  }
  if (data === undefined) return null;
  return (
    <span className={classes['signed']} title="This browser has checked that the machine’s own key signed a report of exactly this state, at exactly this time.">
      <Icon name="verified" size={15} />verified
    </span>
  );
}
