/**
 * The order of the rows of a list, and when it may change: while a person reads, rows keep their places and new ones
 * wait; an order that was asked for comes at once.
 */
import type { Machine } from '../../../protocol/messages/live.ts';
import { lineOf } from '../../client/machine-line.ts';

export const sortColumns = ['name', 'site', 'os', 'reached', 'since', 'last'] as const;
export type SortColumn = (typeof sortColumns)[number];
export type Sort = { readonly column: SortColumn; readonly descending: boolean };

export type Order = { readonly ids: readonly string[]; /** Fitting rows that are not shown yet. */ readonly waiting: number };

/** `name`, or `-name` for descending; anything else is by name. */
export function parseSort(text: string | undefined): Sort {
  const column = sortColumns.find((name) => name === (text ?? '').replace(/^-/, ''));
  return { column: column ?? 'name', descending: column !== undefined && text?.startsWith('-') === true };
}

export function sortText({ column, descending }: Sort): string {
  return `${descending ? '-' : ''}${column}`;
}

/** Fresh order of the fitting machines. `lastAtMs` tells when the last directive of a machine came. */
export function orderMachines(machines: readonly Machine[], sort: Sort, lastAtMs: (machine: Machine) => number): string[] {
  const sign = sort.descending ? -1 : 1;
  const keyed = machines.map((machine) => ({ machine, key: sortKey(machine, sort.column, lastAtMs) }));
  keyed.sort((left, right) => sign * compare(left.key, right.key) || compare(left.machine.name, right.machine.name) || compare(left.machine.id, right.machine.id));
  return keyed.map(({ machine }) => machine.id);
}

/** The order while a person reads: rows stay, those that no longer fit leave, new ones are only counted. */
export function holdOrder(shown: readonly string[], fresh: readonly string[]): Order {
  const fitting = new Set(fresh);
  const ids = shown.filter((id) => fitting.has(id));
  return { ids, waiting: fresh.length - ids.length };
}

function sortKey(machine: Machine, column: SortColumn, lastAtMs: (machine: Machine) => number): string | number {
  switch (column) {
    case 'name': return machine.name;
    case 'site': return machine.site;
    case 'os': return machine.facts.osName;
    case 'reached': return machine.online ? (machine.transport ?? '') : lineOf(machine, Date.now()) === 'polling' ? '}' : '~';
    case 'since': return -machine.sinceMs;
    case 'last': return -lastAtMs(machine);
  }
}

const byText = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

function compare(left: string | number, right: string | number): number {
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  return byText.compare(String(left), String(right));
}
