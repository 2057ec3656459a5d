/**
 * `behest schedule`: directives that machines run by the clock, connected or not.
 */
import { Command } from 'commander';
import { parseCron } from '../../../protocol/cron.ts';
import { limits } from '../../../protocol/limits.ts';
import type { Machine } from '../../../protocol/messages/live.ts';
import { failure, success } from '../../../protocol/outcome.ts';
import type { Outcome } from '../../../protocol/outcome.ts';
import type { Schedule } from '../../../protocol/statements/directive.ts';
import { cancelDirective, giveDirective } from '../../client/directives.ts';
import { countOf } from '../../client/fleet.ts';
import { firingsOf, standingDirectives } from '../../client/schedules.ts';
import type { KnownFiring, StandingDirective } from '../../client/schedules.ts';
import type { Connection } from '../connection.ts';
import { machineNamed } from '../connection.ts';
import { chosenMachines, namesFleet, withFleetOptions } from '../fleet.ts';
import type { FleetOptions } from '../fleet.ts';
import { paramsFrom } from '../params.ts';
import { toneOf } from '../text/colours.ts';
import { parseDuration, writeDuration, writeMoment } from '../text/durations.ts';
import { table } from '../text/table.ts';
import { conclude, exitCodes, withConnection } from '../toolkit.ts';
import type { CommandEnd, Toolkit } from '../toolkit.ts';

type AddOptions = FleetOptions & { cron: string; window: string; spread?: string; catchUp?: boolean; for: string; params?: string; timeout?: string; json?: boolean };

export function scheduleCommand(toolkit: Toolkit): Command {
  return new Command('schedule')
    .description('directives that machines run by the clock, connected or not')
    .addCommand(addCommand(toolkit))
    .addCommand(listCommand(toolkit))
    .addCommand(firingsCommand(toolkit))
    .addCommand(
      new Command('remove')
        .description('end one')
        .argument('<directive>', 'its id (see behest schedule list)')
        .action((id: string, ...[, command]: [unknown, Command]) =>
          conclude(toolkit, withConnection(toolkit, command, async ({ desk }) => {
            const cancelled = await cancelDirective(desk, id);
            return cancelled.ok ? success(exitCodes.done) : cancelled;
          }))),
    );
}

function addCommand(toolkit: Toolkit): Command {
  return withFleetOptions(new Command('add'))
    .description('have machines run a primitive by a schedule, each by its own clock and time zone')
    .argument('[agent]', 'name or id of the machine; none with --all, --site, --search or --agents')
    .argument('[primitive]', 'what to run (see behest primitives)')
    .argument('[flags...]', 'parameters as flags')
    .requiredOption('--cron <expression>', 'minute, hour, day of the month, month, day of the week, such as "0 3 * * mon"')
    .option('--window <duration>', 'how late it may still begin', '15m')
    .option('--spread <duration>', 'spread the machines over so much time, each always at the same moment in it')
    .option('--catch-up', 'a machine that was off beyond the window runs the last one once when it is back')
    .option('--for <duration>', `how long the schedule holds, ${writeDuration(limits.maxStandingMs)} at most`, '30d')
    .option('--params <json>', 'all parameters as one JSON object')
    .option('--timeout <duration>', `time limit of each run (default ${writeDuration(limits.defaultTimeoutMs)})`)
    .option('--json', 'print the id as JSON')
    .allowUnknownOption()
    .action((...[first, second, rest, options, command]: [string | undefined, string | undefined, string[], AddOptions, Command]) => {
      const words = [first, second, ...rest].filter((word) => word !== undefined);
      return conclude(toolkit, withConnection(toolkit, command, (connection) => add(toolkit, connection, words, options)));
    });
}

async function add({ io, clock }: Toolkit, connection: Connection, words: readonly string[], options: AddOptions): Promise<CommandEnd> {
  const chosen = namesFleet(options) ? chosenMachines(connection, options, clock.now()) : oneOf(connection, words[0]);
  if (!chosen.ok) return chosen;
  const [primitive, ...flags] = namesFleet(options) ? words : words.slice(1);
  const [first] = chosen.value;
  if (primitive === undefined || first === undefined) return failure('usage', 'write a machine and a primitive: behest schedule add AGENT --cron "0 3 * * *" PRIMITIVE');
  const standing = standingFrom(options);
  if (!standing.ok) return standing;
  const timeoutMs = parseDuration(options.timeout ?? '10m');
  if (!timeoutMs.ok) return timeoutMs;
  const params = await paramsFrom(connection.api, first, primitive, { json: options.params, flags });
  if (!params.ok) return params;
  const given = await giveDirective(connection.desk, { machines: chosen.value, primitive, params: params.value, timeoutMs: timeoutMs.value, ...standing.value });
  if (!given.ok) return given;
  const { id } = given.value.directive;
  if (options.json === true) io.json({ directiveId: id });
  else io.note(`standing on ${chosen.value.length === 1 ? first.name : `${chosen.value.length} machines`} as directive ${id}; its runs: behest schedule firings ${id}`);
  return success(exitCodes.done);
}

