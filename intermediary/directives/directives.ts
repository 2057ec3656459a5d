/**
 * Directives: taken from people, kept until their machines have them, followed to their end. A target is `waiting` (was
 * certainly never sent), `sent`, `running`, and ends by the agent's signed report; only one that was never sent can end
 * by the intermediary's own word, as `cancelled` or `expired`.
 */
import { sameBytes } from '../../protocol/bytes.ts';
import type { Clock } from '../../protocol/clock.ts';
import type { Envelope } from '../../protocol/envelope.ts';
import { limits } from '../../protocol/limits.ts';
import type { FromAgent } from '../../protocol/messages/agent.ts';
import type { DirectiveTarget } from '../../protocol/messages/live.ts';
import { failure, success } from '../../protocol/outcome.ts';
import type { Failure, Outcome } from '../../protocol/outcome.ts';
import type { Directive, Rollout, Target } from '../../protocol/statements/directive.ts';
import type { AuditLog } from '../audit-log/audit-log.ts';
import type { Bus } from '../bus/bus.ts';
import type { Visitor } from '../people/sign-ins.ts';
import type { StatementKeeper } from '../people/statement-keeper.ts';
import { readStates } from '../store/directive-pages.ts';
import { cancelDirective, expireWaiting, findDirective, insertDirective } from '../store/directives.ts';
import type { GivenUp } from '../store/directives.ts';
import { rollOn } from '../store/rollout.ts';
import type { RolledOn } from '../store/rollout.ts';
import type { MachineIndex } from '../store/machine-index.ts';
import type { Store } from '../store/store.ts';
import type { DirectiveViews } from './directive-views.ts';
import { Offering } from './offering.ts';
import type { OfferedTarget } from './offering.ts';
import type { AgentOutbox } from './outbox.ts';
import type { ProgressBook } from './progress-book.ts';
import { checkCancel, checkSubmission } from './submission.ts';
import type { Rules, Submission } from './submission.ts';

export type DirectivesNeeds = {
  readonly store: Store;
  readonly audit: AuditLog;
  readonly bus: Bus;
  readonly statements: StatementKeeper;
  readonly machines: MachineIndex;
  readonly clock: Clock;
  readonly progress: ProgressBook;
  readonly views: DirectiveViews;
};

/** `isNew` is false when the same bytes had been handed in before. */
export type Submitted = { readonly directiveId: string; readonly isNew: boolean };

export class Directives {
  readonly #needs: DirectivesNeeds;
  readonly #outboxes = new Map<string, AgentOutbox>();
  readonly #offering = new Offering((agentId) => this.#outboxes.get(agentId));

  constructor(needs: DirectivesNeeds) {
    this.#needs = needs;
  }

