/**
 * The result of a primitive for people, by its schema: facts with their titles, lists of things as tables.
 */
import { writeDuration, writeMoment } from './durations.ts';
import { plain } from './plain.ts';
import { writeBytes } from './sizes.ts';
import { table } from './table.ts';

type Schema = Readonly<Record<string, unknown>>;
type Things = Readonly<Record<string, unknown>>;

/** Lines for a terminal of this width. A result without parts is one line. */
export function resultLines(schema: Schema, value: unknown, width: number): string[] {
  return isThings(value) ? linesOf(schema, value, width) : [cell('', value)];
}

/** Facts first, then whatever takes lines of its own, each under its title. */
function linesOf(schema: Schema, value: Things, width: number): string[] {
  const names = namesIn(schema, [value]).filter((name) => name !== cutMark);
  const [facts, parts] = [names.filter((name) => isFact(value[name])), names.filter((name) => !isFact(value[name]))];
  const titles = facts.map((name) => titleOf(schema, name));
  const room = Math.max(0, ...titles.map((title) => title.length));
  return [...facts.map((name, index) => `${titles[index]?.padEnd(room)}  ${cell(name, value[name]) || 'none'}`), ...parts.flatMap((name) => partLines(schema, name, value[name], width)), ...(value[cutMark] === true ? ['', 'There is more than is listed here.'] : [])];
}

/** Primitives that give a list say by this whether it was cut; worth a word only if it was. */
const cutMark = 'truncated';

function partLines(schema: Schema, name: string, value: unknown, width: number): string[] {
  const part = partOf(schema, name);
  const head = ['', titleOf(schema, name)];
  if (isThings(value)) return [...head, ...linesOf(part, value, width - 2).map((line) => `  ${line}`)];
  if (typeof value === 'string') return [...head, ...value.split('\n').map(plain)];
  const rows = Array.isArray(value) ? value.filter(isThings) : [];
  return [...head, ...tableLines(record(part['items']), rows, width)];
}

/** Columns that no row has anything in are left out. */
function tableLines(schema: Schema, rows: readonly Things[], width: number): string[] {
  const names = namesIn(schema, rows).filter((name) => rows.some((row) => cell(name, row[name]) !== ''));
  return table(names.map((name) => ({ title: titleOf(schema, name).toUpperCase(), value: (row: Things) => cell(name, row[name]) })), rows, width);
}

/** In the order of the schema, and what it does not know behind. */
function namesIn(schema: Schema, values: readonly Things[]): string[] {
  const present = new Set(values.flatMap((value) => Object.keys(value).filter((name) => value[name] !== undefined)));
  return [...new Set([...Object.keys(record(schema['properties'])).filter((name) => present.has(name)), ...present])];
}

/** Whether it fits on one line behind its title: no list of things, nothing with parts, no text of several lines. */
function isFact(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0 || !value.every(isThings);
  return !isThings(value) && !(typeof value === 'string' && value.trimEnd().includes('\n'));
}

/** Numbers are written by what their name says they are. */
function cell(name: string, value: unknown): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'number') return number(name, value);
  if (Array.isArray(value)) return value.map((entry) => cell(name, entry)).join(', ');
  return plain(typeof value === 'string' ? value.trimEnd() : JSON.stringify(value));
}

function number(name: string, value: number): string {
  if (/(^at|At)Ms$/.test(name)) return writeMoment(value);
  if (name.endsWith('Ms')) return Number.isInteger(value) ? writeDuration(value) : `${value} ms`;
  if (name.endsWith('Seconds')) return writeDuration(value * 1000);
  if (/[Bb]ytes$/.test(name)) return writeBytes(value);
  return /[Pp]ercent$/.test(name) ? `${value} %` : String(value);
}

function titleOf(schema: Schema, name: string): string {
  const { title } = partOf(schema, name);
  return typeof title === 'string' ? plain(title) : plain(name);
}

function partOf(schema: Schema, name: string): Schema {
  return record(record(schema['properties'])[name]);
}

function record(value: unknown): Schema {
  return isThings(value) ? value : {};
}

function isThings(value: unknown): value is Things {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
