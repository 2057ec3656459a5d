/**
 * Typed reading of rows. The tables are STRICT, so a value of another type means that the program is wrong.
 */
import type { SQLOutputValue } from 'node:sqlite';

export type Row = Record<string, SQLOutputValue>;

export function text(row: Row | undefined, column: string): string {
  const value = row?.[column];
  return typeof value === 'string' ? value : wrong(column);
}

export function integer(row: Row | undefined, column: string): number {
  const value = row?.[column];
  return typeof value === 'number' ? value : wrong(column);
}

export function blob(row: Row | undefined, column: string): Uint8Array {
  const value = row?.[column];
  return value instanceof Uint8Array ? value : wrong(column);
}

function wrong(column: string): never {
  throw new TypeError(`column ${column} does not hold what it should`);
}
