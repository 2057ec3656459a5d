/**
 * Values in a step's parameters: `${ expression }` inside of a text. A text that is one such piece and nothing else becomes the value itself,
 * of whatever type; otherwise the value is written into the text. `$${` stands for `${`.
 */
import { limits } from '../limits.ts';
import { failure, success } from '../outcome.ts';
import type { Outcome } from '../outcome.ts';
import { evaluate } from './evaluate.ts';
import type { Scope } from './evaluate.ts';
import { parseExpression } from './expression.ts';
import type { Expression } from './expression.ts';

export type Template = readonly (string | Expression)[];

/** Either the escaped opening, or an expression: outside of quotation marks neither a brace nor a dollar, so that each start is looked at once. */
const piece = /\$\$\{|\$\{((?:'(?:[^'\\]|\\['\\])*'|[^'}$])*)\}/g;

export function parseTemplate(text: string): Outcome<Template> {
  if (text.length > limits.maxFilledLetters) return failure('procedure-invalid', `a text has at most ${limits.maxFilledLetters} letters`);
  const parts: (string | Expression)[] = [];
  let from = 0;
  for (const found of text.matchAll(piece)) {
    const before = text.slice(from, found.index);
    if (before.includes('${')) break;
    if (before !== '') parts.push(before);
    from = found.index + found[0].length;
    const read = found[1] === undefined ? success('${') : parseExpression(found[1]);
    if (!read.ok) return read;
    parts.push(read.value);
  }
  const rest = text.slice(from);
  if (rest.includes('${')) return failure('procedure-invalid', 'a ${ has no } after it');
  return success(rest === '' ? parts : [...parts, rest]);
}

/** Whether a value holds anything to be filled in. */
export function isFixed(value: unknown): boolean {
  if (typeof value === 'string') return !value.includes('${');
  return typeof value !== 'object' || value === null || Object.values(value).every(isFixed);
}

/** The value with everything filled in. Fails where a text would hold a list or an object, or grows too long. */
export function fill(value: unknown, scope: Scope): Outcome<unknown> {
  if (typeof value === 'string') return fillText(value, scope);
  if (typeof value !== 'object' || value === null) return success(value);
  const filled: [string, unknown][] = [];
  for (const [name, part] of Object.entries(value)) {
    const one = fill(part, scope);
    if (!one.ok) return one;
    filled.push([name, one.value]);
  }
  return success(Array.isArray(value) ? filled.map(([, part]) => part) : Object.fromEntries(filled));
}

function fillText(text: string, scope: Scope): Outcome<unknown> {
  const template = parseTemplate(text);
  if (!template.ok) return template;
  const [only] = template.value;
  if (template.value.length === 1 && typeof only === 'object') return success(evaluate(only, scope));
  let filled = '';
  for (const part of template.value) {
    const value = typeof part === 'string' ? part : evaluate(part, scope);
    if (typeof value === 'object') return failure('procedure-invalid', `${text}: ${value === null ? 'nothing' : 'a list or an object'} cannot stand inside of a text`);
    filled += String(value);
    if (filled.length > limits.maxFilledLetters) return failure('procedure-invalid', `a text grew beyond ${limits.maxFilledLetters} letters`);
  }
  return success(filled);
}
