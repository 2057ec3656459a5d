/**
 * What a command writes, as a value.
 */
import { systemClock } from '../../../protocol/clock.ts';
import { limits } from '../../../protocol/limits.ts';
import type { Outcome } from '../../../protocol/outcome.ts';
import { success } from '../../../protocol/outcome.ts';
import { endTree } from '../../execution/process-tree.ts';
import { askToolToSucceed } from '../tool.ts';
import type { VariableContext } from './resolve.ts';

/** Its standard output; an exit code other than 0 is `tool-failed`. When the run is ended, so is all that the command started. */
export async function commandOutput(command: string, context: VariableContext): Promise<Outcome<string>> {
  const [shell, ...args] = process.platform === 'win32' ? ['cmd.exe', '/d', '/s', '/c', command] as const : ['/bin/sh', '-c', command] as const;
  const said = await askToolToSucceed(shell, args, context, { maxBytes: limits.maxVariableBytes + 1, timeoutMs: limits.maxTimeoutMs });
  if (context.signal.aborted) await endTree({ directiveIds: [context.directiveId] }, { clock: systemClock, killAfterMs: limits.killAfterMs, polite: 'SIGTERM' });
  return said.ok ? success(said.value.stdout) : said;
}