  /**
   * Takes a signed directive: durable when this answers. Handing in the same bytes again is the same success; other
   * bytes under a known id are `replayed`. What is refused is in the audit log with its code. Changes of a new one are
   * published after this has answered, never before.
   */
  async submit(by: Visitor, offer: { readonly envelope: Envelope; readonly targets: readonly Target[] }): Promise<Outcome<Submitted>> {
    const checked = await checkSubmission(this.#rules(), by.personId, offer);
    if (!checked.ok) return this.#refuse(by, checked);
    return this.#take(by, checked.value);
  }

  /** Ends a directive: at once where it was never sent, else by asking the agent. `no-such-directive` if there is none. */
  async cancel(by: Visitor, envelope: Envelope): Promise<Outcome<string>> {
    const { store, audit, clock } = this.#needs;
    const checked = await checkCancel(this.#rules(), by.personId, envelope);
    if (!checked.ok) return this.#refuse(by, checked);
    const { directiveId } = checked.value;
    if ((await this.#needs.views.counts(by, directiveId)).length === 0) return failure('no-such-directive', directiveId);
    const cancelled = await store.write(async (tx) => {
      const neverSent = await cancelDirective(tx, directiveId, envelope, clock.now());
      await audit.append(tx, 'cancel-accepted', { directiveId, personId: by.personId, neverSent: neverSent.length });
      return success(neverSent);
    });
    if (!cancelled.ok) return cancelled;
    this.#tellGivenUp(cancelled.value, 'cancelled');
    await this.#offering.cancel(directiveId, envelope, await readStates(store.read, directiveId));
    return success(directiveId);
  }

  /** A connected agent takes directives from here on. */
  connected(outbox: AgentOutbox): void {
    const { agentId } = outbox.link;
    this.#outboxes.get(agentId)?.close();
    this.#outboxes.set(agentId, outbox);
    void outbox.pump();
  }

  disconnected(outbox: AgentOutbox): void {
    outbox.close();
    if (this.#outboxes.get(outbox.link.agentId) === outbox) this.#outboxes.delete(outbox.link.agentId);
  }

  /** What an agent says of a directive that it was given. Of any other it is not heard. */
  progressed(outbox: AgentOutbox, said: Extract<FromAgent, { kind: 'accepted' | 'started' | 'progress' }>): void {
    if (!outbox.has(said.directiveId)) return;
    const { agentId } = outbox.link;
    const changedAtMs = this.#needs.clock.now();
    const { percent, note } = said.kind === 'progress' ? said : {};
    // accepted and started come together, and look the same from here
    if (said.kind === 'started' && this.#needs.progress.knows(said.directiveId, agentId)) return;
    const target = { agentId, state: 'running' as const, changedAtMs, ...(percent === undefined ? {} : { percent }), ...(note === undefined ? {} : { note }) };
    this.changed(said.directiveId, this.#needs.progress.note(said.directiveId, target));
  }

  /** A target's report can be read, and what it means for the others is decided. */
  finished(directiveId: string, target: DirectiveTarget, others: RolledOn): void {
    this.#needs.progress.forget(directiveId, target.agentId);
    this.changed(directiveId, target);
    this.#rolledOn(others);
  }

  changed(directiveId: string, target: DirectiveTarget): void {
    this.#needs.views.changed(directiveId, target);
  }

  /** Gives up, from now on and again and again, what waited past its time. The result stops it. */
  watchExpiry(): () => void {
    let timer = this.#needs.clock.after(limits.expireEveryMs, () => void again());
    const again = async (): Promise<void> => {
      await this.expire();
      timer = this.#needs.clock.after(limits.expireEveryMs, () => void again());
    };
    return () => timer.cancel();
  }

  async expire(): Promise<void> {
    const { store, audit, clock } = this.#needs;
    const expired = await store.write(async (tx) => {
      const due = await expireWaiting(tx, clock.now());
      for (const { directiveId, agentId } of due) await audit.append(tx, 'directive-given-up', { directiveId, agentId, state: 'expired' });
      const others: RolledOn[] = [];
      for (const seq of new Set(due.map((target) => target.seq))) others.push(await rollOn(tx, seq, clock.now()));
      return success({ due, others });
    });
    if (!expired.ok) return;
    this.#tellGivenUp(expired.value.due, 'expired');
    expired.value.others.forEach((others) => this.#rolledOn(others));
  }

  #rules(): Rules {
    const { statements, machines, clock } = this.#needs;
    return { policy: statements.policy, machines, clock };
  }

  async #refuse(by: Visitor, refusal: Failure): Promise<Failure> {
    await this.#needs.audit.note('directive-refused', { personId: by.personId, code: refusal.code, detail: refusal.detail });
    return refusal;
  }

  async #take(by: Visitor, submission: Submission): Promise<Outcome<Submitted>> {
    const { store, audit, clock } = this.#needs;
    const { directive, envelope, targets, tree } = submission;
    const submittedAtMs = clock.now();
    const giveUpAtMs = directive.life.kind === 'interactive' ? submittedAtMs + limits.interactiveWaitMs : directive.life.notAfter * 1000;
    const rollout = rolloutOf(directive);
    const rows = targets.map(({ agentId }, index) => ({ agentId, proof: tree.proof(index), state: index < (rollout.waveSize ?? targets.length) ? this.#firstState(agentId) : 'waiting' as const }));
    const stored = await store.write(async (tx) => {
      const row = { id: directive.id, envelope, personId: by.personId, personName: by.name, submittedAtMs, giveUpAtMs, rollout, isStanding: directive.life.kind === 'standing' };
      const seq = await insertDirective(tx, row, rows);
      if (seq === undefined) {
        const known = await findDirective(tx, directive.id);
        return known !== undefined && sameBytes(known.envelope.payload, envelope.payload) ? success(undefined) : failure('replayed', 'the id is that of another directive');
      }
      await audit.append(tx, 'directive-accepted', { directiveId: directive.id, personId: by.personId, primitive: directive.primitive, targets: auditTargets(targets) });
      return success(seq);
    });
    if (!stored.ok) return stored.code === 'replayed' ? this.#refuse(by, stored) : stored;
    if (stored.value !== undefined) this.#dispatch(by, submission, { seq: stored.value, submittedAtMs, rows });
    return success({ directiveId: directive.id, isNew: stored.value !== undefined });
  }

  #firstState(agentId: string): 'sent' | 'waiting' {
    return this.#outboxes.get(agentId)?.canTake() === true ? 'sent' : 'waiting';
  }

  #dispatch(by: Visitor, { directive, envelope }: Submission, taken: Taken): void {
    const { seq, submittedAtMs, rows } = taken;
    this.#needs.views.noteSize(directive.id, rows.length);
    const targets = this.#needs.views.isLarge(directive.id) ? [] : rows.map(({ agentId, state }) => ({ agentId, state, changedAtMs: submittedAtMs }));
    const record = { id: directive.id, envelope, submittedBy: { personId: by.personId, name: by.name }, submittedAtMs, targets };
    this.#offering.offer({ directiveId: directive.id, envelope, seq }, rows);
    this.#needs.bus.publish('directive-added', { directive: record });
    this.#needs.bus.publish('machines-wanted', { agentIds: rows.slice(0, rolloutOf(directive).waveSize).map(({ agentId }) => agentId), isUrgent: directive.life.kind === 'interactive' });
  }

  #rolledOn({ released, stopped }: RolledOn): void {
    this.#tellGivenUp(stopped, 'cancelled');
    for (const agentId of released) this.#outboxes.get(agentId)?.offerLater();
    if (released.length > 0) this.#needs.bus.publish('machines-wanted', { agentIds: released, isUrgent: false });
  }

  #tellGivenUp(targets: readonly GivenUp[], state: 'cancelled' | 'expired'): void {
    const changedAtMs = this.#needs.clock.now();
    for (const { directiveId, agentId } of targets) this.changed(directiveId, { agentId, state, changedAtMs });
  }
}

type Taken = { readonly seq: number; readonly submittedAtMs: number; readonly rows: readonly OfferedTarget[] };

function rolloutOf({ life }: Directive): Rollout {
  return life.kind === 'queued' ? (life.rollout ?? {}) : {};
}

/** One machine by its id, many by their number: who they were is in the directive's rows. */
function auditTargets(targets: readonly Target[]): string | number {
  const [only, ...others] = targets;
  return only !== undefined && others.length === 0 ? only.agentId : targets.length;
}
