/**
 * The other programs as child processes. They end by themselves when their standard input ends, so that nothing is
 * left even if this process is killed outright.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { errorCatalogue, isErrorCode } from '../../../protocol/errors.ts';
import { limits } from '../../../protocol/limits.ts';
import { failure, success } from '../../../protocol/outcome.ts';
import type { Failure, Outcome } from '../../../protocol/outcome.ts';

const checkout = join(import.meta.dirname, '..', '..', '..');
/** Lines of a program's log that are kept to say why it ended. */
const keptLines = 20;

const programs = { intermediary: 'intermediary/main.ts', agent: 'agent/launch.mjs' } as const;
export type ProgramName = keyof typeof programs;

export type RunningProgram = {
  readonly name: ProgramName;
  readonly pid: number | undefined;
  /** The first line of JSON on its standard output: it answers now. Or why it ended before. */
  readonly ready: Promise<Outcome<Record<string, unknown>>>;
  /** Resolves with the reason when it has ended, for whatever cause. */
  readonly ended: Promise<Failure>;
  /** Asks it to end, and insists in time. */
  stop(): Promise<void>;
};

/** What must not stand on a command line, where every user of the machine reads it. */
export type Environment = Readonly<Record<string, string>>;

/** Starts a program with this very Node. Each line of its log goes to `log`. */
export function startProgram(name: ProgramName, args: readonly string[], log: (line: string) => void, more: Environment = {}): RunningProgram {
  const child = spawn(process.execPath, [join(checkout, programs[name]), ...args], { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, ...more } });
  const said: string[] = [];
  const ready = Promise.withResolvers<Outcome<Record<string, unknown>>>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    const value = jsonObject(line);
    if (value !== undefined) ready.resolve(success(value));
  });
  createInterface({ input: child.stderr }).on('line', (line) => {
    said.push(line);
    if (said.length > keptLines) said.shift();
    log(line);
  });
  child.stdin.on('error', () => child.stdin.destroy());
  const ended = new Promise<Failure>((resolve) => {
    child.on('error', (error) => resolve(failure('internal', `${name} could not be started: ${error.message}`)));
    child.on('close', (code, signal) => resolve(reasonOf(name, said, signal ?? code)));
  });
  void ended.then(ready.resolve);
  return { name, pid: child.pid, ready: ready.promise, ended, stop: () => stop(child, ended) };
}

/** Runs a program to its end and gives the JSON it printed. */
export async function askProgram(name: ProgramName, args: readonly string[]): Promise<Outcome<Record<string, unknown>>> {
  const program = startProgram(name, args, () => {});
  const answer = await program.ready;
  await program.ended;
  return answer;
}

async function stop(child: ChildProcess, ended: Promise<Failure>): Promise<void> {
  child.stdin?.end();
  child.kill('SIGTERM');
  const insist = setTimeout(() => child.kill('SIGKILL'), limits.stopWithinMs);
  await ended;
  clearTimeout(insist);
}

/** What it said itself in our form, `error[code]: …` and the detail below where there is one; otherwise its last words. */
function reasonOf(name: ProgramName, said: readonly string[], end: number | string | null): Failure {
  for (const [index, line] of said.entries()) {
    const [, code, text = ''] = /^error\[([a-z-]+)\]: (.*)/.exec(line) ?? [];
    if (!isErrorCode(code)) continue;
    const below = said[index + 1]?.trim() ?? '';
    return failure(code, text === errorCatalogue[code].meaning && below !== '' && below !== errorCatalogue[code].advice ? below : text);
  }
  return failure('internal', `${name} ended (${String(end)})${said.length === 0 ? '' : `: ${said.slice(-3).join(' ')}`}`);
}

function jsonObject(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
