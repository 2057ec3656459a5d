import test from 'ava';
import { csvOf, found, ordered, rowsOf } from '../../console/web/ui/table-rows.ts';

const columns = [
  { name: 'name', label: 'Name', help: '' },
  { name: 'memoryBytes', label: 'Memory', help: '', format: (value: unknown) => (typeof value === 'number' ? `${value / 1024} KiB` : undefined) },
];
const rows = rowsOf([{ name: 'sshd10', memoryBytes: 9216 }, { name: 'sshd9', memoryBytes: 20_480 }, { name: 'Cron' }, { name: 'x, "y"', memoryBytes: 1024 }], columns);
const names = (some: typeof rows) => some.map(({ entry }) => entry['name']);

test('numbers are put in order by size and not by how they are written, words as people count, and what is missing stands last', (t) => {
  t.deepEqual(names(ordered(rows, columns, { column: 1, down: false })), ['x, "y"', 'sshd10', 'sshd9', 'Cron']);
  t.deepEqual(names(ordered(rows, columns, { column: 1, down: true })), ['sshd9', 'sshd10', 'x, "y"', 'Cron']);
  t.deepEqual(names(ordered(rows, columns, { column: 0, down: false })), ['Cron', 'sshd9', 'sshd10', 'x, "y"']);
  t.is(ordered(rows, columns, undefined), rows);
});

test('rows are found by words anywhere in them', (t) => {
  t.deepEqual(names(found(rows, ' SSHD  20 kib ')), ['sshd9']);
  t.is(found(rows, ' '), rows);
});

test('as CSV, values go as they are, quoted where they must be, and none is calculated by a spreadsheet', (t) => {
  t.is(csvOf([...rows.slice(2), ...rowsOf([{ name: '=1+1', memoryBytes: -5 }, { name: '-1+1' }, { name: '@a,b' }], columns)], columns), 'name,memoryBytes\r\nCron,\r\n"x, ""y""",1024\r\n\'=1+1,-5\r\n\'-1+1,\r\n"\'@a,b",\r\n');
});
