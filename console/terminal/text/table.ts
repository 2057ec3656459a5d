/**
 * Tables that fit the width: columns shrink, the widest first, until the line fits.
 */
import { plain } from './plain.ts';

export type Column<Row> = {
  readonly title: string;
  value(row: Row): string;
  /** Colour, added after the width was measured. */
  paint?(text: string, row: Row): string;
};

const gap = '  ';
const narrowest = 6;

/** Lines of the table, the head first. `width` is that of the terminal; Infinity where there is none. */
export function table<Row>(columns: readonly Column<Row>[], rows: readonly Row[], width: number): string[] {
  const cells = rows.map((row) => columns.map((column) => plain(column.value(row))));
  const widths = fit(columns.map(({ title }, index) => Math.max(title.length, ...cells.map((line) => line[index]?.length ?? 0))), width);
  const head = columns.map(({ title }, index) => padded(title, widths[index] ?? 0)).join(gap).trimEnd();
  const lines = rows.map((row, line) =>
    columns
      .map((column, index) => {
        const text = padded(cells[line]?.[index] ?? '', widths[index] ?? 0);
        return column.paint === undefined ? text : column.paint(text, row);
      })
      .join(gap)
      .trimEnd(),
  );
  return [head, ...lines];
}

/** Takes from the widest column until all of them fit, or none can give more. */
function fit(wanted: readonly number[], width: number): number[] {
  const widths = [...wanted];
  const total = (): number => widths.reduce((sum, each) => sum + each, 0) + gap.length * (widths.length - 1);
  while (total() > width) {
    const widest = Math.max(...widths);
    if (widest <= narrowest) break;
    widths[widths.indexOf(widest)] = widest - 1;
  }
  return widths;
}

function padded(text: string, width: number): string {
  return text.length <= width ? text.padEnd(width) : `${text.slice(0, width - 1)}…`;
}
