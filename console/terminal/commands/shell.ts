/**
 * `behest shell`: an interactive terminal on the machine.
 */
import { Command } from 'commander';
import { limits } from '../../../protocol/limits.ts';
import { failure, success } from '../../../protocol/outcome.ts';
import type { LiveStream } from '../../client/attachments.ts';
import { machineNamed } from '../connection.ts';
import type { Connection } from '../connection.ts';
import { EscapeWatch } from '../escape-watch.ts';
import { runLive } from '../live-run.ts';
import { conclude, exitCodes, withConnection } from '../toolkit.ts';
import type { CommandEnd, Toolkit } from '../toolkit.ts';

export function shellCommand(toolkit: Toolkit): Command {
  return new Command('shell')
    .description('open a terminal on a machine')
    .argument('<agent>', 'name or id of the machine')
    .addHelpText('after', `\nType ~. at the beginning of a line to leave, ~~ for one ~. Exit code: that of the shell there, ${exitCodes.ownFailure} if it could not be opened or followed.`)
    .action(async (agent: string, _: object, command: Command) => {
      await conclude(toolkit, withConnection(toolkit, command, (connection) => shell(toolkit, connection, agent)), exitCodes.ownFailure);
      process.exit();
    });
}

async function shell(toolkit: Toolkit, connection: Connection, agent: string): Promise<CommandEnd> {
  const machine = machineNamed(connection, agent);
  if (!machine.ok) return machine;
  const { stdin, stdout } = process;
  if (!stdin.isTTY || !stdout.isTTY) return failure('usage', 'shell needs a terminal here; for scripts use behest exec');
  const left = Promise.withResolvers<CommandEnd>();
  const { columns, rows } = stdout;
  const act = { machine: machine.value, primitive: 'terminal.open', params: { columns, rows }, timeoutMs: limits.maxTimeoutMs };
  const ended = runLive(connection, toolkit, act, {
    started: (stream) => join(stream, () => left.resolve(success(exitCodes.done))),
    output: (_, bytes) => new Promise((resolve) => void stdout.write(bytes, () => resolve())),
    missed: (bytes) => toolkit.io.note(`\r\n[${bytes} bytes came while the connection was cut and are no longer kept]\r`),
    waits: toolkit.io.note,
    interrupted: () => toolkit.io.note('\r\n[the connection was cut; it is taken up again by itself]\r'),
  });
  const end = await Promise.race([ended.then((exit): CommandEnd => (exit.ok ? success(exit.value.exitCode ?? exitCodes.failed) : exit)), left.promise]);
  stdin.setRawMode(false);
  toolkit.io.note(`left ${machine.value.name}`);
  return end;
}

/** Keys go there, raw, from now on; so does the size of the window. */
function join(stream: LiveStream, leave: () => void): void {
  const { stdin, stdout } = process;
  const watch = new EscapeWatch();
  stdin.setRawMode(true);
  stdin.on('data', (keys: Buffer) => {
    const { pass, leave: leaving } = watch.typed(Uint8Array.from(keys));
    stdin.pause();
    void stream.write(pass).then(() => stdin.resume());
    if (!leaving) return;
    // The far side sees its terminal go, as when a window is closed.
    stream.signal('SIGHUP');
    leave();
  });
  stdin.on('end', () => stream.endInput());
  stdout.on('resize', () => stream.resize(stdout.columns, stdout.rows));
}
