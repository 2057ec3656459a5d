/**
 * The spawner: a process of its own that starts the programs of the agent's directives. Starting one copies the page
 * tables of whoever starts it, which takes some 0.03 ms for each megabyte it uses and stops all else meanwhile: so it is
 * left to a process that is small and has nothing else to do. It imports next to nothing, lives while there is work, and
 * when the agent is gone it ends what it started.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { OutputChannel } from '../output.ts';
import { endWindowsTree } from '../windows-tree.ts';
import type { FromSpawner, ToSpawner } from './messages.ts';
import { WaitingShell } from './waiting-shell.ts';

type Start = Extract<ToSpawner, { kind: 'start' }>;

/** Output of one channel under way to the agent; then the pipe waits, and so does whoever writes into it. */
const windowBytes = 256 * 1024;

/** Mostly the pipes close with the program, and one message says both; after this long its end is told by itself. */
const closesWithinMs = 10;

/** Copied once: reading process.env asks the operating system for each variable each time. */
const inherited = { ...process.env };

const isWindows = process.platform === 'win32';

const children = new Map<number, Child>();
/** For the next command. */
let waiting: WaitingShell | undefined;

class Child {
  readonly #id: number;
  readonly #process: ChildProcess;
  readonly #untaken: Record<OutputChannel, number> = { stdout: 0, stderr: 0 };

  constructor(id: number, process: ChildProcess) {
    this.#id = id;
    this.#process = process;
    this.#process.once('error', ({ message, ...error }: NodeJS.ErrnoException) => this.#end({ kind: 'failed', id, code: error.code, message }));
    // an input that the program never reads is no fault of ours
    this.#process.stdin?.on('error', () => this.#process.stdin?.destroy());
    if (this.#process.pid !== undefined) this.#follow(this.#process.pid);
  }

  input(bytes: Uint8Array): void {
    const { stdin } = this.#process;
    const taken = (): void => say({ kind: 'input-taken', id: this.#id });
    if (stdin?.writable === true) stdin.write(bytes, taken);
    else taken();
  }

  endInput(): void {
    this.#process.stdin?.end();
  }

  taken(channel: OutputChannel, bytes: number): void {
    this.#untaken[channel] -= bytes;
    if (this.#untaken[channel] < windowBytes) this.#process[channel]?.resume();
  }

  drop(): void {
    this.#process.stdout?.destroy();
    this.#process.stderr?.destroy();
  }

  async kill(): Promise<void> {
    const { pid, exitCode, signalCode } = this.#process;
    if (pid === undefined || exitCode !== null || signalCode !== null) return;
    if (isWindows) return endWindowsTree(pid);
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // it has ended by itself
    }
  }

  #follow(pid: number): void {
    const child = this.#process;
    const id = this.#id;
    say({ kind: 'started', id, pid });
    this.#pass('stdout', child.stdout);
    this.#pass('stderr', child.stderr);
    child.once('close', (exitCode, signal) => this.#end({ kind: 'closed', id, exitCode, signal }));
    child.once('exit', (exitCode, signal) => {
      const late = setTimeout(() => say({ kind: 'exited', id, exitCode, signal }), closesWithinMs);
      child.once('close', () => clearTimeout(late));
    });
  }

  #pass(channel: OutputChannel, pipe: Readable | null): void {
    pipe?.on('data', (bytes: Uint8Array) => {
      say({ kind: 'output', id: this.#id, channel, bytes });
      this.#untaken[channel] += bytes.byteLength;
      if (this.#untaken[channel] >= windowBytes) pipe.pause();
    });
  }

  #end(word: FromSpawner): void {
    children.delete(this.#id);
    say(word);
    setImmediate(prepareShell);
  }
}

/** The waiting shell where it will do. */
function startProcess(message: Start): ChildProcess {
  const line = WaitingShell.lineFor(message);
  if (line === undefined || waiting?.isWaiting !== true) return spawnProcess(message);
  const shell = waiting;
  waiting = undefined;
  return shell.become(line);
}

/**
 * A group of its own on Unix. On Windows, Node holds what is not detached in a job object that ends with this process, whatever
 * becomes of it.
 */
function spawnProcess({ file, args, argsAreVerbatim, workingDirectory: cwd, environment, hasInput }: Start): ChildProcess {
  const stdio = [hasInput ? 'pipe' : 'ignore', 'pipe', 'pipe'] as const;
  return spawn(file, args, { cwd, env: { ...inherited, ...environment }, stdio: [...stdio], detached: !isWindows, windowsHide: true, windowsVerbatimArguments: argsAreVerbatim });
}

/** When nothing is to be done: what it costs is then no other program's time. */
function prepareShell(): void {
  if (isWindows || children.size > 0 || waiting?.isWaiting === true) return;
  try {
    waiting = new WaitingShell(inherited);
  } catch {
    // no memory or no process to be had: whoever asks for a program will be told so
    waiting = undefined;
  }
}

function say(message: FromSpawner): void {
  if (process.connected) process.send?.(message);
}

function start(message: Start): void {
  try {
    children.set(message.id, new Child(message.id, startProcess(message)));
  } catch (error) {
    const { code, message: text } = error as NodeJS.ErrnoException;
    say({ kind: 'failed', id: message.id, code, message: text });
  }
}

process.on('message', (message: ToSpawner) => {
  switch (message.kind) {
    case 'start': return start(message);
    case 'input': return children.get(message.id)?.input(message.bytes);
    case 'end-input': return children.get(message.id)?.endInput();
    case 'taken': return children.get(message.id)?.taken(message.channel, message.bytes);
    case 'drop': return children.get(message.id)?.drop();
  }
});

process.on('disconnect', () => {
  void Promise.all([...children.values()].map((child) => child.kill())).then(() => process.exit());
});

// What ends the agent's group is the agent's to answer; this process ends with its pipe.
for (const signal of ['SIGINT', 'SIGHUP', 'SIGTERM'] as const) process.on(signal, () => undefined);
