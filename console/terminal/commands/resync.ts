/**
 * `behest resync`: owners let machines come back after a fork, or after the intermediary was restored from a backup.
 */
import { Command } from 'commander';
import { limits } from '../../../protocol/limits.ts';
import type { Machine } from '../../../protocol/messages/live.ts';
import { failure, success } from '../../../protocol/outcome.ts';
import type { Outcome } from '../../../protocol/outcome.ts';
import { resolveMachine } from '../../client/machines.ts';
import { putResync, refusedCopies } from '../../client/resyncs.ts';
import type { RefusedCopy } from '../../client/resyncs.ts';
import { machineNamed } from '../connection.ts';
import type { Connection } from '../connection.ts';
import { readOwner } from '../owner/owner-key.ts';
import { signResync } from '../owner/sign-resync.ts';
import type { ResyncWish } from '../owner/sign-resync.ts';
import { ago, parseDuration, writeMoment } from '../text/durations.ts';
import { plain } from '../text/plain.ts';
import { table } from '../text/table.ts';
import { conclude, exitCodes, settingsOf, withConnection } from '../toolkit.ts';
import type { CommandEnd, Toolkit } from '../toolkit.ts';

type ResyncOptions = { all?: boolean; copy?: string; for: string; reason: string; json?: boolean };

const help = `
Without --copy, the copies of one machine are shown and nothing is signed. With it:
  --copy live   the one that is on line (or was last) is the real one; the refused ones stay out
  --copy ID     the refused one of this id is the real one; the other stays out.
                behest-agent status on that machine shows its id: compare before you sign
  --copy first  whichever calls first; a second one raises the alarm again
--all is for an intermediary that was restored from a backup: every machine may come back once.
Needs the owner key in the data folder. Machines come back by themselves at their next call.`;

export function resyncCommand(toolkit: Toolkit): Command {
  return new Command('resync')
    .description('let machines come back after a clone alarm or a restored backup')
    .argument('[agents...]', 'machines, by name or id')
    .option('--all', 'every machine of the installation')
    .option('--copy <copy>', 'which copy is the real one: live, first, or its id')
    .option('--for <duration>', 'how long it holds, a day at most', '1h')
    .option('--reason <text>', 'for the audit log', '')
    .option('--json', 'print what was signed as JSON')
    .addHelpText('after', help)
    .action((agents: string[], options: ResyncOptions, command: Command) =>
      conclude(toolkit, withConnection(toolkit, command, (connection) => resync(toolkit, connection, { agents, options, dataFolder: settingsOf(toolkit, command).dataFolder }))));
}

type Act = { readonly agents: readonly string[]; readonly options: ResyncOptions; readonly dataFolder: string };

async function resync(toolkit: Toolkit, connection: Connection, { agents, options, dataFolder }: Act): Promise<CommandEnd> {
  if ((options.all === true) === agents.length > 0) return failure('usage', 'name machines, or give --all');
  if (options.all !== true && options.copy === undefined) return showCopies(toolkit, connection, agents);
  const wish = wishOf(connection, agents, options);
  if (!wish.ok) return wish;
  const owner = await readOwner(dataFolder);
  if (!owner.ok) return owner;
  const { resync: signed, envelope } = await signResync(owner.value, wish.value, toolkit);
  const put = await putResync(connection.api, envelope);
  if (!put.ok) return put;
  if (options.json === true) toolkit.io.json(signed);
  const whom = signed.machines === undefined ? 'every machine' : agents.map(plain).join(', ');
  toolkit.io.note(`${whom} may come back until ${writeMoment(signed.notAfter * 1000)}, each once (resync ${signed.id})`);
  return success(exitCodes.done);
}

function wishOf({ machines }: Connection, agents: readonly string[], { all, copy = 'first', for: duration, reason }: ResyncOptions): Outcome<ResyncWish> {
  const lifeMs = parseDuration(duration);
  if (!lifeMs.ok) return lifeMs;
  if (lifeMs.value > limits.maxResyncMs || lifeMs.value < 1000) return failure('usage', '--for must be from 1s to 24h');
  if (reason.length > 200) return failure('usage', '--reason is too long: 200 letters at most');
  const common = { lifeMs: lifeMs.value, reason };
  if (all === true) {
    if (copy !== 'first') return failure('usage', '--all is for whichever copy calls first; name machines to choose');
    return success({ ...common, maxUses: Math.max(1, machines.all.length) });
  }
  if (!/^(live|first|[0-9a-f]{16})$/.test(copy)) return failure('usage', '--copy is live, first or the 16 digits of a copy');
  if (agents.length > limits.maxResyncMachines) return failure('usage', `more than ${limits.maxResyncMachines} machines: use --all`);
  if (agents.length > 1 && /^[0-9a-f]{16}$/.test(copy)) return failure('usage', 'a copy id belongs to one machine');
  const named = agents.map((agent) => resolveMachine(machines.all, agent));
  const missing = named.find((machine) => !machine.ok);
  if (missing?.ok === false) return missing;
  const chosen = named.flatMap((machine) => (machine.ok ? [{ agentId: machine.value.id, copy }] : []));
  return success({ ...common, maxUses: chosen.length, machines: chosen });
}

async function showCopies(toolkit: Toolkit, connection: Connection, agents: readonly string[]): Promise<CommandEnd> {
  const { io, clock } = toolkit;
  for (const agent of agents) {
    const machine = machineNamed(connection, agent);
    if (!machine.ok) return machine;
    const copies = await refusedCopies(connection.api, machine.value.id);
    if (!copies.ok) return copies;
    for (const line of table(copyColumns, [liveLine(machine.value, clock.now()), ...copies.value.map((copy) => refusedLine(copy, clock.now()))], io.width)) io.line(line);
  }
  return failure('usage', 'say with --copy which one is real; --help explains');
}

type CopyLine = { readonly copy: string; readonly state: string; readonly address: string; readonly since: string };

const copyColumns = [
  { title: 'COPY', value: ({ copy }: CopyLine) => copy },
  { title: 'STATE', value: ({ state }: CopyLine) => state },
  { title: 'FROM', value: ({ address }: CopyLine) => address },
  { title: 'LAST CALL', value: ({ since }: CopyLine) => since },
];

function liveLine({ online, remoteAddress, sinceMs, quarantined }: Machine, nowMs: number): CopyLine {
  return { copy: 'live', state: `${online ? 'on line' : 'off line'}${quarantined ? ', quarantined' : ''}`, address: remoteAddress ?? '', since: online ? 'now' : ago(sinceMs, nowMs) };
}

function refusedLine({ copy, shown, remoteAddress, lastAtMs }: RefusedCopy, nowMs: number): CopyLine {
  return { copy, state: `refused: its key is ${shown}`, address: remoteAddress, since: ago(lastAtMs, nowMs) };
}
