/** Whether what the expressions of a procedure name is there at all, and no secret gets to where people read. */
import { pathsOf } from './evaluate.ts';
import { parseExpression } from './expression.ts';
import type { Expression } from './expression.ts';
import type { Fault } from './fault.ts';
import { parseTemplate } from './template.ts';

export type Names = {
  readonly parameters: readonly string[];
  readonly variables: readonly string[];
  readonly steps: readonly string[];
  readonly secrets: readonly string[];
  /** Of the loops around. */
  readonly loops: readonly string[];
  /** What is made of it is shown to people: no secret may be in it. */
  readonly shown?: boolean;
};

/** A condition: whether it is met shows in the report, so it may not look at a secret. */
export function checkExpression(at: string, text: string, names: Names): Fault[] {
  const read = parseExpression(text);
  return read.ok ? faultsOf(at, read.value, { ...names, shown: true }) : [{ at, message: read.detail }];
}

/** Every text in a value, however deep. */
export function checkTemplates(at: string, value: unknown, names: Names): Fault[] {
  if (typeof value === 'string') return checkText(at, value, names);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, part]) => checkTemplates(`${at}.${key}`, part, names));
}

function checkText(at: string, text: string, names: Names): Fault[] {
  const template = parseTemplate(text);
  if (!template.ok) return [{ at, message: template.detail }];
  return template.value.flatMap((part) => (typeof part === 'string' ? [] : faultsOf(at, part, names)));
}

function faultsOf(at: string, expression: Expression, names: Names): Fault[] {
  return pathsOf(expression).flatMap((path) => {
    const message = whatIsWrong(path, names);
    return message === undefined ? [] : [{ at, message }];
  });
}

function whatIsWrong([root = '', name]: readonly string[], names: Names): string | undefined {
  if (names.loops.includes(root)) return undefined;
  const known = root === 'parameters' || root === 'variables' || root === 'steps' ? names[root] : undefined;
  if (known === undefined) return `${root} is nothing that a procedure knows: parameters, variables, steps, or the name of the loop`;
  if (name === undefined) return `${root} alone says nothing: name one of them, as in ${root}.${known[0] ?? 'name'}`;
  if (!known.includes(name)) return `there is no ${name} among the ${root}`;
  const leaks = names.shown === true && root === 'parameters' && names.secrets.includes(name);
  return leaks ? `the secret ${name} would show here` : undefined;
}
