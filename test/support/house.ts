/**
 * A whole small installation whose programs a test may kill and start again: the real intermediary and the real agent,
 * founded by the quick start's own steps, and a desk at which directives are given.
 */
import { join } from 'node:path';
import { systemClock, systemRandom } from '../../protocol/clock.ts';
import type { Machine } from '../../protocol/messages/live.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import { enrolmentTerms, makeEnrolment } from '../../console/client/enrolments.ts';
import { connect } from '../../console/terminal/connection.ts';
import type { Connection } from '../../console/terminal/connection.ts';
import { DataFolder } from '../../console/terminal/quick-start/data-folder.ts';
import { foundInstallation } from '../../console/terminal/quick-start/found.ts';
import { choosePort } from '../../console/terminal/quick-start/port.ts';
import { readProfile, writeProfile } from '../../console/terminal/profile.ts';
import { startProgram } from '../../console/terminal/quick-start/programs.ts';
import type { RunningProgram } from '../../console/terminal/quick-start/programs.ts';
import { eventually } from './behest.ts';
import type { Owner } from './owner.ts';
import { temporaryFolder } from './temporary-folder.ts';

const tools = { clock: systemClock, random: systemRandom };

/** The ports at which agent and console find the intermediary: those of paths in front of it. */
export type Paths = { readonly agent: number; readonly console: number };

/** Starts an agent with its data below the installation's folder. */
export type BeginAgent = (path: string, enrol: readonly string[]) => RunningProgram;

export class House {
  readonly path: string;
  readonly connection: Connection;
  readonly #port: number;
  readonly #begin: BeginAgent;
  intermediary: RunningProgram;
  agent: RunningProgram;

  private constructor(made: Pick<House, 'path' | 'connection' | 'intermediary' | 'agent'> & { port: number; begin: BeginAgent }) {
    this.path = made.path;
    this.connection = made.connection;
    this.intermediary = made.intermediary;
    this.agent = made.agent;
    this.#port = made.port;
    this.#begin = made.begin;
  }

  /**
   * Founds it and waits until the one machine is on line. It is taken down when the test ends. `lay` may put paths in front
   * of the intermediary's port, `begin` start another agent than this very Node with this checkout.
   */
  static async build(t: Owner, lay = async (port: number): Promise<Paths> => ({ agent: port, console: port }), begin: BeginAgent = startAgent): Promise<House> {
    const folder = take(DataFolder.claim(await temporaryFolder(t)));
    const port = take(await choosePort(0, undefined));
    const paths = await lay(port);
    take(await foundInstallation(folder, { port: paths.agent }, tools));
    writeProfile(folder.at('profile.json'), { ...take(readProfile(folder.at('profile.json'))), address: `https://localhost:${paths.console}` });
    const intermediary = startIntermediary(folder.path, port);
    take(await intermediary.ready);
    const connection = take(await connect({ dataFolder: folder.path, profilePath: folder.at('profile.json') }, tools));
    const enrolment = take(await makeEnrolment(connection.api, take(await enrolmentTerms(connection.api)), { site: 'default', uses: 1, lifeMs: 600_000 }, tools));
    const agent = begin(folder.path, ['--enrol', enrolment]);
    const house = new House({ path: folder.path, connection, intermediary, agent, port, begin });
    t.teardown(async () => {
      connection.close();
      await house.agent.stop();
      await house.intermediary.stop();
      folder.release();
    });
    await eventually(() => house.machine?.online === true, 60_000);
    return house;
  }

  get machine(): Machine | undefined {
    return this.connection.machines.all[0];
  }

  /** kill -9, and a new process in its place. */
  async killAgent(): Promise<void> {
    await kill(this.agent);
    this.agent = this.#begin(this.path, []);
  }

  /** Stopped as an administrator does, and started again. */
  async restartAgent(): Promise<void> {
    await this.agent.stop();
    this.agent = this.#begin(this.path, []);
  }

  /** `meanwhile` may do something to its database, whose path it is given. */
  async killIntermediary(meanwhile?: (database: string) => void): Promise<void> {
    await kill(this.intermediary);
    meanwhile?.(join(this.path, 'intermediary', 'intermediary.db'));
    this.intermediary = startIntermediary(this.path, this.#port);
  }
}

/** The value of what must not fail in a test. */
export function take<T>(outcome: Outcome<T>): T {
  if (!outcome.ok) throw new Error(`${outcome.code}: ${outcome.detail}`);
  return outcome.value;
}

async function kill(program: RunningProgram): Promise<void> {
  if (program.pid !== undefined) process.kill(program.pid, 'SIGKILL');
  await program.ended;
}

function startIntermediary(path: string, port: number): RunningProgram {
  const signed = ['--root', `${path}/owner/root.json`, '--policy', `${path}/owner/policy.json`];
  return startProgram('intermediary', ['run', '--data', `${path}/intermediary`, '--port', String(port), ...signed, '--json', '--exit-with-parent'], () => {});
}

function startAgent(path: string, enrol: readonly string[]): RunningProgram {
  return startProgram('agent', ['run', '--data', `${path}/agent`, '--json', '--exit-with-parent', ...enrol], () => {});
}
