/**
 * `behest run`: one primitive on one machine, its output as it comes, its report as the exit code; or on many, with numbers.
 */
import { Command } from 'commander';
import { limits } from '../../../protocol/limits.ts';
import { failure, success } from '../../../protocol/outcome.ts';
import type { Outcome } from '../../../protocol/outcome.ts';
import type { DirectiveTarget, Machine } from '../../../protocol/messages/live.ts';
import { carryOut } from '../../client/carry-out.ts';
import type { Ending, SingleAct } from '../../client/carry-out.ts';
import { secondsText } from '../../client/contact-words.ts';
import { cancelDirective, giveDirective } from '../../client/directives.ts';
import type { GivenDirective } from '../../client/directives.ts';
import { rolloutFrom } from '../../client/fleet.ts';
import type { RolloutOptions } from '../../client/fleet.ts';
import { lineOf } from '../../client/machine-line.ts';
import { primitivesOf } from '../../client/machines.ts';
import type { Connection } from '../connection.ts';
import { machineNamed } from '../connection.ts';
import { chosenMachines, namesFleet, runOnFleet, withFleetOptions, withRolloutOptions } from '../fleet.ts';
import type { FleetOptions } from '../fleet.ts';
import { paramsFrom } from '../params.ts';
import { ago, parseDuration, writeDuration, writeMoment } from '../text/durations.ts';
import { plain } from '../text/plain.ts';
import { resultLines } from '../text/result.ts';
import { conclude, exitCodes, withConnection } from '../toolkit.ts';
import type { CommandEnd, Toolkit } from '../toolkit.ts';

type RunOptions = FleetOptions & RolloutOptions & { params?: string; json?: boolean; timeout?: string; keep?: string; wait: boolean };

export function runCommand(toolkit: Toolkit): Command {
  return withRolloutOptions(withFleetOptions(new Command('run')))
    .description('run a primitive on a machine, or on many, and wait for the reports')
    .argument('[agent]', 'name or id of the machine (see behest agents); none with --all, --site, --search or --agents')
    .argument('[primitive]', 'what to run (see behest primitives)')
    .argument('[flags...]', 'parameters as flags, such as --command "uptime"')
    .option('--params <json>', 'all parameters as one JSON object')
    .option('--json', 'print the final report as JSON instead of output and result')
    .option('--timeout <duration>', `time limit on the machine (default ${writeDuration(limits.defaultTimeoutMs)})`)
    .option('--keep <duration>', `how long it waits for a machine that is off line (default ${writeDuration(limits.defaultQueuedMs)})`)
    .option('--no-wait', 'do not wait for a machine that is off line, nor for many machines')
    .allowUnknownOption()
    .addHelpText('after', '\nExit code: 0 if every report says succeeded, 1 if anything else, 2 if the command was not understood.')
    .action((...[first, second, rest, options, command]: [string | undefined, string | undefined, string[], RunOptions, Command]) => {
      const words = [first, second, ...rest].filter((word) => word !== undefined);
      return conclude(toolkit, withConnection(toolkit, command, (connection) => (namesFleet(options) ? runOnMany(toolkit, connection, words, options) : runOnOne(toolkit, connection, words, options))));
    });
}

type Asked = { readonly primitive: string; readonly flags: readonly string[]; readonly options: RunOptions };

async function runOnOne(toolkit: Toolkit, connection: Connection, [agent, primitive, ...flags]: readonly string[], options: RunOptions): Promise<CommandEnd> {
  if (agent === undefined || primitive === undefined) return failure('usage', 'write a machine and a primitive: behest run AGENT PRIMITIVE');
  const machine = machineNamed(connection, agent);
  if (!machine.ok) return machine;
  const act = await actOf(connection, machine.value, { primitive, flags, options });
  if (!act.ok) return act;
  return giveAndFollow(toolkit, connection, act.value, { ...options, show: (ending) => showResult(toolkit, connection, machine.value, ending) });
}

async function runOnMany(toolkit: Toolkit, connection: Connection, [primitive, ...flags]: readonly string[], options: RunOptions): Promise<CommandEnd> {
  if (primitive === undefined) return failure('usage', 'write a primitive: behest run --all PRIMITIVE');
  const machines = chosenMachines(connection, options, toolkit.clock.now());
  if (!machines.ok) return machines;
  const rollout = rolloutFrom(options, machines.value.length);
  if (!rollout.ok) return rollout;
  const [one] = machines.value;
  if (one === undefined) return failure('no-such-machine', 'no machine fits');
  const act = await actOf(connection, one, { primitive, flags, options });
  if (!act.ok) return act;
  const { machine: _, ...asked } = act.value;
  const fleet = { ...asked, machines: machines.value, ...(rollout.value === undefined ? {} : { rollout: rollout.value }) };
  return runOnFleet(toolkit, connection, fleet, { wait: options.wait, json: options.json === true });
}

export type FollowOptions = { readonly json?: boolean; readonly wait: boolean; show(ending: Ending): Promise<void> | void };

/** From the signed directive to the exit code: its output and how far it is meanwhile, its result by `show`. */
export async function giveAndFollow(toolkit: Toolkit, connection: Connection, act: SingleAct, { json = false, wait, show }: FollowOptions): Promise<CommandEnd> {
  const { machine } = act;
  if (!machine.online) sayQueued(toolkit, machine, act);
  if (!machine.online && !wait) return leaveQueued(toolkit, connection, act);
  const ended = await carryOutWithCancel(toolkit, connection, act, json);
  if (!ended.ok) return ended;
  if (!json) await show(ended.value);
  return conclusion(toolkit, machine, ended.value, json);
}

