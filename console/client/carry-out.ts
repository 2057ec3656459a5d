/**
 * One directive on one machine from the signature to the verified report, with its output while it runs.
 */
import { limits } from '../../protocol/limits.ts';
import type { DirectiveTarget, Machine, ToConsole } from '../../protocol/messages/live.ts';
import { failure, success } from '../../protocol/outcome.ts';
import type { Failure, Outcome } from '../../protocol/outcome.ts';
import type { Report } from '../../protocol/statements/report.ts';
import { giveDirective } from './directives.ts';
import type { Act, Desk, GivenDirective } from './directives.ts';
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
  const given = await giveDirective(desk, { ...rest, machines: [machine] });
  if (!given.ok) return given;
  handlers.given?.(given.value);
  const follower = handlers.output === undefined ? undefined : new OutputFollower(desk.live, given.value.directive.id, machine.id, handlers.output);
  const ended = await reportOf(desk, given.value, machine, handlers);
  if (ended.ok && follower !== undefined) await follower.upTo(ended.value.report.output, desk.clock, limits.outputAfterReportMs);
  follower?.stop();
  return ended;
}

/** Watches one given directive until its machine has reported, and checks the report. */
export function reportOf(desk: Pick<Desk, 'live'>, given: GivenDirective, machine: Machine, handlers: CarryOutHandlers): Promise<Outcome<Ending>> {
  return new Promise((resolve) => {
    const end = (outcome: Outcome<Ending>): void => {
      stop();
      resolve(outcome);
    };
    const see = (target: DirectiveTarget): void => {
      if (target.agentId !== machine.id) return;
      handlers.state?.(target);
      if (target.report !== undefined) void checked(given, machine, target).then(end);
      else if (isFinal(target)) end(failure('message-malformed', `the intermediary says ${target.state} but shows no report`));
    };
    const stop = desk.live.watch(
      { of: 'directive', directiveId: given.directive.id },
      { event: (message) => targetsIn(message).forEach(see), failed: end },
    );
  });
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
