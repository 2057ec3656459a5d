/**
 * Ending a process by signals.
 */
import { failure, success } from '../../../protocol/outcome.ts';
import type { Outcome } from '../../../protocol/outcome.ts';

/** A stopped process gets no signal before it is continued, except the last one. */
export function endBySignal(pid: number, how: 'politely' | 'by force'): Outcome<void> {
  try {
    process.kill(pid, how === 'politely' ? 'SIGTERM' : 'SIGKILL');
    if (process.platform !== 'win32') process.kill(pid, 'SIGCONT');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EPERM') return failure('not-permitted', `process ${pid}`);
    // ESRCH: it has ended meanwhile, which is what was wanted
    if (code !== 'ESRCH') throw error;
  }
  return success(undefined);
}
