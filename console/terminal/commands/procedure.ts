/**
 * `behest procedure`: checks a procedure in a file, says what it would do, or has a machine run it.
 */
import { Command } from 'commander';
import { limits } from '../../../protocol/limits.ts';
import { failure, success } from '../../../protocol/outcome.ts';
import type { Outcome } from '../../../protocol/outcome.ts';
import type { Machine } from '../../../protocol/messages/live.ts';
import { readProcedure } from '../../../protocol/procedure/check.ts';
import { planOf } from '../../../protocol/procedure/plan.ts';
import type { PlannedStep } from '../../../protocol/procedure/plan.ts';
import type { Procedure } from '../../../protocol/procedure/procedure.ts';
import { riskOf } from '../../../protocol/procedure/risk.ts';
import { notYet, ProcedureResult, valuesOf } from '../../../protocol/procedure/run.ts';
import { runPrimitive } from '../../../protocol/procedure/steps.ts';
import type { ReportedStep } from '../../../protocol/procedure/run.ts';
import { formOf } from '../../../protocol/form.ts';
import type { Ending } from '../../client/carry-out.ts';
import { primitivesOf } from '../../client/machines.ts';
import { machineNamed } from '../connection.ts';
import type { Connection } from '../connection.ts';
import { readProcedureFile, typedValues } from '../procedure-file.ts';
import { parseDuration, writeDuration } from '../text/durations.ts';
import { plain } from '../text/plain.ts';
import { table } from '../text/table.ts';
import { conclude, exitCodes, withConnection } from '../toolkit.ts';
import type { CommandEnd, Toolkit } from '../toolkit.ts';
import { anyMachine } from './primitives.ts';
import { giveAndFollow } from './run.ts';

export function procedureCommand(toolkit: Toolkit): Command {
  return new Command('procedure')
    .description('check a procedure, see what it would do, or run it on a machine (docs/procedures.md)')
    .addCommand(checkCommand(toolkit))
    .addCommand(runCommand(toolkit));
}

function checkCommand(toolkit: Toolkit): Command {
  return new Command('check')
    .description('check a procedure against the primitives of a machine')
    .argument('<file>', 'YAML or JSON')
    .option('--agent <agent>', 'the machine (default: the first that is on line)')
    .addHelpText('after', '\nExit code: 0 if nothing is wrong, 1 if anything is.')
    .action((file: string, options: { agent?: string }, command: Command) =>
      conclude(toolkit, withConnection(toolkit, command, (connection) => check(toolkit, connection, file, options.agent))));
}

type RunOptions = { param: string[]; dryRun?: boolean; json?: boolean; timeout?: string; keep?: string; wait: boolean };

function runCommand(toolkit: Toolkit): Command {
  return new Command('run')
    .description('run a procedure on a machine and wait for its report')
    .argument('<agent>', 'name or id of the machine (see behest agents)')
    .argument('<file>', 'YAML or JSON')
    .option('--param <name=value>', 'value of a parameter; several of one name make a list', (value: string, before: string[]) => [...before, value], [])
    .option('--dry-run', 'only say what it would do; nothing is sent')
    .option('--json', 'print the final report as JSON instead of output and steps')
    .option('--timeout <duration>', `time limit on the machine (default: that of the procedure, or ${writeDuration(limits.defaultTimeoutMs)})`)
    .option('--keep <duration>', `how long it waits for a machine that is off line (default ${writeDuration(limits.defaultQueuedMs)})`)
    .option('--no-wait', 'do not wait for a machine that is off line')
    .addHelpText('after', '\nExit code: 0 if the report says succeeded, 1 if anything else, 2 if the command was not understood.')
    .action((agent: string, file: string, options: RunOptions, command: Command) =>
      conclude(toolkit, withConnection(toolkit, command, (connection) => run(toolkit, connection, { agent, file, options }))));
}

type Checked = { readonly procedure: Procedure; readonly risk: string };

async function check(toolkit: Toolkit, connection: Connection, file: string, agent: string | undefined): Promise<CommandEnd> {
  const machine = agent === undefined ? anyMachine(connection) : machineNamed(connection, agent);
  if (!machine.ok) return machine;
  const read = await readChecked(toolkit, connection, machine.value, file);
  if (!read.ok) return read;
  const { procedure, risk } = read.value;
  toolkit.io.line(`${plain(procedure.title)}: ${procedure.steps.length} steps, risk ${risk}`);
  const lacking = notYet(procedure);
  return lacking === undefined ? success(exitCodes.done) : failure('not-supported', lacking);
}

