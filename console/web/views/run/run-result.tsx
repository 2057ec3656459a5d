import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useEffect } from 'react';
import type { ReactNode } from 'react';
import { errorWords } from '../../state/words.ts';
import { useDirective } from '../../state/use-directive.ts';
import { AfterAWhile, FailureNote } from '../../ui/notes.tsx';
import { TargetResult } from '../work/target-result.tsx';
import { useCancel } from '../work/use-cancel.ts';
import { isFinal } from '../../state/directive-summary.ts';
import classes from './run.module.css';

export type RunResultProps = { readonly directiveId: string; readonly agentId: string; /** The machine has meanwhile begun another session: it must be made anew. */ readonly onStale: () => void };

/** What comes of the run that was just sent, as it comes. */
export function RunResult({ directiveId, agentId, onStale }: RunResultProps): ReactNode {
  const { directive, failure } = useDirective(directiveId);
  const cancel = useCancel();
  const target = directive?.targets.find((each) => each.agentId === agentId);
  const stale = target?.report?.code === 'nonce-stale';
  useEffect(() => {
    if (stale) onStale();
  }, [stale, onStale]);
  if (failure !== undefined) return <FailureNote {...errorWords(failure.code)} code={failure.code} detail={failure.detail} />;
  if (directive === undefined || target === undefined) return <AfterAWhile><p className="dim">Sent; waiting for word of it …</p></AfterAWhile>;
  return (
    <section className={classes['result']} aria-label="What came of it">
      <TargetResult directive={directive} target={target} />
      <div className={classes['resultFoot']}>
        {isFinal(target.state) ? null : <Button variant="default" loading={cancel.busy} onClick={() => void cancel.cancel(directiveId)}>Cancel</Button>}
        <Link to="/work/$directiveId" params={{ directiveId }}>Its own page →</Link>
      </div>
    </section>
  );
}
