/**
 * Restarting and shutting down by shutdown(8) of System V init: it waits in the foreground until the time has come, so it
 * is left running, and it alone knows what is planned.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { failure, success } from '../../../protocol/outcome.ts';
import type { Outcome } from '../../../protocol/outcome.ts';
import { askTool } from '../tool.ts';
import type { Power } from './power.ts';

/** What it refuses, it refuses at once. */
const refusesWithinMs = 1000;

export const shutdownProgram: Power = {
  planned: () => undefined,
  async plan({ what, atMs, notice }) {
    // whole minutes are all it knows; the report leaves in the first of them
    const minutes = Math.max(1, Math.round((atMs - Date.now()) / 60_000));
    const started = await startAndLeave('shutdown', [what === 'reboot' ? '-r' : '-P', `+${minutes}`, notice]);
    return started.ok ? success({ what, atMs: Date.now() + minutes * 60_000, notice }) : started;
  },
  async cancel(notice, context) {
    const said = await askTool('shutdown', ['-c', notice], context);
    if (!said.ok) return said;
    if (said.value.exitCode === 0) return success(undefined);
    const words = said.value.stderr.trim();
    return words === '' || /cannot find pid/i.test(words) ? failure('not-found', 'nothing is planned') : failure('tool-failed', words.slice(0, 500));
  },
};

async function startAndLeave(file: string, args: readonly string[]): Promise<Outcome<void>> {
  const child = spawn(file, [...args], { detached: true, stdio: 'ignore' });
  const ended = once(child, 'exit').then(([exitCode]) => Number(exitCode), () => 'missing' as const);
  const early = await Promise.race([ended, setTimeout(refusesWithinMs, 'waits' as const)]);
  child.unref();
  if (early === 'missing') return failure('tool-missing', file);
  return early === 'waits' || early === 0 ? success(undefined) : failure('tool-failed', `${file} ended with ${early}`);
}
