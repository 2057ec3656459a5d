/**
 * `behest tunnel`: ports of this computer that lead to addresses the machine can reach.
 */
import { Command } from 'commander';
import { limits } from '../../../protocol/limits.ts';
import { errorCatalogue } from '../../../protocol/errors.ts';
import type { ErrorCode } from '../../../protocol/errors.ts';
import type { Machine } from '../../../protocol/messages/live.ts';
import { failure, success } from '../../../protocol/outcome.ts';
import type { Outcome } from '../../../protocol/outcome.ts';
import { Tunnel } from '../../../protocol/tunnel/tunnel.ts';
import type { LiveStream } from '../../client/attachments.ts';
import { machineNamed } from '../connection.ts';
import type { Connection } from '../connection.ts';
import { runLive } from '../live-run.ts';
import { plain } from '../text/plain.ts';
import { conclude, exitCodes, withConnection } from '../toolkit.ts';
import type { CommandEnd, Toolkit } from '../toolkit.ts';
import { openDoor } from '../tunnel-door.ts';
import { tunnelWhere, writeWhere } from '../tunnel-where.ts';
import type { TunnelWhere } from '../tunnel-where.ts';

export function tunnelCommand(toolkit: Toolkit): Command {
  const collect = (typed: string, before: string[]): string[] => [...before, typed];
  return new Command('tunnel')
    .description('lead ports of this computer to addresses that a machine can reach')
    .usage('[options] <agent> [[LOCAL:]HOST:]PORT...')
    .argument('<agent>', 'name or id of the machine')
    .argument('[where...]', '5900 (of the machine itself), router:80, 8080:router:80')
    .option('-L <where>', 'the same, as ssh writes it; may stand several times', collect, [])
    .addHelpText('after', '\nThe ports are open to this computer alone, until Ctrl-C. LOCAL 0 is any free port; left out, the same as there if it is free.\nWhere a tunnel may lead says the policy (behest policy show).')
    .action(async (agent: string, where: string[], ...[options, command]: [{ L: string[] }, Command]) => {
      await conclude(toolkit, withConnection(toolkit, command, (connection) => tunnels(toolkit, connection, { agent, wheres: [...where, ...options.L] })));
      process.exit();
    });
}

async function tunnels(toolkit: Toolkit, connection: Connection, asked: { agent: string; wheres: readonly string[] }): Promise<CommandEnd> {
  const machine = machineNamed(connection, asked.agent);
  if (!machine.ok) return machine;
  if (asked.wheres.length === 0) return failure('usage', 'where to? For example: behest tunnel AGENT 8080:router:80');
  const leaving = new AbortController();
  const ends: Promise<Outcome<unknown>>[] = [];
  for (const typed of asked.wheres) {
    const where = tunnelWhere(typed);
    const ended = where.ok ? openTunnel(toolkit, { connection, machine: machine.value, where: where.value, leaving: leaving.signal }) : Promise.resolve(where);
    ends.push(ended);
  }
  const leave = (): void => leaving.abort();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(name, leave);
  // one that cannot be opened, or breaks, ends them all: half of what was asked for is a trap
  const first = await Promise.race(ends);
  leave();
  await Promise.race([Promise.all(ends), new Promise((resolve) => setTimeout(resolve, limits.stopWithinMs))]);
  return first.ok ? success(exitCodes.done) : first;
}

type Wanted = { readonly connection: Connection; readonly machine: Machine; readonly where: TunnelWhere; readonly leaving: AbortSignal };

/** Resolves with the end of the tunnel. */
async function openTunnel(toolkit: Toolkit, { connection, machine, where, leaving }: Wanted): Promise<Outcome<unknown>> {
  const said = new Set<ErrorCode>();
  const door = await openDoor(where, (code) => {
    if (!said.has(code) && !leaving.aborted) toolkit.io.note(`a connection to ${writeWhere(where)} failed: ${errorCatalogue[code].meaning} [${code}]`);
    said.add(code);
  });
  if (!door.ok) return door;
  let tunnel: Tunnel | undefined;
  const act = { machine, primitive: 'tunnel.open', params: { host: where.host, port: where.port }, timeoutMs: limits.maxTimeoutMs, ownDeed: true } as const;
  const ended = await runLive(connection, toolkit, act, {
    started: (stream) => {
      tunnel = begin(stream, leaving, (ready) => {
        door.value.lead(ready);
        toolkit.io.line(`127.0.0.1:${door.value.port} leads to ${writeWhere(where)} on ${plain(machine.name)}`);
      });
    },
    output: (_, bytes) => void tunnel?.receive(bytes),
    interrupted: () => toolkit.io.note('the connection was cut; it is taken up again by itself'),
  });
  door.value.close();
  tunnel?.close('connection-lost');
  return ended;
}

/** The tunnel over this stream; it ends when the person leaves. */
function begin(stream: LiveStream, leaving: AbortSignal, ready: (tunnel: Tunnel) => void): Tunnel {
  const tunnel: Tunnel = new Tunnel((bytes) => void stream.write(bytes), { ready: () => ready(tunnel) });
  const end = (): void => stream.endInput();
  if (leaving.aborted) end();
  else leaving.addEventListener('abort', end, { once: true });
  return tunnel;
}
