import type { FileEntry } from '../../../../protocol/files/facts.ts';
import { isDirectory, isFile } from '../../state/file-order.ts';
import type { FileActs } from '../../state/use-files.ts';
import { useKeys } from '../../ui/keys.tsx';
import type { Asking } from './files-dialog.tsx';

export type FileKeys = {
  readonly entries: readonly FileEntry[];
  readonly current: FileEntry | undefined;
  readonly acts: FileActs | undefined;
  readonly panelOpen: boolean;
  move(entry: FileEntry): void;
  open(entry: FileEntry): void;
  show(entry: FileEntry): void;
  goUp(): void;
  ask(asking: Asking): void;
  closePanel(): void;
};

const group = 'Files';
/** Entries that Page Up and Page Down pass over. */
const pageRows = 20;

/** The list is worked by keys alone; they do nothing while a question is open. */
export function useFileKeys(keys: FileKeys, active: boolean): void {
  const { entries, current } = keys;
  const at = current === undefined ? -1 : entries.indexOf(current);
  const moveTo = (index: number): void => {
    const next = entries[Math.max(0, Math.min(entries.length - 1, index))];
    if (next !== undefined) keys.move(next);
  };
  const step = (rows: number) => (): void => moveTo(at < 0 ? 0 : at + rows);
  const withCurrent = (act: (entry: FileEntry) => void) => (): void => {
    if (current !== undefined) act(current);
  };
  useKeys([
    { keys: 'ArrowDown', label: 'Next', group, run: step(1) },
    { keys: 'j', label: 'Next', group, run: step(1) },
    { keys: 'ArrowUp', label: 'The one before', group, run: step(-1) },
    { keys: 'k', label: 'The one before', group, run: step(-1) },
    { keys: 'PageDown', label: 'A page on', group, run: step(pageRows) },
    { keys: 'PageUp', label: 'A page back', group, run: step(-pageRows) },
    { keys: 'Home', label: 'First', group, run: () => moveTo(0) },
    { keys: 'End', label: 'Last', group, run: () => moveTo(entries.length - 1) },
    { keys: 'Enter', label: 'Open', group, run: withCurrent(keys.open) },
    { keys: 'Backspace', label: 'The directory above', group, run: keys.goUp },
    { keys: 'Space', label: 'Properties', group, run: withCurrent(keys.show) },
    { keys: 'd', label: 'Download', group, run: withCurrent((entry) => (isDirectory(entry) || isFile(entry) ? void keys.acts?.download(entry) : undefined)) },
    { keys: 'n', label: 'New folder', group, run: () => keys.ask({ about: 'folder' }) },
    { keys: 'F2', label: 'Rename', group, run: withCurrent((entry) => keys.ask({ about: 'rename', entry })) },
    { keys: 'Delete', label: 'Delete', group, run: withCurrent((entry) => keys.ask({ about: 'delete', entry })) },
  ], active);
  useKeys([{ keys: 'Escape', label: 'Close the properties', group, run: keys.closePanel }], active && keys.panelOpen);
}
