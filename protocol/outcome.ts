/**
 * The result of something that can fail in an expected way. Expected failure is a value;
 * an exception that leaves a function is a bug in the program.
 */
import type { ErrorCode } from './errors.ts';

export type Failure = {
  readonly ok: false;
  readonly code: ErrorCode;
  /** What happened, in words for a person: no secrets, no stack. */
  readonly detail: string;
};

export type Outcome<T> = { readonly ok: true; readonly value: T } | Failure;

/** Wraps a value as a success. */
export function success<T>(value: T): Outcome<T> {
  return { ok: true, value };
}

/** Names an expected failure by its catalogue code. */
export function failure(code: ErrorCode, detail: string): Failure {
  return { ok: false, code, detail };
}
