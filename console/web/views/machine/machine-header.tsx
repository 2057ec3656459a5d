import { Tooltip } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { Machine } from '../../../../protocol/messages/live.ts';
import { reachedInShort, secondsText } from '../../../client/contact-words.ts';
import { lineOf } from '../../../client/machine-line.ts';
import { usePolicy } from '../../state/queries.ts';
import { useIdentity } from '../../state/identity.ts';
import { lineWords } from '../../state/words.ts';
import { Icon } from '../../ui/icon.tsx';
import { Note } from '../../ui/notes.tsx';
import { MachineDot } from '../../ui/state-badge.tsx';
import { RelativeTime, useNow } from '../../ui/time.tsx';
import classes from './machine.module.css';

/** State with since, where it is, how it is reached, whether it is itself. A clone alarm stands above everything. */
export function MachineHeader({ machine }: { readonly machine: Machine }): ReactNode {
  const line = useNow((now) => lineOf(machine, now));
  return (
    <header className={classes['header']}>
      <div className={classes['title']}>
        <Link to="/machines" className={classes['back']} aria-label="All machines">
          <Icon name="left" />
        </Link>
        <MachineDot line={line} alarm={machine.quarantined} />
        <h1>{machine.name}</h1>
        <span className="dim">
          <RelativeTime atMs={machine.sinceMs} words={(_, now) => lineWords(machine, now)} />
        </span>
      </div>
      <div className={classes['facts']}>
        <span>{machine.site}</span>
        <span>{machine.facts.osName}</span>
        <span>{machine.online ? <>reached by {reachedInShort(machine)}{machine.remoteAddress === undefined ? '' : ` from ${machine.remoteAddress}`}</> : line === 'polling' ? `calls every ${secondsText(machine.pollSeconds ?? 0)}` : 'not connected'}</span>
        <TrustSign machine={machine} />
      </div>
      {machine.quarantined ? (
        <Note tone="alarm" title="Two copies of this machine have called">
          A retired key was used by something that holds this machine’s identity: a cloned disk, or an old backup that was started. Nothing is sent to either until an owner decides. Find out which copy is the real one and remove the other; then an owner lets it
          back in: <code>behest resync {machine.name}</code> shows the copies and how to choose.
        </Note>
      ) : null}
    </header>
  );
}

/** Identity and policy in one sign; the whole of it on hover. */
function TrustSign({ machine }: { readonly machine: Machine }): ReactNode {
  const identity = useIdentity(machine);
  const newest = usePolicy().data?.version;
  const behind = newest !== undefined && machine.policyVersion < newest;
  const words = { true: 'identity verified', false: 'identity does not fit', undefined: 'checking identity' }[String(identity)] ?? '';
  const help = identity === false ? 'The key shown for this machine is not the one it is named for. Do not trust reports from it.' : 'The machine’s name in the protocol is the digest of its own key; this browser has compared them.';
  return (
    <Tooltip label={help} multiline w={300}>
      <span className={classes['trust']} data-bad={identity === false || machine.quarantined} tabIndex={0}>
        <Icon name={identity === false || machine.quarantined ? 'alarm' : 'verified'} size={15} />
        {machine.quarantined ? 'quarantined' : words} · policy {machine.policyVersion === 0 ? 'not told yet' : machine.policyVersion}
        {behind && machine.policyVersion > 0 ? ` (newest is ${newest})` : ''}
      </span>
    </Tooltip>
  );
}
