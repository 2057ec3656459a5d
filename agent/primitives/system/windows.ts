/**
 * Restarting and shutting down by shutdown.exe. It tells nobody what is planned; so that a new plan takes the place of another, whatever
 * there is is called off before.
 */
import { failure, success } from '../../../protocol/outcome.ts';
import type { Outcome } from '../../../protocol/outcome.ts';
import { askTool } from '../tool.ts';
import type { Plan, Power, PowerContext } from './power.ts';

/** Codes of winerror.h. */
const accessDenied = 5;
const nothingPlanned = 1116;
/** Of the notice (shutdown.exe, /c). */
const maxNotice = 512;

export const windowsPower: Power = {
  planned: () => undefined,
  async plan(plan, context) {
    const before = await say(['/a'], context, [nothingPlanned]);
    if (!before.ok) return before;
    const planned = await say(argumentsFor(plan, Date.now()), context, []);
    return planned.ok ? success(plan) : planned;
  },
  async cancel(_notice, context) {
    const said = await say(['/a'], context, [nothingPlanned]);
    if (!said.ok) return said;
    return said.value === nothingPlanned ? failure('not-found', 'nothing is planned') : success(undefined);
  },
};

/** `/f` comes by itself with a time; a restart that was planned (p), for a reason of no kind (0:0). */
export function argumentsFor({ what, atMs, notice }: Plan, nowMs: number): readonly string[] {
  const seconds = Math.max(1, Math.round((atMs - nowMs) / 1000));
  return [what === 'reboot' ? '/r' : '/s', '/t', String(seconds), ...(notice === '' ? [] : ['/c', notice.slice(0, maxNotice)]), '/d', 'p:0:0'];
}

async function say(args: readonly string[], context: PowerContext, expected: readonly number[]): Promise<Outcome<number>> {
  const said = await askTool('shutdown.exe', args, context);
  if (!said.ok) return said;
  const { exitCode, stdout, stderr } = said.value;
  if (exitCode === 0 || expected.includes(exitCode)) return success(exitCode);
  return exitCode === accessDenied ? failure('not-permitted', 'shutdown.exe') : failure('tool-failed', `shutdown.exe ended with ${exitCode}: ${(stderr.trim() || stdout.trim()).slice(-300)}`);
}
