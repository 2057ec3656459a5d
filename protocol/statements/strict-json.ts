/**
 * The one form of JSON that a statement may have: what JSON.stringify would write. That alone rules out white space,
 * duplicate keys, odd escapes and odd numbers, so two readers can never see two statements in the same bytes.
 */
import { textOf } from '../bytes.ts';
import type { Form } from '../form.ts';
import { limits } from '../limits.ts';
import { failure, success } from '../outcome.ts';
import type { Failure, Outcome } from '../outcome.ts';

export type ReadOptions = {
  /** Only reports may hold floats: a measurement is not a whole number, a request always can be. */
  readonly floats: 'refused' | 'allowed';
};

/** Reads a verified payload. Fails with `statement-too-large` or `statement-malformed`, saying what is wrong. */
export function readStatement<T>(form: Form<T>, payload: Uint8Array, options: ReadOptions): Outcome<T> {
  if (payload.byteLength > limits.maxStatementBytes) return failure('statement-too-large', `${payload.byteLength} bytes`);
  const read = readStrictJson(payload, options);
  if (!read.ok) return read;
  return form.check(read.value) ? success(read.value) : malformed(form.fault(read.value));
}

/** The value in the bytes, if they are in the one accepted form; its schema is not looked at. */
export function readStrictJson(payload: Uint8Array, options: ReadOptions): Outcome<unknown> {
  const text = textOf(payload);
  if (text === undefined) return malformed('not UTF-8');
  const parsed = parseJson(text);
  if (!parsed.ok) return parsed;
  const wrong = whatIsWrong(parsed.value, options, 0);
  if (wrong !== undefined) return malformed(wrong);
  return JSON.stringify(parsed.value) === text ? parsed : malformed('not compact JSON, or a key stands twice');
}

function parseJson(text: string): Outcome<unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return success(value);
  } catch {
    return malformed('not JSON');
  }
}

/** Depth and numbers, before anything walks the value without a bound. */
function whatIsWrong(value: unknown, options: ReadOptions, depth: number): string | undefined {
  if (typeof value === 'number') return isAccepted(value, options) ? undefined : `the number ${value}`;
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth >= limits.maxStatementDepth) return `nested deeper than ${limits.maxStatementDepth}`;
  if (Object.hasOwn(value, '__proto__')) return 'a key named __proto__';
  for (const part of Object.values(value)) {
    const wrong = whatIsWrong(part, options, depth + 1);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

function isAccepted(value: number, options: ReadOptions): boolean {
  return options.floats === 'allowed' ? Number.isFinite(value) : Number.isSafeInteger(value);
}

function malformed(detail: string): Failure {
  return failure('statement-malformed', detail);
}
