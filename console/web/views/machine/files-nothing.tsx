import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import type { Machine } from '../../../../protocol/messages/live.ts';
import type { Failure } from '../../../../protocol/outcome.ts';
import { lineOf } from '../../../client/machine-line.ts';
import type { WatchedListing } from '../../state/file-listing.ts';
import { errorWords } from '../../state/words.ts';
import { Empty, FailureNote, SkeletonRows } from '../../ui/notes.tsx';
import { ClockTime } from '../../ui/time.tsx';
import classes from './files.module.css';

export type FilesNothingProps = { readonly machine: Machine; readonly listing: WatchedListing; readonly failure: Failure | undefined; readonly filter: string; readonly onRetry: () => void; readonly onUp?: () => void };

/** Why no entry is shown: away, failed, on its way, nothing there, nothing that fits. */
export function FilesNothing({ machine, listing, failure, filter, onRetry, onUp }: FilesNothingProps): ReactNode {
  if (!machine.online) {
    return (
      <Empty icon="folder" title={`${machine.name} is ${lineOf(machine, Date.now()) === 'polling' ? 'between two calls' : 'off line'}`}>
        Its files can be seen when it is there. It has not been reached since <ClockTime atMs={machine.sinceMs} />.
      </Empty>
    );
  }
  if (failure !== undefined) {
    return (
      <div className={classes['failed']}>
        <FailureNote {...errorWords(failure.code)} code={failure.code} detail={failure.detail} />
        <Button variant="default" size="xs" onClick={onRetry}>Try again</Button>
        {onUp === undefined ? null : <Button variant="default" size="xs" onClick={onUp}>The directory above</Button>}
      </div>
    );
  }
  if (!listing.complete && listing.entries.length === 0) return <div className={classes['waiting']}><SkeletonRows rows={16} /></div>;
  if (filter.trim() !== '') return <Empty icon="search" title="No name fits">Nothing among {listing.entries.length.toLocaleString('en')} has <code>{filter}</code> in its name.</Empty>;
  return <Empty icon="folder" title="This directory is empty">Drop files or folders here to bring them to {machine.name}.</Empty>;
}
