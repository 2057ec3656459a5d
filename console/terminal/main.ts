#!/usr/bin/env node
/**
 * The `behest` command: the console in a terminal, the quick start, and what owners do. This file is its composition root.
 */
import { setFlagsFromString } from 'node:v8';
import { Command, CommanderError } from 'commander';
import { utf8 } from '../../protocol/bytes.ts';
import { systemClock, systemRandom } from '../../protocol/clock.ts';
import { agentsCommand } from './commands/agents.ts';
import { auditCommand } from './commands/audit.ts';
import { auditLogCommand } from './commands/audit-log.ts';
import { contactCommand } from './commands/contact.ts';
import { directivesCommand } from './commands/directives.ts';
import { enrolTokenCommand } from './commands/enrol-token.ts';
import { execCommand } from './commands/exec.ts';
import { getCommand } from './commands/get.ts';
import { inviteCommand } from './commands/invite.ts';
import { lsCommand } from './commands/ls.ts';
import { moveAgentsCommand } from './commands/move-agents.ts';
import { policyCommand } from './commands/policy.ts';
import { primitivesCommand } from './commands/primitives.ts';
import { procedureCommand } from './commands/procedure.ts';
import { putCommand } from './commands/put.ts';
import { resyncCommand } from './commands/resync.ts';
import { cancelCommand, retryCommand } from './commands/retry.ts';
import { runCommand } from './commands/run.ts';
import { scheduleCommand } from './commands/schedule.ts';
import { shellCommand } from './commands/shell.ts';
import { startCommand } from './commands/start.ts';
import { tunnelCommand } from './commands/tunnel.ts';
import { waitOnlineCommand } from './commands/wait-online.ts';
import { processIo } from './io.ts';
import { exitCodes } from './toolkit.ts';
import type { Toolkit } from './toolkit.ts';

// buffers of a transfer do not bring about a collection of the whole heap each 64 MB
setFlagsFromString('--external-memory-accounted-in-global-limit');

const toolkit: Toolkit = { io: processIo(process.env), environment: process.env, clock: systemClock, random: systemRandom };

const commands = [
  startCommand,
  agentsCommand,
  runCommand,
  execCommand,
  shellCommand,
  lsCommand,
  getCommand,
  putCommand,
  tunnelCommand,
  directivesCommand,
  retryCommand,
  cancelCommand,
  waitOnlineCommand,
  scheduleCommand,
  procedureCommand,
  primitivesCommand,
  contactCommand,
  enrolTokenCommand,
  inviteCommand,
  policyCommand,
  moveAgentsCommand,
  resyncCommand,
  auditCommand,
  auditLogCommand,
];

const program = new Command('behest')
  .description('Machines behind firewalls act at your behest.')
  .option('--profile <file>', 'profile to use (BEHEST_PROFILE; default profile.json in the data folder)')
  .option('--data <folder>', 'data folder (BEHEST_DATA; default ./var of the checkout)')
  .addHelpText('after', '\nExit codes: 0 done, 1 failed or refused, 2 not understood; exec and shell give that of the program there, 255 for their own.\nNO_COLOR switches colour off. Durations: 30s, 5m, 1h30m, 7d.');
for (const build of commands) program.addCommand(build(toolkit));
everyCommand(program, (command) => command.exitOverride().configureOutput({ writeOut: (text) => toolkit.io.write('stdout', utf8(text)), outputError: (text) => sayUsage(text) }));

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  const asked = error.exitCode === 0 || error.code === 'commander.help';
  process.exitCode = asked && process.argv.length > 2 ? exitCodes.done : exitCodes.usage;
}

/** Commander's own words, in the form of all our failures. */
function sayUsage(text: string): void {
  const [first = '', ...rest] = text.replace(/^error: /, '').trim().split('\n');
  toolkit.io.fail({ ok: false, code: 'usage', detail: [first, ...rest].join('\n') });
}

function everyCommand(command: Command, change: (command: Command) => void): void {
  change(command);
  for (const child of command.commands) everyCommand(child, change);
}
