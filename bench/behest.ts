/**
 * Ours as a subject: the quick start's own processes, and directives given, followed and verified by the console's client.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { carryOut } from '../console/client/carry-out.ts';
import type { Ending } from '../console/client/carry-out.ts';
import { connect } from '../console/terminal/connection.ts';
import type { Connection } from '../console/terminal/connection.ts';
import { systemClock, systemRandom } from '../protocol/clock.ts';
import type { Outcome } from '../protocol/outcome.ts';
import { findProcess } from './memory.ts';
import type { Subject } from './measure.ts';

export type Installation = {
  readonly connection: Connection;
  readonly startedInMs: number;
  readonly agentPid: number;
  readonly intermediaryPid: number;
  stop(): Promise<void>;
};

const checkout = join(import.meta.dirname, '..');
const digestOfHi = createHash('sha256').update('hi\n').digest('base64url');

/** `behest start` on a folder, until it says that all of it answers. What the programs log stands beside the folder. */
export async function startInstallation(data: string, args: readonly string[] = []): Promise<Installation> {
  const log = `${data}.log`;
  const started = performance.now();
  const child = spawn(process.execPath, [join(checkout, 'console/terminal/main.ts'), 'start', '--json', '--port', '0', '--data', data, ...args], { stdio: ['pipe', 'pipe', openSync(log, 'a')] });
  if (child.stdout === null) throw new Error('it was given a pipe');
  const [said] = await Promise.race([once(createInterface({ input: child.stdout }), 'line'), once(child, 'exit')]);
  if (typeof said !== 'string') throw new Error(`behest start did not: ${readFileSync(log, 'utf8')}`);
  const startedInMs = performance.now() - started;
  const connection = take(await connect({ dataFolder: data, profilePath: join(data, 'profile.json') }, { clock: systemClock, random: systemRandom }));
  const pid = child.pid ?? 0;
  return {
    connection,
    startedInMs,
    agentPid: findProcess(pid, 'agent/main.') ?? 0,
    intermediaryPid: findProcess(pid, 'intermediary/main.ts') ?? 0,
    async stop() {
      connection.close();
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}

/** `agent.echo`: the way there and back with all its checks, without a process. */
export function echo({ connection }: Installation): Subject {
  return subject('agent.echo', connection, { primitive: 'agent.echo', params: { text: 'hi' } }, ({ report }) => (report.result as { text?: string })?.text === 'hi');
}

/** `shell.execute echo hi`: the exit code and the digest of the output are those of the signed report. */
export function shell({ connection }: Installation): Subject {
  return subject('shell.execute echo hi', connection, { primitive: 'shell.execute', params: { command: 'echo hi' } }, ({ report }) => report.output?.stdout.digest === digestOfHi);
}

type Asked = { readonly primitive: string; readonly params: Readonly<Record<string, unknown>> };

function subject(name: string, { desk, machines }: Connection, asked: Asked, isRight: (ending: Pick<Ending, 'report'>) => boolean): Subject {
  const present = () => machines.all[0];
  return {
    name,
    async call() {
      const machine = present();
      if (machine === undefined) throw new Error('no machine');
      const { report, unverified } = take(await carryOut(desk, { machine, ...asked }, {}, present));
      if (report.status !== 'succeeded' || unverified !== undefined) throw new Error(`${report.status} ${report.code ?? ''} ${unverified?.code ?? ''}`);
      if (!isRight({ report })) throw new Error('wrong answer');
    },
    close: () => Promise.resolve(),
  };
}

function take<T>(outcome: Outcome<T>): T {
  if (!outcome.ok) throw new Error(`${outcome.code}: ${outcome.detail}`);
  return outcome.value;
}
