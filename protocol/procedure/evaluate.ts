/** The value of an expression. Total: whatever the values are, there is an answer, and it is the same every time. */
import type { Comparison, Expression } from './expression.ts';

/** What an expression can name: `parameters`, `variables`, `steps` and the names of the loops around it. */
export type Scope = Readonly<Record<string, unknown>>;

export function evaluate(expression: Expression, scope: Scope): unknown {
  switch (expression.kind) {
    case 'literal':
      return expression.value;
    case 'path':
      return valueAt(expression.path, scope);
    case 'or':
      return expression.parts.some((part) => holds(evaluate(part, scope)));
    case 'and':
      return expression.parts.every((part) => holds(evaluate(part, scope)));
    case 'not':
      return !holds(evaluate(expression.of, scope));
    case 'length':
      return lengthOf(evaluate(expression.of, scope));
    case 'compare':
      return compare(evaluate(expression.left, scope), expression.by, evaluate(expression.right, scope));
  }
}

/** Only `true` holds: a condition that gives a text or a number is a mistake and must not pass by chance. */
export function holds(value: unknown): boolean {
  return value === true;
}

/** Every path that an expression names. */
export function pathsOf(expression: Expression): readonly (readonly string[])[] {
  switch (expression.kind) {
    case 'literal':
      return [];
    case 'path':
      return [expression.path];
    case 'or':
    case 'and':
      return expression.parts.flatMap(pathsOf);
    case 'not':
    case 'length':
      return pathsOf(expression.of);
    case 'compare':
      return [...pathsOf(expression.left), ...pathsOf(expression.right)];
  }
}

/** Own properties only, so that no name reaches what every object has. */
function valueAt(path: readonly string[], scope: Scope): unknown {
  let value: unknown = scope;
  for (const name of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return null;
    value = (value as Readonly<Record<string, unknown>>)[name];
  }
  return value ?? null;
}

function lengthOf(value: unknown): number {
  return typeof value === 'string' || Array.isArray(value) ? value.length : 0;
}

/** Lists and objects are equal to nothing; order is defined between two numbers and between two texts. */
function compare(left: unknown, by: Comparison, right: unknown): boolean {
  if (by === '==') return left === right;
  if (by === '!=') return left !== right;
  if (by === 'contains') return (Array.isArray(left) && left.includes(right)) || (typeof left === 'string' && typeof right === 'string' && left.includes(right));
  if (typeof left === 'number' && typeof right === 'number') return inOrder(left, by, right);
  return typeof left === 'string' && typeof right === 'string' && inOrder(left, by, right);
}

function inOrder<T extends string | number>(left: T, by: '<' | '<=' | '>' | '>=', right: T): boolean {
  if (by === '<') return left < right;
  if (by === '<=') return left <= right;
  return by === '>' ? left > right : left >= right;
}