function oneOf(connection: Connection, name: string | undefined): Outcome<Machine[]> {
  const machine = name === undefined ? failure('usage', 'write a machine, or --all, --site, --search or --agents') : machineNamed(connection, name);
  return machine.ok ? success([machine.value]) : machine;
}

function standingFrom(options: AddOptions): Outcome<{ schedule: Schedule; keepMs: number }> {
  const cron = parseCron(options.cron);
  if (!cron.ok) return cron;
  const windowMs = parseDuration(options.window);
  if (!windowMs.ok) return windowMs;
  const spreadMs = options.spread === undefined ? success(0) : parseDuration(options.spread);
  if (!spreadMs.ok) return spreadMs;
  const keepMs = parseDuration(options.for);
  if (!keepMs.ok) return keepMs;
  const [windowSeconds, spreadSeconds] = [Math.ceil(windowMs.value / 1000), Math.ceil(spreadMs.value / 1000)];
  if (windowSeconds < 60 || windowSeconds > limits.maxWindowSeconds) return failure('usage', '--window is between 1m and 1d');
  if (spreadSeconds > limits.maxSpreadSeconds) return failure('usage', '--spread is 1d at most');
  return success({ keepMs: keepMs.value, schedule: { cron: options.cron, windowSeconds, spreadSeconds, catchUp: options.catchUp === true ? 'once' : 'none' } });
}

function listCommand(toolkit: Toolkit): Command {
  return new Command('list')
    .description('list the schedules that hold')
    .argument('[agent]', 'only those of this machine')
    .option('--json', 'print them as one JSON array')
    .action((...[agent, options, command]: [string | undefined, { json?: boolean }, Command]) =>
      conclude(toolkit, withConnection(toolkit, command, (connection) => list(toolkit, connection, { agent, json: options.json === true }))));
}

async function list({ io }: Toolkit, connection: Connection, { agent, json }: { agent: string | undefined; json: boolean }): Promise<CommandEnd> {
  const machine = agent === undefined ? success(undefined) : machineNamed(connection, agent);
  if (!machine.ok) return machine;
  const standing = await standingDirectives(connection.api, machine.value?.id);
  if (!standing.ok) return standing;
  if (json) io.json(standing.value.map(({ directive: { id, primitive, params }, schedule, notAfter, record }) => ({ id, primitive, params, schedule, notAfter, machines: countOf(record.counts) })));
  else if (standing.value.length === 0) io.note('No schedules.');
  else for (const line of table<StandingDirective>(listColumns(io.paint), standing.value, io.width)) io.line(line);
  return success(exitCodes.done);
}

function listColumns(paint: Toolkit['io']['paint']): Parameters<typeof table<StandingDirective>>[0] {
  return [
    { title: 'CRON', value: ({ schedule }) => schedule.cron },
    { title: 'WHAT', value: ({ directive }) => directive.primitive },
    { title: 'MACHINES', value: ({ record }) => String(countOf(record.counts)) },
    { title: 'WHO', value: ({ record }) => record.submittedBy.name },
    { title: 'UNTIL', value: ({ notAfter }) => writeMoment(notAfter * 1000) },
    { title: 'DIRECTIVE', value: ({ directive }) => directive.id, paint: (text) => paint('quiet', text) },
  ];
}

function firingsCommand(toolkit: Toolkit): Command {
  return new Command('firings')
    .description('list the runs of a schedule, newest first')
    .argument('<directive>', 'its id (see behest schedule list)')
    .option('--limit <count>', 'so many at most', '50')
    .option('--json', 'print them as one JSON array')
    .action((id: string, ...[options, command]: [{ limit: string; json?: boolean }, Command]) =>
      conclude(toolkit, withConnection(toolkit, command, (connection) => firings(toolkit, connection, { id, limit: Number(options.limit), json: options.json === true }))));
}

async function firings({ io }: Toolkit, connection: Connection, { id, limit, json }: { id: string; limit: number; json: boolean }): Promise<CommandEnd> {
  const found = await firingsOf(connection.api, id, { limit });
  if (!found.ok) return found;
  const nameOf = (agentId: string): string => connection.machines.get(agentId)?.name ?? agentId;
  if (json) io.json(found.value.map(({ agentId, at, state }) => ({ agentId, at, state })));
  else if (found.value.length === 0) io.note('It has not run yet, or its machines have not called since.');
  else for (const line of table<KnownFiring>(firingColumns(nameOf, io.paint), found.value, io.width)) io.line(line);
  return success(exitCodes.done);
}

function firingColumns(nameOf: (agentId: string) => string, paint: Toolkit['io']['paint']): Parameters<typeof table<KnownFiring>>[0] {
  return [
    { title: 'DUE', value: ({ at }) => writeMoment(at * 1000) },
    { title: 'MACHINE', value: ({ agentId }) => nameOf(agentId) },
    { title: 'RESULT', value: ({ state }) => state, paint: (text, { state }) => paint(toneOf(state), text) },
  ];
}
