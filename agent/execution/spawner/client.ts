/**
 * The agent's spawners: one for little to do, a few for much, since each starts one program after the other and waits
 * meanwhile. Idle ones end.
 */
import { limits } from '../../../protocol/limits.ts';
import type { Outcome } from '../../../protocol/outcome.ts';
import type { Program } from '../program.ts';
import type { Child } from './child.ts';
import { SpawnerProcess } from './spawner-process.ts';
import type { SpawnerOptions } from './spawner-process.ts';

/** With so many programs before it, another waits less at the next spawner. */
const longBacklog = 4;

export class Spawner {
  readonly #processes: readonly SpawnerProcess[];

  constructor(options: SpawnerOptions) {
    this.#processes = Array.from({ length: limits.maxSpawners }, () => new SpawnerProcess(options));
  }

  /** Numbers of its processes. */
  get pids(): readonly number[] {
    return this.#processes.flatMap(({ pid }) => pid ?? []);
  }

  /** Starts a program with the mark of its directive. The failure is that of the start only. */
  start(program: Program, directiveId: string, hasInput: boolean): Promise<Outcome<Child>> {
    return this.#next().start(program, directiveId, hasInput);
  }

  /** Ends them, and they end whatever they have started that still runs. */
  close(): void {
    for (const process of this.#processes) process.close();
  }

  /** The first that is not behind, so that the others may end; else the one with the least before it. */
  #next(): SpawnerProcess {
    const [first, ...others] = this.#processes;
    if (first === undefined) throw new Error('there is at least one');
    const ready = this.#processes.find(({ backlog }) => backlog < longBacklog);
    return ready ?? others.reduce((least, each) => (each.backlog < least.backlog ? each : least), first);
  }
}
