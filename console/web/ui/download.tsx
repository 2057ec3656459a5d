import { useMemo } from 'react';
import type { ReactNode } from 'react';
import classes from './small.module.css';
import { csvOf, rowsOf } from './table-rows.ts';
import type { Column, Entry } from './table-rows.ts';

/** In which every browser has taken the content. */
const keptMs = 60_000;

export type DownloadProps = { /** Name of the file, without ending. */ readonly name: string; readonly entries: readonly Entry[]; readonly columns: readonly Column[] };

/** Takes all rows along as a file, for a spreadsheet or for a program. */
export function Download({ name, entries, columns }: DownloadProps): ReactNode {
  const files = useMemo(() => [
    ['CSV', `${name}.csv`, 'text/csv', () => csvOf(rowsOf(entries, columns), columns)],
    ['JSON', `${name}.json`, 'application/json', () => JSON.stringify(entries, null, 2)],
  ] as const, [name, entries, columns]);
  return (
    <span className={classes['downloads']}>
      {files.map(([label, file, type, text]) => (
        <button key={label} type="button" className={classes['copy']} title={file} onClick={() => save(file, new Blob([text()], { type }))}>
          {`Save ${label}`}
        </button>
      ))}
    </span>
  );
}

function save(file: string, content: Blob): void {
  const address = URL.createObjectURL(content);
  const link = document.createElement('a');
  link.href = address;
  link.download = file;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), keptMs);
}
