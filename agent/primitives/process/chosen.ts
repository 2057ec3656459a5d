/**
 * Which processes a technician means: one by its number, or all of one name.
 */
import { Type } from 'typebox';
import { success } from '../../../protocol/outcome.ts';
import type { Outcome } from '../../../protocol/outcome.ts';
import { text } from '../parameters.ts';
import { hasName, processTable } from './process-table.ts';
import type { ProcessContext, ProcessRow } from './process-table.ts';

export const processParameter = Type.String({ ...text('Process', 'Number of the process, or the name of a program, whole and without its directory: nginx does not mean nginx-exporter.', 256), minLength: 1 });

export type Chosen = {
  /** Those that run: what has ended and only waits for its parent is not among them. */
  readonly rows: readonly ProcessRow[];
  /** Numbers of the agent and of the processes that it keeps to start programs from: children that run what it runs itself. */
  readonly own: ReadonlySet<number>;
};

export async function chosenProcesses(chosen: string, context: ProcessContext): Promise<Outcome<Chosen>> {
  const listed = await processTable.list(context, 0);
  if (!listed.ok) return listed;
  const byNumber = /^\d+$/.test(chosen) ? Number(chosen) : undefined;
  const rows = listed.value.rows.filter((row) => row.state !== 'ended' && (byNumber === undefined ? hasName(row, chosen) : row.pid === byNumber));
  return success({ rows, own: ownNumbers(listed.value.rows) });
}

function ownNumbers(all: readonly ProcessRow[]): ReadonlySet<number> {
  const own = all.find(({ pid }) => pid === process.pid);
  return new Set([process.pid, ...all.filter(({ parent, name }) => parent === process.pid && name === own?.name).map(({ pid }) => pid)]);
}
