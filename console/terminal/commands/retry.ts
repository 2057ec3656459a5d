/**
 * `behest retry`: a new directive for the machines on which one did not succeed. `behest cancel`: no further machine gets it.
 */
import { Command } from 'commander';
import { targetStates } from '../../../protocol/messages/live.ts';
import type { TargetState } from '../../../protocol/messages/live.ts';
import { failure, success } from '../../../protocol/outcome.ts';
import type { Outcome } from '../../../protocol/outcome.ts';
import type { Directive } from '../../../protocol/statements/directive.ts';
import { readDirective } from '../../../protocol/statements/read.ts';
import { cancelDirective } from '../../client/directives.ts';
import { rolloutFrom, unsuccessful } from '../../client/fleet.ts';
import type { RolloutOptions } from '../../client/fleet.ts';
import { allTargets, oneDirective } from '../../client/history.ts';
import type { Connection } from '../connection.ts';
import { runOnFleet, withRolloutOptions } from '../fleet.ts';
import { conclude, exitCodes, withConnection } from '../toolkit.ts';
import type { CommandEnd, Toolkit } from '../toolkit.ts';

type RetryOptions = RolloutOptions & { state?: string; json?: boolean; wait: boolean };

export function retryCommand(toolkit: Toolkit): Command {
  return withRolloutOptions(new Command('retry'))
    .description('give a directive anew to the machines on which it did not succeed')
    .argument('<directive>', 'id of the directive (see behest directives)')
    .option('--state <state>', `only those in this state, such as cancelled (default: ${unsuccessful.join(', ')})`)
    .option('--json', 'print the numbers as JSON')
    .option('--no-wait', 'do not wait for the reports')
    .action((id: string, ...[options, command]: [RetryOptions, Command]) =>
      conclude(toolkit, withConnection(toolkit, command, (connection) => retry(toolkit, connection, id, options))));
}

export function cancelCommand(toolkit: Toolkit): Command {
  return new Command('cancel')
    .description('end a directive: where it has not begun it never will, where it runs it is stopped')
    .argument('<directive>', 'id of the directive (see behest directives)')
    .action((id: string, ...[, command]: [unknown, Command]) =>
      conclude(toolkit, withConnection(toolkit, command, async ({ desk }) => {
        const cancelled = await cancelDirective(desk, id);
        return cancelled.ok ? success(exitCodes.done) : cancelled;
      })));
}

/** The state that was typed. */
export function parseState(text: string): Outcome<TargetState> {
  const state = targetStates.find((each) => each === text || (each === 'succeeded' && text === 'done'));
  return state === undefined ? failure('usage', `${text} is no state; there are ${targetStates.join(', ')}`) : success(state);
}

async function retry(toolkit: Toolkit, connection: Connection, id: string, options: RetryOptions): Promise<CommandEnd> {
  const state = options.state === undefined ? success(undefined) : parseState(options.state);
  if (!state.ok) return state;
  const asked = await askedBefore(connection, id);
  if (!asked.ok) return asked;
  const targets = await allTargets(connection.api, id, state.value === undefined ? unsuccessful : [state.value]);
  if (!targets.ok) return targets;
  const machines = targets.value.flatMap(({ agentId }) => connection.machines.get(agentId) ?? []);
  if (machines.length === 0) return failure('no-such-machine', 'there is no machine in this state');
  const rollout = rolloutFrom(options, machines.length);
  if (!rollout.ok) return rollout;
  const { primitive, params, timeoutMs } = asked.value;
  const act = { machines, primitive, params, timeoutMs, ...(rollout.value === undefined ? {} : { rollout: rollout.value }) };
  return runOnFleet(toolkit, connection, act, { wait: options.wait, json: options.json === true });
}

async function askedBefore({ api }: Connection, id: string): Promise<Outcome<Directive>> {
  const record = await oneDirective(api, id);
  if (!record.ok) return record;
  const directive = readDirective(record.value.envelope.payload);
  if (!directive.ok) return directive;
  return directive.value.streamKey === undefined ? directive : failure('stream-unsupported', 'a live stream belongs to one console and cannot be given anew');
}
