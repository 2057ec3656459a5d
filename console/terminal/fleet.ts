/**
 * Many machines at a terminal: which ones are meant, in what waves, and the line of numbers while they are at it.
 */
import type { Command } from 'commander';
import { limits } from '../../protocol/limits.ts';
import type { Machine, StateCounts } from '../../protocol/messages/live.ts';
import { failure, success } from '../../protocol/outcome.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import { cancelDirective } from '../client/directives.ts';
import type { Act } from '../client/directives.ts';
import { countOf, countWords, giveToFleet, haveEnded, unsuccessful } from '../client/fleet.ts';
import { matchMachine, parseQuery } from '../client/machine-search.ts';
import { machineNamed } from './connection.ts';
import type { Connection } from './connection.ts';
import { exitCodes } from './toolkit.ts';
import type { CommandEnd, Toolkit } from './toolkit.ts';

export type FleetOptions = { all?: boolean; site?: string; search?: string; agents?: string };

export function withFleetOptions(command: Command): Command {
  return command
    .option('--all', 'on every machine you may reach')
    .option('--site <site>', 'on the machines of this site')
    .option('--search <text>', 'on the machines that the search of the console finds, such as "os:debian online:yes"')
    .option('--agents <names>', 'on these machines, with commas between them');
}

export function withRolloutOptions(command: Command): Command {
  return command
    .option('--wave <size>', 'so many machines at a time, or so many per cent: 50, 10%')
    .option('--stop-after <count>', 'give it to no further machine once so many have failed');
}

export function namesFleet({ all, site, search, agents }: FleetOptions): boolean {
  return all === true || site !== undefined || search !== undefined || agents !== undefined;
}

/** The machines that every given option fits. Those in quarantine are given nothing, so they are left out. */
export function chosenMachines(connection: Connection, options: FleetOptions, nowMs: number): Outcome<Machine[]> {
  const named = namedMachines(connection, options.agents);
  if (!named.ok) return named;
  const query = parseQuery(options.search ?? '');
  if (query.unknown.length > 0) return failure('usage', `${query.unknown.join(', ')}: no such word of the search`);
  const chosen = named.value.filter((machine) => !machine.quarantined && (options.site === undefined || machine.site === options.site) && matchMachine(machine, query, nowMs) !== undefined);
  if (chosen.length > limits.maxSubmittedTargets) return failure('too-many-targets', `${chosen.length} machines; one directive may name ${limits.maxSubmittedTargets}`);
  return chosen.length > 0 ? success(chosen) : failure('no-such-machine', 'no machine fits');
}

function namedMachines(connection: Connection, names: string | undefined): Outcome<Machine[]> {
  if (names === undefined) return success(connection.machines.all);
  const machines = new Map<string, Machine>();
  for (const name of names.split(',').map((each) => each.trim()).filter((each) => each !== '')) {
    const machine = machineNamed(connection, name);
    if (!machine.ok) return machine;
    machines.set(machine.value.id, machine.value);
  }
  return success([...machines.values()]);
}

/** Gives it and shows the numbers until every machine has ended. The first Ctrl-C cancels the rest, the second leaves. */
export async function runOnFleet(toolkit: Toolkit, connection: Connection, act: Act, how: { wait: boolean; json?: boolean }): Promise<CommandEnd> {
  const line = new CountsLine(toolkit);
  const ended = Promise.withResolvers<Outcome<StateCounts>>();
  const follow = await giveToFleet(connection.desk, act, {
    counts: (counts) => {
      if (how.wait && how.json !== true) line.show(counts);
      if (haveEnded(counts)) ended.resolve(success(counts));
    },
    failed: ended.resolve,
  });
  if (!follow.ok) return follow;
  const { id } = follow.value.given.directive;
  if (!how.wait) return left(toolkit, id, how.json === true);
  const stopListening = cancelOnInterrupt(toolkit, connection, id);
  const counts = await ended.promise;
  stopListening();
  follow.value.stop();
  line.end();
  return counts.ok ? conclusion(toolkit, id, counts.value, how.json === true) : counts;
}

function left({ io }: Toolkit, directiveId: string, asJson: boolean): CommandEnd {
  if (asJson) io.json({ directiveId });
  else io.note(`given as directive ${directiveId}; how it goes: behest directives ${directiveId}`);
  return success(exitCodes.done);
}

function cancelOnInterrupt({ io }: Toolkit, { desk }: Connection, directiveId: string): () => void {
  const leave = (): never => process.exit(exitCodes.interrupted);
  const interrupted = async (): Promise<void> => {
    process.once('SIGINT', leave);
    io.note(`cancelling the rest of directive ${directiveId} (Ctrl-C again leaves without waiting)`);
    const asked = await cancelDirective(desk, directiveId);
    if (!asked.ok) io.fail(asked);
  };
  const listener = (): void => void interrupted();
  process.once('SIGINT', listener);
  return () => {
    process.off('SIGINT', listener);
    process.off('SIGINT', leave);
  };
}

function conclusion({ io }: Toolkit, directiveId: string, counts: StateCounts, asJson: boolean): CommandEnd {
  const areDone = countOf(counts, ['succeeded']) === countOf(counts);
  if (asJson) io.json({ directiveId, counts: Object.fromEntries(counts.map(({ state, count }) => [state, count])) });
  else io.note(`${io.paintNote(areDone ? 'good' : 'bad', countWords(counts))} ${io.paintNote('quiet', `(directive ${directiveId})`)}`);
  if (!asJson && countOf(counts, unsuccessful) > 0) io.note(`which and why: behest directives ${directiveId} --state failed; once more: behest retry ${directiveId}`);
  return success(areDone ? exitCodes.done : exitCodes.failed);
}

/** On a terminal one line that is written over; elsewhere nothing until the end. */
class CountsLine {
  readonly #toolkit: Toolkit;
  #shown = false;

  constructor(toolkit: Toolkit) {
    this.#toolkit = toolkit;
  }

  show(counts: StateCounts): void {
    if (!this.#toolkit.io.isInteractive) return;
    this.#write(`\r\u001B[K${countWords(counts)}`);
    this.#shown = true;
  }

  end(): void {
    if (this.#shown) this.#write('\r\u001B[K');
  }

  #write(text: string): void {
    this.#toolkit.io.write('stderr', new TextEncoder().encode(text));
  }
}
