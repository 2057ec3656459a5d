/**
 * Rows of a result as texts: found, put in order, and taken along as CSV.
 */

export type Entry = Readonly<Record<string, unknown>>;
export type Column = { readonly name: string; readonly label: string; readonly help: string; readonly format?: ((value: unknown) => string | undefined) | undefined };
export type Row = { readonly entry: Entry; readonly texts: readonly string[] };
export type Order = { readonly column: number; readonly down: boolean };

export function rowsOf(entries: readonly Entry[], columns: readonly Column[]): readonly Row[] {
  return entries.map((entry) => ({ entry, texts: columns.map(({ name, format }) => format?.(entry[name]) ?? textOf(entry[name])) }));
}

/** A value on one line. */
function textOf(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (Array.isArray(value)) return value.map(textOf).join(', ');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** Those in which every word of `wanted` occurs, whatever its case. */
export function found(rows: readonly Row[], wanted: string): readonly Row[] {
  const words = wanted.toLowerCase().split(/\s+/).filter((word) => word !== '');
  return words.length === 0 ? rows : rows.filter(({ texts }) => words.every((word) => texts.some((text) => text.toLowerCase().includes(word))));
}

const byWords = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });

/** Numbers by size, whatever they are written as; the rest by its words. What is missing stands last either way. */
export function ordered(rows: readonly Row[], columns: readonly Column[], order: Order | undefined): readonly Row[] {
  const column = order === undefined ? undefined : columns[order.column];
  if (order === undefined || column === undefined) return rows;
  const sign = order.down ? -1 : 1;
  const text = ({ texts }: Row): string => texts[order.column] ?? '';
  return rows.toSorted((left, right) => {
    if (text(left) === '' || text(right) === '') return Number(text(left) === '') - Number(text(right) === '');
    const [one, other] = [left.entry[column.name], right.entry[column.name]];
    return sign * (typeof one === 'number' && typeof other === 'number' ? one - other : byWords.compare(text(left), text(right)));
  });
}

/** RFC 4180, values as they are and not as they are shown. A text that a spreadsheet would calculate is kept a text. */
export function csvOf(rows: readonly Row[], columns: readonly Column[]): string {
  const lines = [columns.map(({ name }) => name), ...rows.map(({ entry }) => columns.map(({ name }) => (typeof entry[name] === 'number' ? String(entry[name]) : inert(textOf(entry[name])))))];
  return lines.map((line) => line.map(quoted).join(',')).join('\r\n') + '\r\n';
}

function inert(text: string): string {
  return /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
