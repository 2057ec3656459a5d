import { Button, Modal, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { FormEvent, ReactNode } from 'react';
import type { FileEntry } from '../../../../protocol/files/facts.ts';
import type { Machine } from '../../../../protocol/messages/live.ts';
import type { Failure } from '../../../../protocol/outcome.ts';
import { hasDrives, nameFault } from '../../state/file-place.ts';
import type { FileActs } from '../../state/use-files.ts';
import { errorWords } from '../../state/words.ts';
import { FailureNote } from '../../ui/notes.tsx';
import classes from './files.module.css';

export type Asking = { readonly about: 'folder' } | { readonly about: 'rename' | 'delete'; readonly entry: FileEntry };

export type FilesDialogProps = { readonly asking: Asking; readonly acts: FileActs; readonly machine: Machine; readonly onClose: () => void };

/** Asks for a name, or whether something may go, and does it; a failure is said in the same place. */
export function FilesDialog({ asking, acts, machine, onClose }: FilesDialogProps): ReactNode {
  const [name, setName] = useState(asking.about === 'rename' ? asking.entry.name : '');
  const [working, setWorking] = useState(false);
  const [failure, setFailure] = useState<Failure>();
  const fault = asking.about === 'delete' ? undefined : nameFault(name, hasDrives(machine));
  const go = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (fault !== undefined || working) return;
    setWorking(true);
    const done = await carryOut(asking, acts, name);
    setWorking(false);
    if (done.ok) onClose();
    else setFailure(done);
  };
  return (
    <Modal opened onClose={onClose} title={titleOf(asking)} centered transitionProps={{ duration: 0 }} closeButtonProps={{ 'aria-label': 'Close' }}>
      <form className={classes['dialog']} onSubmit={(event) => void go(event)}>
        {asking.about === 'delete' ? <Going entry={asking.entry} machine={machine} /> : <TextInput data-autofocus label="Name" value={name} onChange={(event) => setName(event.currentTarget.value)} error={name === '' ? undefined : fault} autoComplete="off" spellCheck={false} />}
        {failure === undefined ? null : <FailureNote {...errorWords(failure.code)} code={failure.code} detail={failure.detail} />}
        <div className={classes['dialogActs']}>
          <Button type="submit" size="sm" color={asking.about === 'delete' ? 'red' : 'teal'} loading={working} disabled={fault !== undefined} data-autofocus={asking.about === 'delete' ? true : undefined}>{actOf(asking)}</Button>
          <Button variant="default" size="sm" onClick={onClose}>Cancel</Button>
        </div>
      </form>
    </Modal>
  );
}

function carryOut(asking: Asking, acts: FileActs, name: string) {
  switch (asking.about) {
    case 'folder': return acts.makeFolder(name);
    case 'rename': return acts.rename(asking.entry, name);
    case 'delete': return acts.remove(asking.entry);
  }
}

function Going({ entry, machine }: { readonly entry: FileEntry; readonly machine: Machine }): ReactNode {
  return <p>{entry.kind === 'directory' ? 'The directory and everything in it' : 'It'} will be gone from {machine.name}. There is no basket to take it back from.</p>;
}

function titleOf(asking: Asking): string {
  switch (asking.about) {
    case 'folder': return 'New folder';
    case 'rename': return `Rename ${asking.entry.name}`;
    case 'delete': return `Delete ${asking.entry.name}?`;
  }
}

function actOf({ about }: Asking): string {
  return { folder: 'Make it', rename: 'Rename', delete: 'Delete' }[about];
}
