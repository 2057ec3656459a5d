/**
 * One directive on many machines: given, and followed by numbers. What each machine did is read where somebody asks.
 */
import { limits } from '../../protocol/limits.ts';
import { targetStates } from '../../protocol/messages/live.ts';
import type { Machine, StateCounts, TargetState, ToConsole } from '../../protocol/messages/live.ts';
import { failure, success } from '../../protocol/outcome.ts';
import type { Failure, Outcome } from '../../protocol/outcome.ts';
import type { Rollout } from '../../protocol/statements/directive.ts';
import { signDirective } from './directives.ts';
import type { Act, Desk, GivenDirective } from './directives.ts';

export type FleetHandlers = {
  /** At first, and after each change. */
  counts(counts: StateCounts): void;
  failed(refusal: Failure): void;
};

/** Signs the act and gives it on its way; the numbers come until `stop`. */
export async function giveToFleet(desk: Desk, act: Act, handlers: FleetHandlers): Promise<Outcome<{ readonly given: GivenDirective; stop(): void }>> {
  const { given, targets } = await signDirective(desk, act);
  const tally = new Tally(act.machines);
  const { taken, stop } = desk.live.submitAndWatch({ id: given.directive.id, envelope: given.envelope, targets }, {
    event: (message) => {
      tally.note(message);
      handlers.counts(tally.counts);
    },
    failed: handlers.failed,
  });
  const accepted = await taken;
  if (!accepted.ok) return accepted;
  handlers.counts(tally.counts);
  return success({ given, stop });
}

/** The numbers as messages tell them: machine by machine where they are few, else as counts. */
class Tally {
  readonly #states: Map<string, TargetState>;
  #told: StateCounts | undefined;

  constructor(machines: readonly Machine[]) {
    this.#states = new Map(machines.map(({ id }) => [id, 'waiting']));
  }

  get counts(): StateCounts {
    return this.#told ?? targetStates.flatMap((state) => {
      const count = [...this.#states.values()].filter((each) => each === state).length;
      return count === 0 ? [] : [{ state, count }];
    });
  }

  note(message: ToConsole): void {
    if (message.kind === 'counts') this.#told = message.counts;
    else if (message.kind === 'target') this.#states.set(message.target.agentId, message.target.state);
    else if (message.kind === 'directive' && message.directive.targets.length === 0) this.#told = message.directive.counts;
    else if (message.kind === 'directive') for (const { agentId, state } of message.directive.targets) this.#states.set(agentId, state);
  }
}

export type RolloutOptions = { wave?: string; stopAfter?: string };

/** What is said of waves (`50`, `10%`) and failures for so many machines; undefined when nothing is. */
export function rolloutFrom({ wave, stopAfter }: RolloutOptions, machines: number): Outcome<Rollout | undefined> {
  if (wave === undefined && stopAfter === undefined) return success(undefined);
  const [, size, perCent] = /^([1-9]\d{0,6})(%?)$/.exec(wave ?? '1') ?? [];
  const waveSize = perCent === '%' ? Math.ceil((machines * Number(size)) / 100) : Number(size);
  if (size === undefined || waveSize > limits.maxTargets) return failure('usage', `--wave ${wave}: write 50 or 10%`);
  if (stopAfter !== undefined && !/^[1-9]\d{0,5}$/.test(stopAfter)) return failure('usage', `--stop-after ${stopAfter}: write how many`);
  return success({ ...(wave === undefined ? {} : { waveSize }), ...(stopAfter === undefined ? {} : { stopAfter: Number(stopAfter) }) });
}

/** What somebody may want to do once more: ends that did not bring what was asked. */
export const unsuccessful: readonly TargetState[] = ['failed', 'refused', 'interrupted', 'expired'];

const open: readonly TargetState[] = ['waiting', 'sent', 'running'];

export function countOf(counts: Readonly<StateCounts>, states: readonly TargetState[] = targetStates): number {
  return counts.reduce((sum, { state, count }) => (states.includes(state) ? sum + count : sum), 0);
}

/** Whether every machine has ended. */
export function haveEnded(counts: StateCounts): boolean {
  return countOf(counts, open) === 0;
}

/** `534 of 550 done, 12 failed, 4 waiting`. */
export function countWords(counts: StateCounts): string {
  const others = counts.filter(({ state }) => state !== 'succeeded').map(({ state, count }) => `${count} ${state}`);
  return [`${countOf(counts, ['succeeded'])} of ${countOf(counts)} done`, ...others].join(', ');
}