/** All faults are said; the failure counts them. */
async function readChecked({ io }: Toolkit, connection: Connection, machine: Machine, file: string): Promise<Outcome<Checked>> {
  const value = readProcedureFile(file);
  if (!value.ok) return value;
  const listed = await primitivesOf(connection.api, machine.id);
  if (!listed.ok) return listed;
  const known = new Map(listed.value.map((primitive) => [primitive.name, primitive]));
  const read = readProcedure(value.value, (name) => known.get(name));
  if ('procedure' in read) return success({ procedure: read.procedure, risk: riskOf(read.procedure, (name) => known.get(name)?.risk) });
  for (const { at, message } of read.faults) io.note(`${plain(at)}: ${plain(message)}`);
  return failure('procedure-invalid', `${read.faults.length} ${read.faults.length === 1 ? 'fault' : 'faults'} in ${file}`);
}

type Asked = { readonly agent: string; readonly file: string; readonly options: RunOptions };

async function run(toolkit: Toolkit, connection: Connection, { agent, file, options }: Asked): Promise<CommandEnd> {
  const machine = machineNamed(connection, agent);
  if (!machine.ok) return machine;
  const read = await readChecked(toolkit, connection, machine.value, file);
  if (!read.ok) return read;
  const { procedure, risk } = read.value;
  // before anything is said of values: a secret must not leave this machine
  const lacking = notYet(procedure);
  if (lacking !== undefined) return failure('not-supported', lacking);
  const typed = typedValues(procedure, options.param);
  if (!typed.ok) return typed;
  const values = valuesOf(procedure, typed.value);
  if (!values.ok) return values;
  if (options.dryRun === true) return sayPlan(toolkit, { procedure, risk }, values.value);
  const times = timesOf(procedure, options);
  if (!times.ok) return times;
  const act = { machine: machine.value, primitive: runPrimitive, params: { procedure, values: values.value }, ...times.value };
  return giveAndFollow(toolkit, connection, act, { ...options, show: (ending) => showSteps(toolkit, ending) });
}

function timesOf({ timeLimitSeconds }: Procedure, { timeout, keep }: RunOptions): Outcome<{ timeoutMs: number; keepMs: number }> {
  // what the procedure says of itself ends it first, and names the step
  const own = timeLimitSeconds === undefined ? limits.defaultTimeoutMs : Math.min(limits.maxTimeoutMs, (timeLimitSeconds + 60) * 1000);
  const timeoutMs = timeout === undefined ? success(own) : parseDuration(timeout);
  if (!timeoutMs.ok) return timeoutMs;
  const keepMs = keep === undefined ? success(limits.defaultQueuedMs) : parseDuration(keep);
  return keepMs.ok ? success({ timeoutMs: timeoutMs.value, keepMs: keepMs.value }) : keepMs;
}

function sayPlan({ io }: Toolkit, { procedure, risk }: Checked, values: Readonly<Record<string, unknown>>): CommandEnd {
  const columns = [
    { title: 'STEP', value: ({ name, within }: PlannedStep) => `${within === undefined ? '' : '  '}${name}` },
    { title: 'CALLS', value: ({ primitive = 'side by side' }: PlannedStep) => primitive },
    { title: 'WITH', value: ({ params }: PlannedStep) => (params === undefined ? '' : JSON.stringify(params)) },
    { title: 'BUT', value: conditionsOf },
  ];
  for (const line of table(columns, planOf(procedure, values), io.width)) io.line(line);
  io.note(`Nothing was sent. Risk ${risk}.`);
  return success(exitCodes.done);
}

function conditionsOf({ when, forEach, onError, goTo }: PlannedStep): string {
  const said = [when === undefined ? undefined : `if ${when}`, forEach === undefined ? undefined : `for each of ${forEach}`, onError === undefined ? undefined : `on error ${onError}`, goTo === undefined ? undefined : `then ${goTo}`];
  return said.filter((one) => one !== undefined).join('; ');
}

const resultForm = formOf(ProcedureResult);

function showSteps({ io }: Toolkit, { report, unverified }: Ending): void {
  if (unverified !== undefined || !resultForm.check(report.result)) return;
  const columns = [
    { title: 'STEP', value: ({ name }: ReportedStep) => name },
    { title: 'STATE', value: ({ state, rounds }: ReportedStep) => `${state.replace('-', ' ')}${rounds === undefined ? '' : `, ${rounds} rounds`}` },
    { title: 'TOOK', value: tookOf },
    { title: 'WHY', value: ({ code, detail = '' }: ReportedStep) => (code === undefined ? '' : `[${code}] ${detail}`) },
  ];
  for (const line of table(columns, report.result.steps, io.width)) io.line(line);
}

function tookOf({ startedAtMs, endedAtMs }: ReportedStep): string {
  return startedAtMs === undefined || endedAtMs === undefined ? '' : writeDuration(Math.max(0, endedAtMs - startedAtMs));
}
