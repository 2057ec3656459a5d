/**
 * The agent of this machine: enrolled like any other, over the real API, and seen on line before it counts as started.
 */
import type { Machine } from '../../../protocol/messages/live.ts';
import { failure, success } from '../../../protocol/outcome.ts';
import type { Outcome } from '../../../protocol/outcome.ts';
import { enrolmentTerms, makeEnrolment } from '../../client/enrolments.ts';
import { MachineWatch } from '../../client/machines.ts';
import type { Connection, Tools } from '../connection.ts';
import type { DataFolder } from './data-folder.ts';
import { startProgram } from './programs.ts';
import type { RunningProgram } from './programs.ts';

/** For the agent's first contact and its first check-in. */
const onLineWithinMs = 30_000;
const enrolmentLifeMs = 10 * 60_000;

export type StartedAgent = { readonly program: RunningProgram; readonly machine: Machine };

/** Starts the agent and waits until the intermediary shows it on line. */
export async function startAgent(folder: DataFolder, connection: Connection, tools: Tools, log: (line: string) => void): Promise<Outcome<StartedAgent>> {
  const known = folder.memory?.agentId;
  const enrolment = known === undefined ? await enrolmentString(connection, tools) : success(undefined);
  if (!enrolment.ok) return enrolment;
  const started = await runUntilOnLine(folder, connection, { known, enrolment: enrolment.value, log });
  // A first start that was killed after the enrolment: the agent knows its identity, we do not.
  const again = !started.ok && started.code === 'already-enrolled';
  return again ? runUntilOnLine(folder, connection, { known, enrolment: undefined, log }) : started;
}

async function enrolmentString({ api }: Connection, tools: Tools): Promise<Outcome<string>> {
  const terms = await enrolmentTerms(api);
  return terms.ok ? makeEnrolment(api, terms.value, { site: 'default', uses: 1, lifeMs: enrolmentLifeMs }, tools) : terms;
}

type AgentStart = { readonly known: string | undefined; readonly enrolment: string | undefined; log(line: string): void };

async function runUntilOnLine(folder: DataFolder, connection: Connection, { known, enrolment, log }: AgentStart): Promise<Outcome<StartedAgent>> {
  const before = new Set(connection.machines.all.map(({ id }) => id));
  const onLine = Promise.withResolvers<Outcome<Machine>>();
  const watch = new MachineWatch(connection.desk.live, (machine) => {
    if (machine.online && (known === undefined ? !before.has(machine.id) || enrolment === undefined : machine.id === known)) onLine.resolve(success(machine));
  });
  const enrol = enrolment === undefined ? [] : ['--enrol', enrolment];
  const program = startProgram('agent', ['run', '--data', folder.at('agent'), '--exit-with-parent', ...enrol], log);
  const timer = setTimeout(() => onLine.resolve(failure('timed-out', 'this machine’s agent did not come on line')), onLineWithinMs);
  const machine = await Promise.race([onLine.promise, program.ended]);
  clearTimeout(timer);
  watch.stop();
  if (machine.ok) return success({ program, machine: machine.value });
  await program.stop();
  return machine;
}
