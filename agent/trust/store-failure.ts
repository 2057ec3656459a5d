/**
 * What a failing database or file system means, as a code of the catalogue.
 */
import { failure } from '../../protocol/outcome.ts';
import type { Failure } from '../../protocol/outcome.ts';
import type { ErrorCode } from '../../protocol/errors.ts';

/** SQLite's primary result codes (sqlite.org/rescode.html). */
const sqliteCodes: Readonly<Record<number, ErrorCode>> = {
  3: 'data-unwritable', // PERM
  5: 'data-locked', // BUSY
  6: 'data-locked', // LOCKED
  8: 'data-unwritable', // READONLY
  10: 'store-unavailable', // IOERR
  11: 'store-damaged', // CORRUPT
  13: 'disk-full', // FULL
  14: 'data-unwritable', // CANTOPEN
  26: 'store-damaged', // NOTADB
};

const systemCodes: Readonly<Record<string, ErrorCode>> = {
  ENOSPC: 'disk-full',
  EDQUOT: 'disk-full',
  EACCES: 'data-unwritable',
  EPERM: 'data-unwritable',
  EROFS: 'data-unwritable',
  ENOTDIR: 'data-unwritable',
  EEXIST: 'data-unwritable',
  EISDIR: 'data-unwritable',
  ENOENT: 'data-unwritable',
};

/** The failure behind an error of node:sqlite or node:fs. Anything else is a bug and comes out as `internal`. */
export function storeFailure(error: unknown): Failure {
  const detail = error instanceof Error ? error.message : String(error);
  return failure(codeOf(error), detail);
}

function codeOf(error: unknown): ErrorCode {
  if (typeof error !== 'object' || error === null) return 'internal';
  if ('errcode' in error && typeof error.errcode === 'number') return sqliteCodes[error.errcode & 0xff] ?? 'internal';
  if ('code' in error && typeof error.code === 'string') return systemCodes[error.code] ?? 'internal';
  return 'internal';
}