/** On standard output, as facts and tables by the primitive's schema. How a program ended is said at the end in any case. */
async function showResult({ io }: Toolkit, connection: Connection, machine: Machine, { given, report, unverified }: Ending): Promise<void> {
  if (report.result === undefined || unverified !== undefined) return;
  const known = await primitivesOf(connection.api, machine.id);
  const result = known.ok ? known.value.find(({ name }) => name === given.directive.primitive)?.result : undefined;
  if (result !== undefined && isProgramExit(result)) return;
  for (const line of resultLines(result ?? {}, report.result, io.width)) io.line(line);
}

function isProgramExit({ properties }: Record<string, unknown>): boolean {
  return typeof properties === 'object' && properties !== null && Object.keys(properties).join() === 'exitCode,signal';
}

async function actOf(connection: Connection, machine: Machine, { primitive, flags, options }: Asked): Promise<Outcome<SingleAct>> {
  const timeoutMs = options.timeout === undefined ? success(limits.defaultTimeoutMs) : parseDuration(options.timeout);
  if (!timeoutMs.ok) return timeoutMs;
  const keepMs = options.keep === undefined ? success(limits.defaultQueuedMs) : parseDuration(options.keep);
  if (!keepMs.ok) return keepMs;
  const params = await paramsFrom(connection.api, machine, primitive, { json: options.params, flags });
  return params.ok ? success({ machine, primitive, params: params.value, timeoutMs: timeoutMs.value, keepMs: keepMs.value }) : params;
}

function sayQueued({ io, clock }: Toolkit, machine: Machine, act: SingleAct): void {
  const until = writeMoment(clock.now() + (act.keepMs ?? limits.defaultQueuedMs));
  const state = lineOf(machine, clock.now()) === 'polling' ? `polls every ${secondsText(machine.pollSeconds ?? 0)}, last call ${ago(machine.sinceMs, clock.now())}` : `is off line since ${writeMoment(machine.sinceMs)}`;
  io.note(`${plain(machine.name)} ${state}. The directive is queued and kept until ${until}.`);
}

async function leaveQueued({ io }: Toolkit, connection: Connection, { machine, ...act }: SingleAct): Promise<CommandEnd> {
  const given = await giveDirective(connection.desk, { ...act, machines: [machine] });
  if (!given.ok) return given;
  io.note(`queued as directive ${given.value.directive.id}`);
  return success(exitCodes.done);
}

/** The first Ctrl-C cancels the directive and waits for its report; the second leaves. */
async function carryOutWithCancel(toolkit: Toolkit, connection: Connection, act: SingleAct, quiet: boolean): Promise<Outcome<Ending>> {
  const { io } = toolkit;
  let given: GivenDirective | undefined;
  const cancel = async (directiveId: string): Promise<void> => {
    const asked = await cancelDirective(connection.desk, directiveId);
    if (!asked.ok) io.fail(asked);
  };
  const interrupted = (): void => {
    if (given === undefined) process.exit(exitCodes.interrupted);
    process.once('SIGINT', () => process.exit(exitCodes.interrupted));
    io.note(`cancelling directive ${given.directive.id} (Ctrl-C again leaves without waiting)`);
    void cancel(given.directive.id);
  };
  process.once('SIGINT', interrupted);
  const ended = await carryOut(
    connection.desk,
    act,
    {
      given: (directive) => (given = directive),
      ...(quiet ? {} : { output: outputTo(toolkit), state: (target: DirectiveTarget) => sayProgress(toolkit, target) }),
    },
    () => connection.machines.get(act.machine.id),
  );
  process.off('SIGINT', interrupted);
  return ended;
}

function outputTo({ io }: Toolkit) {
  return {
    output: (channel: 'stdout' | 'stderr', bytes: Uint8Array) => io.write(channel, bytes),
    missed: (channel: 'stdout' | 'stderr', bytes: number) => io.note(`[${bytes} bytes of ${channel} came too fast for this terminal and are missing here]`),
  };
}

function sayProgress({ io }: Toolkit, { percent, note, state }: DirectiveTarget): void {
  if (state === 'running' && percent !== undefined) io.note(`${Math.round(percent)}%${note === undefined ? '' : ` ${plain(note)}`}`);
}

/** Prints the end and gives the exit code. A report that was not verified never counts as success. */
function conclusion({ io }: Toolkit, machine: Machine, { given, report, unverified }: Ending, asJson: boolean): CommandEnd {
  if (asJson) io.json({ ...report, verified: unverified === undefined });
  if (unverified !== undefined) return failure(unverified.code, `the report of ${machine.name} is unverified: ${unverified.detail}`);
  const took = report.startedAtMs === undefined ? '' : ` in ${writeDuration(report.endedAtMs - report.startedAtMs)}`;
  const tone = report.status === 'succeeded' ? 'good' : 'bad';
  const code = report.code === undefined ? '' : `[${plain(report.code)}]`;
  const detail = report.detail === undefined || report.detail === '' ? '' : `: ${plain(report.detail)}`;
  io.note(`${io.paintNote(tone, `${report.status}${code}`)} on ${plain(machine.name)}${took}${detail} ${io.paintNote('quiet', `(directive ${given.directive.id})`)}`);
  return success(report.status === 'succeeded' ? exitCodes.done : exitCodes.failed);
}
