import { useMemo, useState } from 'react';
import type { ReactNode } from 'react';
import { CopyButton } from './copy.tsx';
import { ResultTable } from './result-table.tsx';
import classes from './result.module.css';
import type { Column, Entry } from './table-rows.ts';

export type ResultViewProps = {
  readonly title?: string;
  readonly value: unknown;
  /** Name and explanation of each part, from the result's schema. */
  readonly describe?: (path: readonly string[]) => { readonly label: string; readonly help: string; readonly format?: (value: unknown) => string | undefined };
};

/** A result by its shape: facts, tables, texts; the raw JSON one click away. */
export function ResultView({ title = 'Result', value, describe = plainly }: ResultViewProps): ReactNode {
  const [raw, setRaw] = useState(false);
  const json = JSON.stringify(value, null, 2) ?? 'nothing';
  return (
    <div className={classes['result']}>
      <div className={classes['head']}>
        <h3>{title}</h3>
        <span>
          <button type="button" className={classes['switch']} aria-pressed={raw} onClick={() => setRaw(!raw)}>
            {raw ? 'Readable' : 'JSON'}
          </button>
          <CopyButton text={json} />
        </span>
      </div>
      {raw ? <pre className={classes['raw']}>{json}</pre> : <Value value={value} path={[]} describe={describe} />}
    </div>
  );
}

type ValueProps = { readonly value: unknown; readonly path: readonly string[]; readonly describe: NonNullable<ResultViewProps['describe']> };

function Value({ value, path, describe }: ValueProps): ReactNode {
  if (Array.isArray(value)) return <Entries entries={value} path={path} describe={describe} />;
  if (typeof value === 'object' && value !== null) return <Facts value={value} path={path} describe={describe} />;
  return <Scalar value={value} path={path} describe={describe} />;
}

function Scalar({ value, path, describe }: ValueProps): ReactNode {
  const formatted = path.length === 0 ? undefined : describe(path).format?.(value);
  if (formatted !== undefined) return <span className="figures">{formatted}</span>;
  if (typeof value === 'string' && value.includes('\n')) return <pre className={classes['text']}>{value}</pre>;
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (value === null || value === undefined || value === '') return <span className="dim">none</span>;
  return <span className="figures">{String(value)}</span>;
}

function Facts({ value, path, describe }: ValueProps): ReactNode {
  return (
    <dl className={classes['facts']}>
      {Object.entries(value ?? {}).map(([key, part]) => (
        <div key={key}>
          <dt title={describe([...path, key]).help}>{describe([...path, key]).label}</dt>
          <dd>
            <Value value={part} path={[...path, key]} describe={describe} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

type EntriesProps = { readonly entries: readonly unknown[]; readonly path: readonly string[]; readonly describe: ValueProps['describe'] };

function Entries({ entries, path, describe }: EntriesProps): ReactNode {
  const columns = useMemo(() => columnsOf(entries.filter(isRecord), path, describe), [entries, path.join('\n')]);
  if (entries.length === 0) return <span className="dim">none</span>;
  if (!entries.every(isRecord)) return <span>{entries.map((entry) => (typeof entry === 'object' ? JSON.stringify(entry) : String(entry))).join(', ')}</span>;
  return <ResultTable entries={entries} columns={columns} />;
}

/** Those in which any row has something, in the order in which they first come. */
function columnsOf(entries: readonly Entry[], path: readonly string[], describe: ValueProps['describe']): readonly Column[] {
  const names = new Set(entries.flatMap((entry) => Object.keys(entry)));
  return [...names].map((name) => ({ name, ...describe([...path, name]) }));
}

function isRecord(value: unknown): value is Entry {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function plainly(path: readonly string[]): { label: string; help: string } {
  return { label: path.at(-1) ?? '', help: '' };
}
