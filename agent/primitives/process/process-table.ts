/**
 * What the process family wants of a system. One implementation each; the primitives know no system.
 */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import type { Outcome } from '../../../protocol/outcome.ts';
import type { PrimitiveContext } from '../../../protocol/primitive.ts';
import { linuxProcesses } from './linux.ts';
import { psProcesses } from './ps.ts';
import { windowsProcesses } from './windows.ts';

export const ProcessRow = Type.Object(
  {
    pid: Type.Integer({ title: 'Number', description: 'Process number.' }),
    parent: Type.Integer({ title: 'Parent', description: 'Number of the process that started it, or that took it over.' }),
    name: Type.String({ title: 'Name', description: 'Name of the program, without its directory.' }),
    user: Type.String({ title: 'User', description: 'Account whose rights it has; a number where the account has no name.' }),
    cpuPercent: Type.Number({ title: 'CPU', description: 'Share of one processor core: 200 is two cores.' }),
    memoryBytes: Type.Integer({ title: 'Memory', description: 'Bytes of memory that it occupies.' }),
    state: Type.String({ title: 'State', description: 'running, sleeping, waiting (for a disk or device, cannot be ended), stopped, ended (its parent has not looked yet), idle.' }),
    startedAtMs: Type.Integer({ title: 'Started', description: 'When it was started, milliseconds since 1970.' }),
    commandLine: Type.String({ title: 'Command line', description: 'Program and arguments, cut where long.' }),
  },
  { additionalProperties: false },
);
export type ProcessRow = Static<typeof ProcessRow>;

export type ProcessContext = Pick<PrimitiveContext, 'signal' | 'directiveId'>;

export type ProcessList = {
  readonly rows: readonly ProcessRow[];
  /** Also those beyond `limits.maxProcessesRead`, which are not looked at. */
  readonly total: number;
};

export type ProcessTable = {
  /** All processes. Their share of the processor is that of the next `measureMs`, or for 0 that since they were started. */
  list(context: ProcessContext, measureMs: number): Promise<Outcome<ProcessList>>;
  /** Whether this very process still runs: not one that has ended and waits for its parent, and no later one of its number. */
  stillRuns(row: ProcessRow, context: ProcessContext): Promise<boolean>;
  /** Asks it to end, or ends it. Fails with `not-permitted`; that it has ended meanwhile is no failure. */
  end(row: ProcessRow, how: 'politely' | 'by force'): Promise<Outcome<void>>;
};

/** That of this system. */
export const processTable: ProcessTable = process.platform === 'linux' ? linuxProcesses() : process.platform === 'win32' ? windowsProcesses : psProcesses;

/** Names are equal as the system compares those of files. */
export function hasName(row: ProcessRow, name: string): boolean {
  return process.platform === 'win32' ? row.name.toLowerCase() === name.toLowerCase() : row.name === name;
}
