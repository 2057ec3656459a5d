/**
 * One directive on one machine from the signature to the verified report, with its output while it runs.
 */
import { limits } from '../../protocol/limits.ts';
import type { DirectiveTarget, Machine, ToConsole } from '../../protocol/messages/live.ts';
import { failure, success } from '../../protocol/outcome.ts';
import type { Failure, Outcome } from '../../protocol/outcome.ts';
import type { Report } from '../../protocol/statements/report.ts';
import type { Target } from '../../protocol/statements/directive.ts';
import { signDirective } from './directives.ts';
import type { Act, Desk, GivenDirective } from './directives.ts';
import type { LiveSocket } from './live-socket.ts';
import { OutputFollower } from './output-follower.ts';
import type { OutputHandlers } from './output-follower.ts';
import { claimedReport, verifyReport } from './reports.ts';

export type Ending = {
  readonly given: GivenDirective;
  readonly report: Report;
  /** Why the report is not to be believed; absent when it was verified. */
  readonly unverified?: Failure;
};

export type CarryOutHandlers = {
  given?(given: GivenDirective): void;
  /** Every change of state on the machine, per cent included. */
  state?(target: DirectiveTarget): void;
  /** Absent: the output is not fetched. */
  output?: OutputHandlers;
};

export type SingleAct = Omit<Act, 'machines'> & { readonly machine: Machine };

/**
 * Gives the directive and follows it to its end. A machine that has meanwhile begun another session refuses it as
 * `nonce-stale`: then it is made anew, once, for the session that `present` knows.
 */
export async function carryOut(desk: Desk, act: SingleAct, handlers: CarryOutHandlers, present: () => Machine | undefined): Promise<Outcome<Ending>> {
  const first = await attempt(desk, act, handlers);
  const stale = first.ok ? first.value.report.code === 'nonce-stale' : first.code === 'nonce-stale';
  if (!stale) return first;
  return attempt(desk, { ...act, machine: present() ?? act.machine }, handlers);
}

async function attempt(desk: Desk, act: SingleAct, handlers: CarryOutHandlers): Promise<Outcome<Ending>> {
  const { machine, ...rest } = act;
  const { given, targets } = await signDirective(desk, { ...rest, machines: [machine] });
  const { taken, ended, stop } = follow(desk.live, { given, targets, machine }, handlers);
  const accepted = await taken;
  if (!accepted.ok) return accepted;
  handlers.given?.(given);
  const follower = handlers.output === undefined ? undefined : new OutputFollower(desk.live, given.directive.id, machine.id, handlers.output);
  const ending = await ended;
  stop();
  if (ending.ok && follower !== undefined) await follower.upTo(ending.value.report.output, desk.clock, limits.outputAfterReportMs);
  follower?.stop();
  return ending;
}

type Signed = { readonly given: GivenDirective; readonly targets: readonly Target[]; readonly machine: Machine };

/** Hands it in and watches it until its machine has reported, and checks the report. */
function follow(live: LiveSocket, { given, targets, machine }: Signed, handlers: CarryOutHandlers) {
  const { promise: ended, resolve: end } = Promise.withResolvers<Outcome<Ending>>();
  const see = (target: DirectiveTarget): void => {
    if (target.agentId !== machine.id) return;
    handlers.state?.(target);
    if (target.report !== undefined) void checked(given, machine, target).then(end);
    else if (isFinal(target)) end(failure('message-malformed', `the intermediary says ${target.state} but shows no report`));
  };
  const { taken, stop } = live.submitAndWatch({ id: given.directive.id, envelope: given.envelope, targets }, {
    // news may come in the same moment as the acceptance, which is told first
    event: (message) => void taken.then(() => targetsIn(message).forEach(see)),
    failed: end,
  });
  return { taken, ended, stop };
}

function targetsIn(message: ToConsole): readonly DirectiveTarget[] {
  if (message.kind === 'directive') return message.directive.targets;
  return message.kind === 'target' ? [message.target] : [];
}

/** `expired` in the queue is the intermediary's word alone; every other end has a report. */
function isFinal({ state }: DirectiveTarget): boolean {
  return !['waiting', 'sent', 'running'].includes(state);
}

async function checked(given: GivenDirective, machine: Machine, target: DirectiveTarget): Promise<Outcome<Ending>> {
  const envelope = target.report;
  if (envelope === undefined) return failure('message-malformed', 'no report');
  const expected = { directiveId: given.directive.id, digest: given.digest, agentId: machine.id, identityKey: machine.identityKey };
  const verified = await verifyReport(envelope, expected);
  if (verified.ok) return success({ given, report: verified.value });
  const claimed = claimedReport(envelope);
  return claimed.ok ? success({ given, report: claimed.value, unverified: verified }) : verified;
}
