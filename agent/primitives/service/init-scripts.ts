/**
 * Services by the scripts in /etc/init.d: System V init (LSB exit codes) and OpenRC, whose programs are called alike.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { failure, success } from '../../../protocol/outcome.ts';
import type { Outcome } from '../../../protocol/outcome.ts';
import { askTool } from '../tool.ts';
import type { ServiceContext, ServiceManager, ServiceRow, ServiceState, StartKind } from './service-manager.ts';

const folder = '/etc/init.d';
/** Scripts asked at once for their state. */
const atOnce = 8;
/** A script that does not answer would hold up the whole list. */
const statusMs = 10_000;

const kinds = {
  sysvinit: {
    call: 'service',
    change: (name: string, wanted: 'enable' | 'disable') => ['update-rc.d', name, wanted],
    /** LSB 5.0, "Init Script Actions": dead with its number or lock file left counts as failed. */
    states: { 0: 'running', 1: 'failed', 2: 'failed', 3: 'stopped' } as Readonly<Record<number, ServiceState>>,
    runlevels: ['/etc/rc2.d', '/etc/rc3.d', '/etc/rc5.d'],
  },
  openrc: {
    call: 'rc-service',
    change: (name: string, wanted: 'enable' | 'disable') => ['rc-update', wanted === 'enable' ? 'add' : 'del', name],
    /** rc.h of OpenRC: 4 stopping, 8 starting, 16 inactive, 32 crashed. */
    states: { 0: 'running', 3: 'stopped', 4: 'stopping', 8: 'starting', 16: 'paused', 32: 'failed' } as Readonly<Record<number, ServiceState>>,
    runlevels: ['/etc/runlevels/boot', '/etc/runlevels/default', '/etc/runlevels/sysinit'],
  },
} as const;

export function initScripts(kind: keyof typeof kinds): ServiceManager {
  const { call, change, states, runlevels } = kinds[kind];
  const ask = (name: string, verb: string, context: ServiceContext, timeoutMs: number) => askTool(call, [name, verb], context, { timeoutMs });
  const rowOf = async (name: string, context: ServiceContext): Promise<ServiceRow> => {
    const said = await ask(name, 'status', context, statusMs);
    return { name, state: said.ok ? (states[said.value.exitCode] ?? 'unknown') : 'unknown', start: startOf(name, runlevels), description: descriptionIn(readOrEmpty(`${folder}/${name}`)) };
  };
  return {
    async list(context) {
      const rows: ServiceRow[] = [];
      const names = namesIn(folder);
      for (let from = 0; from < names.length && !context.signal.aborted; from += atOnce) rows.push(...(await Promise.all(names.slice(from, from + atOnce).map((name) => rowOf(name, context)))));
      return success(rows);
    },
    async properties(name, context) {
      if (!namesIn(folder).includes(name)) return failure('not-found', `there is no service ${name}`);
      return success({ ...(await rowOf(name, context)), file: `${folder}/${name}`, needs: [], neededBy: [] });
    },
    async act(name, act, context) {
      if (!namesIn(folder).includes(name)) return failure('not-found', `there is no service ${name}`);
      // the run's own time limit holds
      const timeoutMs = 24 * 3600 * 1000;
      if (act !== 'enable' && act !== 'disable') return judge(await ask(name, act, context, timeoutMs), `${act} ${name}`);
      const [program = '', ...args] = change(name, act);
      return judge(await askTool(program, args, context, { timeoutMs }), `${act} ${name}`);
    },
  };
}

function judge(said: Awaited<ReturnType<typeof askTool>>, what: string): Outcome<void> {
  if (!said.ok) return said;
  const { exitCode, stdout, stderr } = said.value;
  // LSB: 4 is for what the caller may not do
  if (exitCode === 4) return failure('not-permitted', what);
  return exitCode === 0 ? success(undefined) : failure('tool-failed', `${what}: exit code ${exitCode}: ${(stderr.trim() || stdout.trim()).slice(0, 1000)}`);
}

/** In sysvinit a link `S01cron` in the folder of a runlevel, in OpenRC one of the same name. */
function startOf(name: string, runlevels: readonly string[]): StartKind {
  return runlevels.some((runlevel) => namesIn(runlevel).some((link) => link === name || link.replace(/^S\d\d/, '') === name)) ? 'automatic' : 'manual';
}

/** `# Short-Description: …` of an LSB header, or `description="…"` of OpenRC. */
export function descriptionIn(script: string): string {
  return /^(?:# Short-Description:[ \t]*(.*?)|description="(.*?)")[ \t]*$/m.exec(script)?.slice(1).find((text) => text !== undefined) ?? '';
}

/** Names that a service can have: no README, no script's backup. */
function namesIn(path: string): string[] {
  try {
    return readdirSync(path).filter((name) => /^[A-Za-z0-9][A-Za-z0-9_.@+-]*$/.test(name) && !/^(README|skeleton|functions|rcS?|.*\.sh|.*\.dpkg-.*)$/.test(name));
  } catch {
    return [];
  }
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
