#!/usr/bin/env node
/**
 * behest-agent: the service on a managed machine. It calls out and never listens.
 */
import { Command, CommanderError } from 'commander';
import { pino } from 'pino';
import about from '../package.json' with { type: 'json' };
import { systemClock, systemRandom } from '../protocol/clock.ts';
import { errorCatalogue } from '../protocol/errors.ts';
import { limits } from '../protocol/limits.ts';
import { failure } from '../protocol/outcome.ts';
import type { Failure } from '../protocol/outcome.ts';
import { startAgent } from './agent.ts';
import { addOptions, toConfig } from './config.ts';
import type { Config } from './config.ts';
import { enrolmentString } from './enrolment-source.ts';
import { OwnLog } from './own-log.ts';
import { readStatus } from './status-file.ts';
import { inWords } from './status-words.ts';
import type { Status } from './status-file.ts';

// set for this process alone (launch.mjs); what it starts gets the machine's own way
delete process.env['MALLOC_ARENA_MAX'];
delete process.env['MALLOC_TRIM_THRESHOLD_'];
delete process.env['MALLOC_MMAP_THRESHOLD_'];
delete process.env['CBOR_NATIVE_ACCELERATION_DISABLED'];

const program = new Command('behest-agent').description('The Behest agent: carries out signed directives on this machine. It calls out and never listens.').exitOverride();

addOptions(program.command('run').description('Run the agent until it is stopped.'), 'run')
  .addHelpText('after', '\nExample:\n  behest-agent run --enrol-file enrolment.txt --data /var/lib/behest-agent')
  .action((given: Partial<Config>) => run(toConfig(given)));

addOptions(program.command('status').description('Show the state of the running agent.'), 'status')
  .addHelpText('after', '\nExample:\n  behest-agent status --data /var/lib/behest-agent --json')
  .action((given: Partial<Config>) => showStatus(toConfig(given)));

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  // commander has said what is wrong, or shown the help that was asked for
  process.exitCode = error.exitCode === 0 ? 0 : 1;
}

async function run(config: Config): Promise<void> {
  const log = pino({ level: config.logLevel, base: null }, new OwnLog(config.data, pino.destination({ dest: 2, sync: true })));
  const { enrolFile, enrol: given, ...settings } = config;
  if (enrolFile === '-' && config.exitWithParent) return fail(failure('usage', 'standard input cannot be both --enrol-file and the parent of --exit-with-parent'));
  const enrol = enrolmentString({ ...(given === undefined ? {} : { enrol: given }), ...(enrolFile === undefined ? {} : { enrolFile }) }, process.env);
  if (!enrol.ok) return fail(enrol);
  const started = await startAgent({
    ...settings,
    ...(enrol.value === undefined ? {} : { enrol: enrol.value }),
    version: about.version,
    clock: systemClock,
    random: systemRandom,
    log,
    connected: () => {
      if (config.json) console.log(JSON.stringify({ connected: true }));
    },
    failed: (reason) => void end(reason),
  });
  if (!started.ok) return fail(started);
  // the clock's timers alone would let the process end while it waits for the next attempt
  setInterval(() => undefined, 2 ** 30);
  log.info({ agentId: started.value.agentId, data: config.data }, 'started');
  const end = onceOnly(async (reason?: Failure) => {
    // whatever hangs: the process does not outlive its promise
    setTimeout(() => process.exit(reason === undefined ? 0 : 1), limits.stopWithinMs).unref();
    await started.value.stop();
    if (reason !== undefined) fail(reason);
    process.exit();
  });
  // SIGBREAK: Ctrl-Break in a console of Windows, which has no SIGTERM
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', ...(process.platform === 'win32' ? ['SIGBREAK' as const] : [])] as const) process.on(signal, () => void end());
  if (config.exitWithParent) process.stdin.on('end', () => void end()).on('error', () => void end()).resume();
}

function showStatus({ data, json }: Config): void {
  const status = readStatus(data);
  if (status === undefined) return fail(failure('not-enrolled', `no agent has run with the data folder ${data}`));
  const running = status.state !== 'stopped' && isRunning(status.processId);
  const { nextAttemptAtMs: _, ...ended } = status;
  const shown: Status = running ? status : { ...ended, state: 'stopped' };
  console.log(json ? JSON.stringify(shown) : inWords(shown));
}

function isRunning(processId: number): boolean {
  try {
    return process.kill(processId, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function fail({ code, detail }: Failure): void {
  const { meaning, advice } = errorCatalogue[code];
  process.stderr.write(`error[${code}]: ${meaning}\n  ${detail}\n  ${advice}\n`);
  process.exitCode = 1;
}

function onceOnly<T>(task: (value?: T) => Promise<void>): (value?: T) => Promise<void> {
  let done: Promise<void> | undefined;
  return (value) => (done ??= task(value));
}
