/**
 * One line of the agent's own log: JSON as pino writes it.
 */
import { limits } from '../../../protocol/limits.ts';
import type { EventRow, Level } from '../event-log/event-log.ts';
import { cut } from '../rows.ts';

/** pino's numbers; between two of them counts as the lower one. */
const levelsOf: readonly (readonly [number, Level])[] = [[60, 'critical'], [50, 'error'], [40, 'warning'], [30, 'information'], [0, 'debug']];

/** A line that is no JSON, as a crash writes, is all message. */
export function parseLogLine(line: string): EventRow {
  const { level, time, msg, ...rest } = parsed(line) ?? { msg: line };
  const details = Object.entries(rest).map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const named = typeof level === 'number' ? levelsOf.find(([least]) => level >= least)?.[1] : undefined;
  return {
    ...(Number.isSafeInteger(time) ? { atMs: Number(time) } : {}),
    ...(named === undefined ? {} : { level: named }),
    message: cut([...(typeof msg === 'string' ? [msg] : []), ...details].join(' '), limits.maxMessageCharacters),
  };
}

function parsed(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
