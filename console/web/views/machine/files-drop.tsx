import { useState } from 'react';
import type { DragEvent, ReactNode } from 'react';
import type { Machine } from '../../../../protocol/messages/live.ts';
import { droppedIn } from '../../state/dropped-files.ts';
import type { Dropped } from '../../state/dropped-files.ts';
import { useCannot } from '../../state/rights.ts';
import { Icon } from '../../ui/icon.tsx';
import classes from './files.module.css';

export type DropAreaProps = {
  readonly className: string;
  readonly machine: Machine;
  /** The directory that what is dropped goes into. */
  readonly into: string;
  readonly onDrop: ((dropped: readonly Dropped[]) => void) | undefined;
  readonly children: ReactNode;
};

/** Takes files that are dropped anywhere on it, and says where they would go while they hover. */
export function DropArea({ className, machine, into, onDrop, children }: DropAreaProps): ReactNode {
  const [hovering, setHovering] = useState(false);
  const cannot = useCannot(machine, 'file.write') ?? (machine.online && onDrop !== undefined ? undefined : `${machine.name} is off line.`);
  const over = (event: DragEvent): void => {
    if (!event.dataTransfer.types.includes('Files')) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = cannot === undefined ? 'copy' : 'none';
    setHovering(true);
  };
  const leave = (event: DragEvent): void => {
    if (!(event.relatedTarget instanceof Node && event.currentTarget.contains(event.relatedTarget))) setHovering(false);
  };
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    setHovering(false);
    if (cannot === undefined) onDrop?.(droppedIn(event.dataTransfer));
  };
  return (
    <div className={className} onDragEnter={over} onDragOver={over} onDragLeave={leave} onDrop={drop}>
      {children}
      {hovering ? <div className={classes['veil']} role="status"><Icon name="upload" size={28} />{cannot ?? <>Drop to bring it into <strong>{into}</strong></>}</div> : null}
    </div>
  );
}
