/** What SQLite's result codes, and a failure to reach the disk, mean in the catalogue of errors. */
import { failure } from '../../protocol/outcome.ts';
import type { ErrorCode } from '../../protocol/errors.ts';
import type { Failure } from '../../protocol/outcome.ts';

/** Primary result codes (https://sqlite.org/rescode.html) that a sound program can meet. */
const meanings: Readonly<Record<number, ErrorCode>> = {
  5: 'data-locked', // SQLITE_BUSY
  8: 'data-unwritable', // SQLITE_READONLY
  10: 'store-unavailable', // SQLITE_IOERR
  11: 'store-damaged', // SQLITE_CORRUPT
  13: 'disk-full', // SQLITE_FULL
  14: 'data-unwritable', // SQLITE_CANTOPEN
  26: 'store-damaged', // SQLITE_NOTADB
};

/** The catalogue code of a thrown database error; `otherwise` when it is none of SQLite's own. */
export function storeFailure(error: unknown, otherwise: ErrorCode): Failure {
  const detail = error instanceof Error ? error.message : String(error);
  return failure(meaningOf(error) ?? otherwise, detail);
}

/** Whether the disk or the file is at fault. Anything else that is thrown is a bug and must not be hidden. */
export function isStoreFault(error: unknown): boolean {
  return meaningOf(error) !== undefined;
}

function meaningOf(error: unknown): ErrorCode | undefined {
  if (!(error instanceof Error)) return undefined;
  if ('errcode' in error && typeof error.errcode === 'number') return meanings[error.errcode & 0xff];
  return 'syscall' in error && error.syscall === 'fdatasync' ? 'store-unavailable' : undefined;
}
