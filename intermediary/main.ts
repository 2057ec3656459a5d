#!/usr/bin/env node
/**
 * `behest-intermediary`: the composition root. Reads the command line, hands the parts their clock, randomness and log,
 * and ends them in good order.
 */
import { setFlagsFromString } from 'node:v8';
import { pino } from 'pino';
import { systemClock, systemRandom } from '../protocol/clock.ts';
import { errorCatalogue } from '../protocol/errors.ts';
import { base64Url } from '../protocol/bytes.ts';
import { limits } from '../protocol/limits.ts';
import type { Failure } from '../protocol/outcome.ts';
import { addressesOf, commandLine, readFirstStatements } from './config.ts';
import type { InitOptions, RunOptions } from './config.ts';
import { ensureIdentity, startIntermediary } from './intermediary.ts';
import type { Intermediary, Surroundings } from './intermediary.ts';
import { takeDataFolder } from './store/data-folder.ts';

// buffers of what is relayed do not bring about a collection of the whole heap each 64 MB: that would be half of all the work
setFlagsFromString('--external-memory-accounted-in-global-limit');

async function init(options: InitOptions): Promise<void> {
  const folder = takeDataFolder(options.data);
  if (!folder.ok) return fail(folder);
  const identity = await ensureIdentity(options.data, options.name, surroundings('silent'));
  folder.value.release();
  if (!identity.ok) return fail(identity);
  const { staticKey, tls } = identity.value;
  console.log(JSON.stringify({ key: base64Url(staticKey.publicKey.raw), authority: tls.authority, addresses: addressesOf(options) }));
}

async function run(options: RunOptions): Promise<void> {
  const around = surroundings(options.logLevel);
  const started = await startIntermediary(
    {
      dataFolder: options.data,
      host: options.host,
      port: options.port,
      names: options.name,
      consoleFolder: options.static,
      ftpFolder: options.ftpFolder,
      wakeUp: options.ntfy === undefined ? undefined : { ntfy: options.ntfy, tokenFile: options.ntfyTokenFile },
      forgetSecrets: options.forgetSecrets === true,
      firstStatements: () => readFirstStatements(options),
    },
    around,
  );
  if (!started.ok) return fail(started);
  const url = `https://${addressesOf({ name: options.name, port: started.value.port })[0] ?? ''}`;
  around.log.info({ url }, 'listening');
  if (options.json === true) console.log(JSON.stringify({ listening: true, url }));
  stopWhenTold(started.value, options);
}

function surroundings(level: string): Surroundings {
  return { clock: systemClock, random: systemRandom, log: pino({ level }, pino.destination({ dest: 2, sync: true })) };
}

function stopWhenTold(intermediary: Intermediary, { exitWithParent }: RunOptions): void {
  let isStopping = false;
  const stop = (): void => {
    if (isStopping) return;
    isStopping = true;
    systemClock.after(limits.stopWithinMs, () => process.exit(1));
    void intermediary.close().then(() => process.exit(0));
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  if (exitWithParent === true) process.stdin.on('end', stop).on('error', stop).resume();
}

/** One line that says what is wrong, and what to do. */
function fail({ code, detail }: Failure): void {
  const { meaning, advice } = errorCatalogue[code];
  console.error(`error[${code}]: ${meaning} (${detail})\n    ${advice}`);
  process.exitCode = 1;
}

await commandLine({ init, run }).parseAsync();
