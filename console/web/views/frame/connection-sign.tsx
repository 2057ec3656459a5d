import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import type { ReactNode } from 'react';
import { useConsole, useLive } from '../../state/console-context.ts';
import { shortSpan } from '../../state/words.ts';
import { useNow } from '../../ui/time.tsx';
import classes from './frame.module.css';

/** Whether what is shown is live. When the connection comes back, what was asked over HTTP is asked anew. */
export function ConnectionSign(): ReactNode {
  const { client } = useConsole();
  const queries = useQueryClient();
  const { state, sinceMs } = useLive(client.connection);
  const was = useRef(state);
  useEffect(() => {
    if (state === 'live' && was.current === 'reconnecting') void queries.invalidateQueries();
    // A socket that is refused says nothing to a page: whether the sign-in has ended is asked for.
    if (state !== 'live') void queries.invalidateQueries({ queryKey: ['me'] });
    was.current = state;
  }, [state, queries]);
  const span = useNow((now) => shortSpan(now - sinceMs));
  const words = { live: 'live', connecting: 'connecting', reconnecting: `reconnecting ${span === 'now' ? '' : span}`, ended: 'not connected' }[state];
  return (
    <span className={classes['live']} data-state={state} role="status" title={state === 'live' ? 'What you see changes as it happens.' : 'What you see may be old; it comes back by itself.'}>
      <i aria-hidden="true" />
      {words}
    </span>
  );
}
