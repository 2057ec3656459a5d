import type { ReactNode } from 'react';
import type { TransferProgress } from '../../../client/files/transfer.ts';
import { useConsole, useLive } from '../../state/console-context.ts';
import type { Transfers, TransferView } from '../../state/transfers.ts';
import { byteSize, duration, errorWords } from '../../state/words.ts';
import { Icon } from '../../ui/icon.tsx';
import classes from './files.module.css';

/** What is on its way between this page and one machine. */
export function FilesTransfers({ agentId }: { readonly agentId: string }): ReactNode {
  const { transfers } = useConsole();
  const own = useLive(transfers.live).filter(({ job }) => job.agentId === agentId);
  if (own.length === 0) return null;
  const ended = own.filter(({ state }) => state === 'done');
  return (
    <section className={classes['transfers']} aria-label="Transfers">
      <ul>{own.toReversed().map((transfer) => <Row key={transfer.id} transfer={transfer} transfers={transfers} />)}</ul>
      {ended.length > 1 ? <button type="button" className={classes['tool']} onClick={() => ended.forEach(({ id }) => transfers.dismiss(id))}>Clear {ended.length} that are done</button> : null}
    </section>
  );
}

function Row({ transfer, transfers }: { readonly transfer: TransferView; readonly transfers: Transfers }): ReactNode {
  const { id, job, state, progress } = transfer;
  const busy = state === 'running' || state === 'waiting';
  return (
    <li data-state={state}>
      <Icon name={job.direction === 'up' ? 'upload' : 'download'} size={15} />
      <span className={classes['transferName']} title={job.name}>{job.name}</span>
      <Bar progress={progress} state={state} name={job.name} />
      <span className={`${classes['transferWords']} figures`} role={state === 'failed' ? 'alert' : undefined}>{wordsOf(transfer)}</span>
      {transfer.failure?.code === 'already-exists' ? <button type="button" className={classes['tool']} onClick={() => transfers.replace(id)}>Replace</button> : null}
      {state === 'stopped' || (state === 'failed' && transfer.failure?.code !== 'already-exists') ? <button type="button" className={classes['tool']} onClick={() => transfers.resume(id)}>Resume</button> : null}
      {busy ? <button type="button" className={classes['tool']} onClick={() => transfers.stop(id)}>Stop</button> : null}
      {busy ? null : <button type="button" className={classes['tool']} aria-label={`Take ${job.name} from the list`} onClick={() => transfers.dismiss(id)}><Icon name="close" size={13} /></button>}
    </li>
  );
}

function Bar({ progress, state, name }: { readonly progress: TransferProgress | undefined; readonly state: TransferView['state']; readonly name: string }): ReactNode {
  const part = state === 'done' ? 1 : progress?.total === undefined ? undefined : progress.total === 0 ? 1 : progress.bytes / progress.total;
  return <progress className={classes['progress']} aria-label={name} max={1} value={part ?? (state === 'running' ? undefined : 0)} />;
}

function wordsOf({ state, progress, failure }: TransferView): string {
  switch (state) {
    case 'waiting': return 'waits for its turn';
    case 'done': return `done, ${byteSize(progress?.bytes ?? 0)}`;
    case 'stopped': return `stopped${progress === undefined ? '' : ` at ${byteSize(progress.bytes)}`}`;
    case 'failed': return failure === undefined ? 'failed' : [errorWords(failure.code).what, failure.detail].filter((text) => text !== '').join(' ');
    case 'running': return progress === undefined ? 'begins …' : runningWords(progress);
  }
}

function runningWords({ bytes, total, bytesPerSecond, secondsLeft, interrupted }: TransferProgress): string {
  const far = total === undefined ? byteSize(bytes) : `${byteSize(bytes)} of ${byteSize(total)}`;
  if (interrupted) return `${far}, the connection is cut; it goes on by itself`;
  return [far, `${byteSize(Math.round(bytesPerSecond))}/s`, ...(secondsLeft === undefined ? [] : [`${timeLeft(secondsLeft)} left`])].join(' · ');
}

/** By the second: it is a guess. */
function timeLeft(seconds: number): string {
  return seconds < 120 ? `${Math.max(1, Math.ceil(seconds))} s` : duration(Math.ceil(seconds) * 1000);
}
