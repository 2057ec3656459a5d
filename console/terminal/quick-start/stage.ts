/**
 * What has been started and must be ended, whatever happens.
 */
import type { Failure } from '../../../protocol/outcome.ts';
import type { Connection } from '../connection.ts';
import { startProgram } from './programs.ts';
import type { Environment, ProgramName, RunningProgram } from './programs.ts';

export class Stage {
  readonly #programs = new Set<RunningProgram>();
  readonly #log: (line: string) => void;
  /** Ours to the intermediary, once there is one. */
  connection: Connection | undefined;

  constructor(log: (line: string) => void) {
    this.#log = log;
  }

  start(name: ProgramName, args: readonly string[], more: Environment = {}): RunningProgram {
    const program = startProgram(name, args, (line) => this.#log(`${name}: ${line}`), more);
    this.#programs.add(program);
    return program;
  }

  /** Ends one program on purpose. */
  async end(program: RunningProgram): Promise<void> {
    this.#programs.delete(program);
    await program.stop();
  }

  /** Why the first of them ended that should not have. */
  firstLoss(): Promise<Failure> {
    return Promise.race([...this.#programs].map(({ ended }) => ended));
  }

  /** Ends everything, the agent first so that it can say goodbye. */
  async clear(): Promise<void> {
    this.connection?.close();
    for (const name of ['agent', 'intermediary'] as const) {
      await Promise.all([...this.#programs].filter((program) => program.name === name).map((program) => this.end(program)));
    }
  }
}
