/**
 * `behest wait-online`: tells when machines are there.
 */
import { Command } from 'commander';
import { failure, success } from '../../../protocol/outcome.ts';
import type { Connection } from '../connection.ts';
import { machineNamed } from '../connection.ts';
import { parseDuration, writeDuration } from '../text/durations.ts';
import { plain } from '../text/plain.ts';
import { conclude, exitCodes, withConnection } from '../toolkit.ts';
import type { CommandEnd, Toolkit } from '../toolkit.ts';
import { waitForMachines } from '../wait-for-machines.ts';

export function waitOnlineCommand(toolkit: Toolkit): Command {
  return new Command('wait-online')
    .description('wait until a machine is on line, and say so')
    .argument('<agent>', 'name or id of the machine (see behest agents)')
    .option('--within <duration>', 'give up after this (default: never)')
    .action((agent: string, ...[options, command]: [{ within?: string }, Command]) =>
      conclude(toolkit, withConnection(toolkit, command, (connection) => waitOnline(toolkit, connection, agent, options.within))));
}

async function waitOnline({ io, clock }: Toolkit, connection: Connection, agent: string, within: string | undefined): Promise<CommandEnd> {
  const machine = machineNamed(connection, agent);
  if (!machine.ok) return machine;
  const withinMs = within === undefined ? success(Number.POSITIVE_INFINITY) : parseDuration(within);
  if (!withinMs.ok) return withinMs;
  const { id, name } = machine.value;
  const isOnline = (): boolean => connection.machines.get(id)?.online === true;
  await waitForMachines(connection, clock, { withinMs: withinMs.value, until: isOnline });
  if (!isOnline()) return failure('unreachable', `${name} did not come within ${writeDuration(withinMs.value)}`);
  io.line(`${plain(name)} is on line`);
  return success(exitCodes.done);
}
