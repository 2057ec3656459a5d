/**
 * What a run prints: a table for people on standard output, and the same as JSON for machines.
 */

export type Row = { readonly what: string; readonly measured: string; readonly floor: string; readonly asked: string; readonly reached: 'yes' | 'no' | '' };

/** Columns as wide as their widest cell. */
export function printTable(rows: readonly Row[]): void {
  const columns = ['what', 'measured', 'floor', 'asked', 'reached'] as const;
  const cells = [Object.fromEntries(columns.map((name) => [name, name])) as Record<(typeof columns)[number], string>, ...rows];
  const widths = columns.map((name) => Math.max(...cells.map((row) => row[name].length)));
  for (const row of cells) console.log(columns.map((name, index) => row[name].padEnd(widths[index] ?? 0)).join('  ').trimEnd());
}

/** `12.34`, `1.2 k`: as many digits as mean something. */
export function figure(value: number, unit: string): string {
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return `${value.toFixed(digits)} ${unit}`;
}
