import { Link } from '@tanstack/react-router';
import { useContext } from 'react';
import type { ReactNode } from 'react';
import { useConsole, useLive, useMachines } from '../../state/console-context.ts';
import { usePolicy, useSigner } from '../../state/queries.ts';
import { counted } from '../../state/words.ts';
import { Icon } from '../../ui/icon.tsx';
import { clockText, useNow, ZoneContext } from '../../ui/time.tsx';
import classes from './frame.module.css';

const staleAfterMs = 5000;

/** What must be known wherever one is. Only what needs it is shown. */
export function Banners(): ReactNode {
  return (
    <div className={classes['banners']}>
      <Alarms />
      <Stale />
      <NoKey />
      <TryingOut />
    </div>
  );
}

/** Two copies of one machine have called: somebody must look. */
function Alarms(): ReactNode {
  const alarmed = [...useMachines().byId.values()].filter(({ quarantined }) => quarantined);
  const [first] = alarmed;
  if (first === undefined) return null;
  return (
    <div className={classes['banner']} data-tone="alarm" role="alert">
      <Icon name="alarm" size={16} />
      <span>
        <strong>{alarmed.length === 1 ? `Two copies of ${first.name} have called.` : `Copies of ${counted(alarmed.length, 'machine')} have called.`}</strong> They are quarantined: nothing runs there until the copy is found.
      </span>
      {alarmed.length === 1 ? <Link to="/machines/$machineId" params={{ machineId: first.id }}>Look →</Link> : <Link to="/machines" search={{ q: 'alarm:yes' }}>Show them →</Link>}
    </div>
  );
}

/** Not connected for a while: what is shown is of then. */
function Stale(): ReactNode {
  const { client } = useConsole();
  const zone = useContext(ZoneContext);
  const { state, sinceMs } = useLive(client.connection);
  const long = useNow((now) => now - sinceMs > staleAfterMs);
  if (state !== 'reconnecting' || !long) return null;
  return (
    <div className={classes['banner']} data-tone="amber" role="status">
      <Icon name="wait" size={16} />
      <span>Shown as of {clockText(sinceMs, zone)}. The connection comes back by itself; what you sent is safe.</span>
    </div>
  );
}

function NoKey(): ReactNode {
  if (useSigner().data !== null) return null;
  return (
    <div className={classes['banner']} data-tone="amber">
      <Icon name="key" size={16} />
      <span>This browser holds no key of yours: you can look, but not run anything.</span>
      <Link to="/settings" hash="key">How to get one →</Link>
    </div>
  );
}

function TryingOut(): ReactNode {
  const highest = usePolicy().data?.keyKinds.web;
  if (highest !== 'control' && highest !== 'destroy') return null;
  return (
    <div className={classes['banner']} data-tone="quiet">
      <Icon name="trust" size={16} />
      <span>
        Trying out: page keys may {highest === 'destroy' ? 'do anything on machines' : 'control machines'}.
      </span>
      <Link to="/trust" hash="strict">Make it strict →</Link>
    </div>
  );
}
