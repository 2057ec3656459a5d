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
import type { Environment } from './programs.ts';
import type { Stage } from './stage.ts';

/** For the agent's first contact and its first check-in. */
const onLineWithinMs = 30_000;
const enrolmentLifeMs = 10 * 60_000;

export type AgentSurroundings = { readonly folder: DataFolder; readonly stage: Stage; readonly connection: Connection };

/** Starts the agent and waits until the intermediary shows it on line. */
export async function startAgent(around: AgentSurroundings, tools: Tools): Promise<Outcome<Machine>> {
  const known = around.folder.memory?.agentId;
  if (known !== undefined) return runUntilOnLine(around, {}, ({ id }) => id === known);
  const enrolment = await enrolmentString(around.connection, tools);
  if (!enrolment.ok) return enrolment;
  const before = new Set(around.connection.machines.all.map(({ id }) => id));
  const started = await runUntilOnLine(around, { BEHEST_ENROL: enrolment.value }, ({ id }) => !before.has(id));
  // A first start that was killed just after the enrolment: the agent knows who it is, we do not.
  const wasEnrolled = !started.ok && started.code === 'already-enrolled';
  return wasEnrolled ? runUntilOnLine(around, {}, () => true) : started;
}

async function enrolmentString({ api }: Connection, tools: Tools): Promise<Outcome<string>> {
  const terms = await enrolmentTerms(api);
  return terms.ok ? makeEnrolment(api, terms.value, { site: 'default', uses: 1, lifeMs: enrolmentLifeMs }, tools) : terms;
}

async function runUntilOnLine({ folder, stage, connection }: AgentSurroundings, enrol: Environment, isIt: (machine: Machine) => boolean): Promise<Outcome<Machine>> {
  const onLine = Promise.withResolvers<Outcome<Machine>>();
  const watch = new MachineWatch(connection.desk.live, (machine) => {
    if (machine.online && isIt(machine)) onLine.resolve(success(machine));
  });
  const program = stage.start('agent', ['run', '--data', folder.at('agent'), '--exit-with-parent'], enrol);
  const timer = setTimeout(() => onLine.resolve(failure('timed-out', 'this machine’s agent did not come on line')), onLineWithinMs);
  const machine = await Promise.race([onLine.promise, program.ended]);
  clearTimeout(timer);
  watch.stop();
  if (!machine.ok) await stage.end(program);
  return machine;
}
