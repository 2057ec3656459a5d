/**
 * The commands, one file each. A file builds its command, and its work gives an exit code or a failure.
 *
 * This file: `behest agents`.
 */
import { Command } from 'commander';
import type { Machine } from '../../../protocol/messages/live.ts';
import { success } from '../../../protocol/outcome.ts';
import { lineOf } from '../../client/machine-line.ts';
import type { Connection } from '../connection.ts';
import { ago } from '../text/durations.ts';
import { table } from '../text/table.ts';
import type { Column } from '../text/table.ts';
import { conclude, exitCodes, withConnection } from '../toolkit.ts';
import type { CommandEnd, Toolkit } from '../toolkit.ts';

export function agentsCommand(toolkit: Toolkit): Command {
  return new Command('agents')
    .description('list the machines you may reach')
    .option('--json', 'print them as one JSON array')
    .action((options: { json?: boolean }, command: Command) =>
      conclude(toolkit, withConnection(toolkit, command, (connection) => list(toolkit, connection, options))));
}

async function list(toolkit: Toolkit, connection: Connection, options: { json?: boolean }): Promise<CommandEnd> {
  const machines = connection.machines.all;
  if (options.json === true) toolkit.io.json(machines);
  else if (machines.length === 0) toolkit.io.note('No machines yet. Make an enrolment string for one: behest enrol-token');
  else for (const line of table(columns(toolkit), machines, toolkit.io.width)) toolkit.io.line(line);
  return success(exitCodes.done);
}

function columns({ io, clock }: Toolkit): Column<Machine>[] {
  return [
    { title: 'NAME', value: ({ name }) => name, paint: (text) => io.paint('strong', text) },
    { title: 'STATE', value: (machine) => (machine.quarantined ? 'quarantined' : lineOf(machine, clock.now())), paint: (text, machine) => io.paint(machine.quarantined ? 'bad' : lineOf(machine, clock.now()) === 'off line' ? 'quiet' : 'good', text) },
    { title: 'SINCE', value: (machine) => sinceWords(machine, clock.now()) },
    { title: 'SITE', value: ({ site }) => site },
    { title: 'SYSTEM', value: ({ facts }) => facts.osName },
    { title: 'REACHED BY', value: reachedBy },
    { title: 'ID', value: ({ id }) => id, paint: (text) => io.paint('quiet', text) },
  ];
}

/** Of one that polls it matters when it called, not since when it is away. */
function sinceWords(machine: Machine, nowMs: number): string {
  return `${lineOf(machine, nowMs) === 'polling' ? 'last call ' : ''}${ago(machine.sinceMs, nowMs)}`;
}

/** `wss`, or `https-long-poll via http://10.0.0.5:3128` when the machine has said that a proxy is between. */
function reachedBy({ online, transport, reached }: Machine): string {
  if (!online || transport === undefined) return '';
  const isThrough = reached !== undefined && reached.way.transport === transport && reached.way.path !== 'directly';
  return isThrough ? `${transport} via ${reached.way.path}` : transport;
}
