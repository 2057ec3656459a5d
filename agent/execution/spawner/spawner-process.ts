/**
 * The agent's hold on one spawner: there from the first program until a while after the last.
 */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import type { Clock, Timer } from '../../../protocol/clock.ts';
import { success } from '../../../protocol/outcome.ts';
import type { Failure, Outcome } from '../../../protocol/outcome.ts';
import { markName } from '../process-tree.ts';
import type { Program } from '../program.ts';
import { spawnFailure } from '../spawn-failure.ts';
import { Child } from './child.ts';
import type { FromSpawner, ToSpawner } from './messages.ts';

export type SpawnerOptions = {
  readonly clock: Clock;
  /** It ends when it has been idle for this long. */
  readonly idleMs: number;
};

/** A young generation of 1 MiB: what it handles is dead at once, and a smaller process forks faster. */
const flags = ['--max-semi-space-size=1'];

type Starting = { readonly program: Program; settle(outcome: Outcome<Child>): void };

export class SpawnerProcess {
  readonly #options: SpawnerOptions;
  readonly #starting = new Map<number, Starting>();
  readonly #children = new Map<number, Child>();
  #process: ChildProcess | undefined;
  #idle: Timer | undefined;
  #lastId = 0;

  constructor(options: SpawnerOptions) {
    this.#options = options;
  }

  /** Number of its process, while there is one. */
  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** Programs that it was given and has not started yet. */
  get backlog(): number {
    return this.#starting.size;
  }

  /** Starts a program with the mark of its directive. The failure is that of the start only. */
  start(program: Program, directiveId: string, hasInput: boolean): Promise<Outcome<Child>> {
    const id = ++this.#lastId;
    const { file, args, workingDirectory, argsAreVerbatim = false } = program;
    const environment = { ...program.environment, [markName]: directiveId };
    return new Promise((settle) => {
      this.#idle?.cancel();
      this.#starting.set(id, { program, settle });
      this.#say({ kind: 'start', id, file, args, argsAreVerbatim, workingDirectory, environment, hasInput });
    });
  }

  /** Ends it, and it ends whatever it has started that still runs. */
  close(): void {
    this.#idle?.cancel();
    if (this.#process?.connected === true) this.#process.disconnect();
  }

  #say(message: ToSpawner): void {
    this.#process ??= this.#launch();
    if (this.#process.connected) this.#process.send(message, () => undefined);
  }

  #launch(): ChildProcess {
    // on Windows it would else end with the agent, before it has ended what it started
    const detached = process.platform === 'win32';
    const launched = fork(new URL('./spawner.ts', import.meta.url), { serialization: 'advanced', execArgv: flags, stdio: ['ignore', 'ignore', 'inherit', 'ipc'], detached, windowsHide: true });
    launched.on('message', (message: FromSpawner) => this.#hear(message));
    launched.once('disconnect', () => this.#lost(launched));
    launched.once('error', () => this.#lost(launched));
    return launched;
  }

  #hear(message: FromSpawner): void {
    if (message.kind === 'started') this.#started(message.id, message.pid);
    else if (message.kind === 'failed') this.#settle(message.id, (program) => spawnFailure(program, message));
    else this.#children.get(message.id)?.hear(message);
    if (message.kind === 'failed' || message.kind === 'closed') this.#forget(message.id);
  }

  #started(id: number, pid: number): void {
    const child = new Child(id, pid, (message) => this.#say(message));
    this.#children.set(id, child);
    this.#settle(id, () => success(child));
  }

  #settle(id: number, outcome: (program: Program) => Outcome<Child>): void {
    const starting = this.#starting.get(id);
    this.#starting.delete(id);
    starting?.settle(outcome(starting.program));
  }

  #forget(id: number): void {
    this.#children.delete(id);
    if (this.#children.size + this.#starting.size > 0) return;
    this.#idle = this.#options.clock.after(this.#options.idleMs, () => this.close());
  }

  /** Whoever waits is told; the next program gets another spawner. */
  #lost(process: ChildProcess): void {
    if (this.#process !== process) return;
    this.#process = undefined;
    const gone: Failure = { ok: false, code: 'primitive-crashed', detail: 'the process that starts programs has ended' };
    for (const id of this.#starting.keys()) this.#settle(id, () => gone);
    for (const child of this.#children.values()) child.lose();
    this.#children.clear();
  }
}
