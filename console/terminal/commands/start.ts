/**
 * `behest start`: what `npm start` runs.
 */
import { Command } from 'commander';
import { failure } from '../../../protocol/outcome.ts';
import { conclude, settingsOf } from '../toolkit.ts';
import type { CommandEnd, Toolkit } from '../toolkit.ts';

type StartOptions = { port?: string; host?: string; agent: boolean; json?: boolean; verbose?: boolean };

export function startCommand(toolkit: Toolkit): Command {
  return new Command('start')
    .description('start a whole small installation here (what npm start runs)')
    .option('--port <number>', 'port of the intermediary; 0 is any free one (default 8443, later that of the first start)')
    .option('--host <name>', 'name or address by which other machines reach this one (default: only this machine does)')
    .option('--no-agent', 'do not run an agent on this machine')
    .option('--json', 'print one line of JSON when everything answers')
    .option('--verbose', 'show the logs of intermediary and agent')
    .addHelpText('after', '\nKeeps everything in the data folder (--data, default ./var of the checkout), which holds the owner key as well.\nCtrl-C or SIGTERM ends everything. Exit code: 0 when told to stop, 1 if it could not start or a part ended by itself.')
    .action(async (options: StartOptions, command: Command) => {
      await conclude(toolkit, start(toolkit, command, options));
      process.exit();
    });
}

async function start(toolkit: Toolkit, command: Command, options: StartOptions): Promise<CommandEnd> {
  const port = options.port === undefined ? undefined : Number(options.port);
  if (port !== undefined && (!Number.isInteger(port) || port < 0 || port > 65_535)) return failure('usage', `${options.port ?? ''} is not a port`);
  const { quickStart } = await import('../quick-start/quick-start.ts');
  const { dataFolder } = settingsOf(toolkit, command);
  return quickStart(toolkit, { dataFolder, port, host: options.host, agent: options.agent, json: options.json === true, verbose: options.verbose === true || options.json === true });
}
