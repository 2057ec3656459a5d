/**
 * `behest exec`: a program on the machine as if it ran here. Input, output, errors and exit code pass through unchanged.
 */
import { Command } from 'commander';
import { limits } from '../../../protocol/limits.ts';
import { success } from '../../../protocol/outcome.ts';
import type { LiveStream, StreamExit } from '../../client/attachments.ts';
import { machineNamed } from '../connection.ts';
import type { Connection } from '../connection.ts';
import { runLive } from '../live-run.ts';
import { parseDuration } from '../text/durations.ts';
import { conclude, exitCodes, withConnection } from '../toolkit.ts';
import type { CommandEnd, Toolkit } from '../toolkit.ts';

type ExecOptions = { timeout?: string };

export function execCommand(toolkit: Toolkit): Command {
  return new Command('exec')
    .description('run a program on a machine as if it ran here')
    .usage('[options] <agent> -- <program> [args...]')
    .argument('<agent>', 'name or id of the machine')
    .argument('<program>', 'program, looked up in the PATH of the agent')
    .argument('[args...]', 'its arguments; no shell sees them')
    .option('--timeout <duration>', 'time limit on the machine (default and at most 24h)')
    .addHelpText('after', `\nStandard input, output and error pass through byte for byte. Exit code: that of the program, 128 + n after signal n,\n${exitCodes.ownFailure} if the program could not be run or followed.`)
    .action(async (agent: string, program: string, args: string[], ...[options, command]: [ExecOptions, Command]) => {
      await conclude(toolkit, withConnection(toolkit, command, (connection) => exec(toolkit, connection, { agent, program, args, options })), exitCodes.ownFailure);
      process.exit();
    });
}

type Asked = { readonly agent: string; readonly program: string; readonly args: readonly string[]; readonly options: ExecOptions };

async function exec(toolkit: Toolkit, connection: Connection, asked: Asked): Promise<CommandEnd> {
  const machine = machineNamed(connection, asked.agent);
  if (!machine.ok) return machine;
  const timeoutMs = asked.options.timeout === undefined ? success(limits.maxTimeoutMs) : parseDuration(asked.options.timeout);
  if (!timeoutMs.ok) return timeoutMs;
  const act = { machine: machine.value, primitive: 'process.execute', params: { program: asked.program, args: asked.args }, timeoutMs: timeoutMs.value };
  const ended = await runLive(connection, toolkit, act, {
    started: (stream) => {
      void passInput(stream);
      passLeaving(stream);
      passSignals(stream);
    },
    output: written,
    waits: toolkit.io.note,
  });
  return ended.ok ? success(exitCodeOf(ended.value)) : ended;
}

/** As a shell does: the program's own, or 128 + the number of the signal that ended it. */
function exitCodeOf({ exitCode, signal }: StreamExit): number {
  if (exitCode !== null) return exitCode;
  const numbers: Readonly<Record<string, number>> = { SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGABRT: 6, SIGKILL: 9, SIGSEGV: 11, SIGPIPE: 13, SIGTERM: 15 };
  return 128 + (numbers[signal ?? ''] ?? 0);
}

async function passInput(stream: LiveStream): Promise<void> {
  process.stdin.on('error', () => stream.endInput());
  for await (const chunk of process.stdin) {
    if (chunk instanceof Uint8Array) await stream.write(chunk);
  }
  stream.endInput();
}

/** Resolves when the bytes have left, or cannot: that is the back-pressure. */
function written(channel: 'stdout' | 'stderr', bytes: Uint8Array): Promise<void> {
  const stream = process[channel];
  if (stream.errored !== null) return Promise.resolve();
  return new Promise((resolve) => {
    stream.write(bytes, () => resolve());
  });
}

/** A reader that left (EPIPE, as with `| head`): the program there is told as it would be here; the rest goes nowhere. */
function passLeaving(stream: LiveStream): void {
  for (const output of [process.stdout, process.stderr]) output.on('error', () => stream.signal('SIGPIPE'));
}

/** Ctrl-C reaches the program there; the third one leaves. Other signals leave when the program has had its time. */
function passSignals(stream: LiveStream): void {
  let interrupts = 0;
  process.on('SIGINT', () => {
    interrupts += 1;
    if (interrupts > 2) process.exit(exitCodes.interrupted);
    stream.signal('SIGINT');
  });
  for (const name of ['SIGTERM', 'SIGHUP', 'SIGQUIT'] as const) {
    process.on(name, () => {
      stream.signal(name);
      setTimeout(() => process.exit(exitCodes.ownFailure), limits.stopWithinMs);
    });
  }
}
