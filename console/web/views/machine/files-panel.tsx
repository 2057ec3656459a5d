import { useQuery } from '@tanstack/react-query';
import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import type { FileEntry, FileProperties, RemotePath } from '../../../../protocol/files/facts.ts';
import type { Machine } from '../../../../protocol/messages/live.ts';
import type { MachineFiles } from '../../state/client-port.ts';
import { isDirectory, isFile } from '../../state/file-order.ts';
import { failureOf, valueOf } from '../../state/queries.ts';
import { useCannot } from '../../state/rights.ts';
import type { FileActs } from '../../state/use-files.ts';
import { byteSize, errorWords } from '../../state/words.ts';
import { CopyButton } from '../../ui/copy.tsx';
import { Icon } from '../../ui/icon.tsx';
import { Key } from '../../ui/kbd.tsx';
import { FailureNote } from '../../ui/notes.tsx';
import { Facts } from '../../ui/page.tsx';
import { ClockTime } from '../../ui/time.tsx';
import type { Asking } from './files-dialog.tsx';
import classes from './files.module.css';

export type FilesPanelProps = {
  readonly machine: Machine;
  readonly files: MachineFiles;
  readonly at: RemotePath;
  readonly entry: FileEntry;
  readonly acts: FileActs;
  readonly onAsk: (asking: Asking) => void;
  readonly onOpen: (entry: FileEntry) => void;
  readonly onClose: () => void;
};

/** One entry: what it is, and what can be done with it. */
export function FilesPanel({ machine, files, at, entry, acts, onAsk, onOpen, onClose }: FilesPanelProps): ReactNode {
  const cannotMove = useCannot(machine, 'file.move');
  const cannotDelete = useCannot(machine, 'file.delete');
  const cannotRead = useCannot(machine, isDirectory(entry) ? 'file.archive' : 'file.read');
  const found = useQuery({ queryKey: ['file', machine.id, at.path, at.pathBytes, entry.modifiedMs, entry.size], queryFn: () => valueOf(files.properties(at)), retry: false });
  return (
    <aside className={classes['panel']} aria-label={`${entry.name}, properties`}>
      <header>
        <Icon name={isDirectory(entry) ? 'folder' : 'file'} />
        <h2 title={entry.name}>{entry.name}</h2>
        <button type="button" className={classes['tool']} onClick={onClose} aria-label="Close (Esc)"><Icon name="close" size={16} /></button>
      </header>
      <div className={classes['panelActs']}>
        {isDirectory(entry) ? <Button size="xs" onClick={() => onOpen(entry)}>Open <Key keys="Enter" /></Button> : null}
        {isDirectory(entry) || isFile(entry) ? <Button size="xs" variant={isDirectory(entry) ? 'default' : 'filled'} disabled={cannotRead !== undefined} title={cannotRead} onClick={() => void acts.download(entry)}>{isDirectory(entry) ? 'Download as tar' : 'Download'} <Key keys="d" /></Button> : null}
        <Button size="xs" variant="default" disabled={cannotMove !== undefined} title={cannotMove} onClick={() => onAsk({ about: 'rename', entry })}>Rename…</Button>
        <Button size="xs" variant="default" disabled={cannotDelete !== undefined} title={cannotDelete} onClick={() => onAsk({ about: 'delete', entry })}>Delete…</Button>
      </div>
      <div className={classes['path']}><code>{at.path}</code> <CopyButton text={at.path} label="Copy the path" /></div>
      {found.error === null ? null : <FailureNote {...errorWords(failureOf(found.error).code)} code={failureOf(found.error).code} detail={failureOf(found.error).detail} />}
      <Facts facts={factsOf(entry, found.data)} />
    </aside>
  );
}

/** What the list knows at once; the rest when the machine has said it. */
function factsOf(entry: FileEntry, more: FileProperties | undefined): [string, ReactNode][] {
  const facts: [string, ReactNode | undefined][] = [
    ['Kind', entry.kind.replace('-', ' ')],
    ['Leads to', entry.linkTarget],
    ['Size', `${byteSize(entry.size)}${entry.size < 1024 ? '' : ` (${entry.size.toLocaleString('en')})`}`],
    ['On the disk', more === undefined ? undefined : byteSize(more.allocatedBytes)],
    ['Modified', <ClockTime key="modified" atMs={entry.modifiedMs} />],
    ['Created', more?.createdMs === undefined ? undefined : <ClockTime key="created" atMs={more.createdMs} />],
    ['Read', more === undefined ? undefined : <ClockTime key="read" atMs={more.accessedMs} />],
    ['Mode', entry.mode],
    ['Owner', more?.ownerId === undefined ? undefined : `${more.ownerId}:${more.groupId ?? ''}`],
    ['Hard links', more === undefined || more.names < 2 ? undefined : more.names],
  ];
  return facts.filter(([, value]) => value !== undefined);
}
