/**
 * A shell that was started before it is needed and waits for its command, which is then a matter of one exec instead of
 * a fork of this process and all that Node does around it. It becomes the very process that would have been started:
 * same number as leader of its group, same arguments, same environment, nothing on its input.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import type { ToSpawner } from './messages.ts';

type Start = Extract<ToSpawner, { kind: 'start' }>;

const shell = '/bin/sh';
/** What goes through a pipe in one piece, so that the shell never waits for the rest (PIPE_BUF, pipe(7)). */
const maxLineBytes = 4096;
const nameOfVariable = /^[A-Z_]+$/;

export class WaitingShell {
  readonly #process: ChildProcess;

  /** Ends with this process, since its input does. `env`: the environment of whatever it becomes. */
  constructor(env: NodeJS.ProcessEnv) {
    this.#process = spawn(shell, [], { env, stdio: ['pipe', 'pipe', 'pipe'], detached: true });
    // one that could not be started, or was killed meanwhile, is seen by `isWaiting`
    this.#process.on('error', () => undefined);
    this.#process.stdin?.on('error', () => undefined);
  }

  /** The line that turns a waiting shell into this program; undefined for a program that needs more than that. */
  static lineFor({ file, args: [option, command, ...more], workingDirectory, environment, hasInput }: Start): string | undefined {
    const isPlain = file === shell && option === '-c' && command !== undefined && more.length === 0 && workingDirectory === undefined && !hasInput;
    if (!isPlain || command.includes('\0') || !Object.keys(environment).every((name) => nameOfVariable.test(name))) return undefined;
    const variables = Object.entries(environment).map(([name, value]) => `${name}=${quoted(value)} `);
    const line = `${variables.join('')}exec ${shell} -c ${quoted(command)} </dev/null\n`;
    return Buffer.byteLength(line) <= maxLineBytes ? line : undefined;
  }

  get isWaiting(): boolean {
    const { pid, exitCode, signalCode } = this.#process;
    return pid !== undefined && exitCode === null && signalCode === null;
  }

  /** It waits no more: from here on it is that program. */
  become(line: string): ChildProcess {
    this.#process.stdin?.end(line);
    return this.#process;
  }
}

/** As one word of the shell, whatever is in it. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
