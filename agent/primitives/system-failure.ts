/**
 * What the operating system refused, in words of the catalogue.
 */
import { failure } from '../../protocol/outcome.ts';
import type { ErrorCode } from '../../protocol/errors.ts';
import type { Failure } from '../../protocol/outcome.ts';

/** errno(3) names as Node gives them; on Windows Node translates to the same. */
const codes: Readonly<Record<string, ErrorCode>> = {
  ENOENT: 'not-found', ENXIO: 'not-found',
  EACCES: 'not-permitted', EPERM: 'not-permitted', EROFS: 'not-permitted',
  ENOTDIR: 'not-a-directory',
  EISDIR: 'not-a-file',
  EEXIST: 'already-exists',
  ENOTEMPTY: 'not-empty',
  EBUSY: 'busy', ETXTBSY: 'busy',
  ENAMETOOLONG: 'path-too-long',
  ELOOP: 'outside-root',
  ENOSPC: 'disk-full', EDQUOT: 'disk-full', EFBIG: 'disk-full',
  EIO: 'disk-error',
  EMFILE: 'overloaded', ENFILE: 'overloaded', ENOMEM: 'overloaded',
  ENOTSUP: 'not-supported', EOPNOTSUPP: 'not-supported', ENOSYS: 'not-supported', EXDEV: 'not-supported', EINVAL: 'not-supported',
};

/** The failure that a system error is for the technician; `about` is the path or thing. Anything else is a bug and thrown on. */
export function systemFailure(error: unknown, about: string): Failure {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? codes[error.code] : undefined;
  if (code === undefined) throw error;
  return failure(code, about);
}
