/**
 * A procedure as a file (YAML, and therefore JSON too), and values of its parameters as they are typed.
 */
import { readFileSync } from 'node:fs';
import { parse, YAMLError } from 'yaml';
import { limits } from '../../protocol/limits.ts';
import { failure, success } from '../../protocol/outcome.ts';
import type { Failure, Outcome } from '../../protocol/outcome.ts';
import type { Procedure, ProcedureParameter } from '../../protocol/procedure/procedure.ts';

/** What the file holds, whatever it is. Fails with `procedure-invalid`, naming the line, or with why it cannot be read. */
export function readProcedureFile(path: string): Outcome<unknown> {
  try {
    const text = readFileSync(path, 'utf8');
    if (text.length > limits.maxStatementBytes) return failure('procedure-invalid', `${path} has more than ${limits.maxStatementBytes} letters`);
    return success(parse(text, { logLevel: 'error' }));
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return error instanceof YAMLError || error instanceof ReferenceError ? failure('procedure-invalid', `${path}: ${error.message}`) : unreadable(path, error);
  }
}

function unreadable(path: string, error: NodeJS.ErrnoException): Failure {
  if (error.code === 'ENOENT') return failure('not-found', path);
  return error.code === 'EACCES' ? failure('not-permitted', path) : failure('not-a-file', path);
}

/** `name=value`, each by the type of its parameter; a list is given by several of one name. */
export function typedValues({ parameters = {} }: Procedure, typed: readonly string[]): Outcome<Record<string, unknown>> {
  const values: Record<string, unknown> = {};
  for (const one of typed) {
    const [, name = '', text = ''] = /^([^=]+)=(.*)$/s.exec(one) ?? [];
    const parameter = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
    if (parameter === undefined) return failure('usage', `${one} names no parameter of the procedure: --param name=value, with one of ${Object.keys(parameters).join(', ')}`);
    const before = values[name];
    values[name] = parameter.type === 'list' ? [...(Array.isArray(before) ? before : []), text] : typedValue(parameter, text);
  }
  return success(values);
}

/** What is not of its type stays a text, and is then refused by name. */
function typedValue({ type }: ProcedureParameter, text: string): unknown {
  if (type === 'number') return /^-?\d+$/.test(text) ? Number(text) : text;
  if (type !== 'yes-no') return text;
  return text === 'yes' || text === 'true' ? true : text === 'no' || text === 'false' ? false : text;
}
