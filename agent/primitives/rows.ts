/**
 * Lists in results: as many rows as were asked for and fit into a signed report. What is cut is said.
 */
import { Type } from 'typebox';
import { limits } from '../../protocol/limits.ts';

export type Rows<Row> = { readonly rows: Row[]; readonly truncated: boolean };

/** The first `most` rows, or fewer where their JSON would grow beyond `limits.maxResultBytes`. */
export function boundedRows<Row>(rows: Iterable<Row>, most: number): Rows<Row> {
  const kept: Row[] = [];
  let bytes = 0;
  for (const row of rows) {
    bytes += Buffer.byteLength(JSON.stringify(row)) + 1;
    if (kept.length >= most || bytes > limits.maxResultBytes) return { rows: kept, truncated: true };
    kept.push(row);
  }
  return { rows: kept, truncated: false };
}

/** Text for one cell: what is longer is cut and ends in an ellipsis. */
export function cut(text: string, maxCharacters: number): string {
  return text.length <= maxCharacters ? text : `${text.slice(0, maxCharacters - 1)}…`;
}

/** The parameter that says how many rows are wanted. */
export const mostRows = (byDefault: number) => Type.Optional(Type.Integer({ title: 'At most', description: 'So many rows; fewer are returned, with a mark, where they would not fit into a report.', default: byDefault, minimum: 1, maximum: 10_000 }));

export const truncatedField = Type.Boolean({ title: 'Cut', description: 'Whether there are more than are listed here.' });
