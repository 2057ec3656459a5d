/**
 * Restarting and shutting down by systemd's login manager (org.freedesktop.login1(5)), which plans to the microsecond,
 * tells the users on their terminals as the time comes near, and can be asked what is planned.
 */
import { readFileSync } from 'node:fs';
import { failure, success } from '../../../protocol/outcome.ts';
import type { Outcome } from '../../../protocol/outcome.ts';
import { askTool } from '../tool.ts';
import type { Plan, Power, PowerContext } from './power.ts';

const manager = ['org.freedesktop.login1', '/org/freedesktop/login1', 'org.freedesktop.login1.Manager'];

export const logind: Power = {
  planned: () => parsePlan(readOrEmpty('/run/systemd/shutdown/scheduled')),
  async plan(plan, context) {
    const { what, atMs, notice } = plan;
    const told = await call(['SetWallMessage', 'sb', notice, 'true'], context);
    if (!told.ok) return told;
    const planned = await call(['ScheduleShutdown', 'st', what === 'reboot' ? 'reboot' : 'poweroff', String(atMs * 1000)], context);
    return planned.ok ? success(plan) : planned;
  },
  async cancel(notice, context) {
    const told = await call(['SetWallMessage', 'sb', notice, 'true'], context);
    if (!told.ok) return told;
    const cancelled = await call(['CancelScheduledShutdown'], context);
    if (!cancelled.ok) return cancelled;
    return cancelled.value.trim() === 'b true' ? success(undefined) : failure('not-found', 'nothing is planned');
  },
};

async function call(args: readonly string[], context: PowerContext): Promise<Outcome<string>> {
  const said = await askTool('busctl', ['--allow-interactive-authorization=no', 'call', ...manager, ...args], context);
  if (!said.ok) return said;
  const { exitCode, stdout, stderr } = said.value;
  if (exitCode === 0) return success(stdout);
  return failure(/denied|authentication/i.test(stderr) ? 'not-permitted' : 'tool-failed', stderr.trim().slice(0, 500));
}

/** Lines such as `USEC=1795587452994209` and `MODE=reboot`; values are escaped as in C where they hold more than one word (systemd's fileio). */
export function parsePlan(text: string): Plan | undefined {
  const lines = new Map([...text.matchAll(/^([A-Z_]+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value]));
  const microseconds = Number(lines.get('USEC') ?? Number.NaN);
  if (!Number.isFinite(microseconds)) return undefined;
  const what = /reboot|kexec/.test(lines.get('MODE') ?? '') ? 'reboot' : 'shut down';
  return { what, atMs: Math.floor(microseconds / 1000), notice: unescaped(lines.get('WALL_MESSAGE') ?? '') };
}

/** `\x20`, `\303\237`, `\n`, `\"` and the like. */
function unescaped(text: string): string {
  const bytes = text.replaceAll(/(?:\\x[0-9a-f]{2}|\\[0-3][0-7]{2})+/gi, (run) =>
    Buffer.from([...run.matchAll(/\\(?:x(..)|(\d{3}))/g)].map(([, hex, octal = '']) => (hex === undefined ? Number.parseInt(octal, 8) : Number.parseInt(hex, 16)))).toString('utf8'));
  return bytes.replaceAll(/\\([nt\\"'])/g, (_, letter: string) => ({ n: '\n', t: '\t' })[letter] ?? letter);
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
