/**
 * A directive's way into the outboxes of its machines: of a few at once, of many slice by slice, so that what others ask
 * meanwhile is answered in between. Each machine is offered its directives in their order, and nobody waits for the
 * machines of others: whoever gives one of them something else gives it first what it was to be given before.
 */
import { setImmediate } from 'node:timers/promises';
import type { Envelope } from '../../protocol/envelope.ts';
import type { OpenTarget } from '../store/directives.ts';
import type { AgentOutbox } from './outbox.ts';

/** What is the same for all of a directive's machines. */
export type Given = Pick<OpenTarget, 'directiveId' | 'envelope' | 'seq'>;
export type OfferedTarget = { readonly agentId: string; readonly proof: OpenTarget['proof']; readonly state: 'sent' | 'waiting' };

/** Machines that are seen to before anything else has its turn: each costs about a tenth of a millisecond. */
const machinesATurn = 20;

type OutboxOf = (agentId: string) => Pick<AgentOutbox, 'offer' | 'offerLater' | 'cancel'> | undefined;

export class Offering {
  readonly #outboxOf: OutboxOf;
  /** Machines still to be offered something, by directive, the first one first. */
  readonly #open: { readonly given: Given; readonly targets: Map<string, OfferedTarget> }[] = [];

  constructor(outboxOf: OutboxOf) {
    this.#outboxOf = outboxOf;
  }

  offer(given: Given, targets: readonly OfferedTarget[]): void {
    if (targets.length > machinesATurn) {
      this.#open.push({ given, targets: new Map(targets.map((target) => [target.agentId, target])) });
      if (this.#open.length === 1) void this.#offerInTurn();
      return;
    }
    for (const target of targets) {
      this.#catchUp(target.agentId);
      this.#offerTo(given, target);
    }
  }

  /** Hands a cancel to each machine, behind the directive itself. */
  async cancel(directiveId: string, envelope: Envelope, targets: readonly { readonly agentId: string }[]): Promise<void> {
    for (const [index, { agentId }] of targets.entries()) {
      this.#catchUp(agentId);
      this.#outboxOf(agentId)?.cancel(directiveId, envelope);
      if (index % machinesATurn === machinesATurn - 1) await setImmediate();
    }
  }

  /** What this machine is still to be offered it is offered now. */
  #catchUp(agentId: string): void {
    for (const { given, targets } of this.#open) {
      const target = targets.get(agentId);
      if (target === undefined) continue;
      targets.delete(agentId);
      this.#offerTo(given, target);
    }
  }

  async #offerInTurn(): Promise<void> {
    for (let first = this.#open[0]; first !== undefined; first = this.#open[0]) {
      let seenTo = 0;
      for (const agentId of first.targets.keys()) {
        this.#catchUp(agentId);
        seenTo += 1;
        if (seenTo % machinesATurn === 0) await setImmediate();
      }
      this.#open.shift();
    }
  }

  #offerTo(given: Given, { agentId, proof, state }: OfferedTarget): void {
    const outbox = this.#outboxOf(agentId);
    if (state === 'sent') outbox?.offer({ ...given, proof, cancel: undefined });
    else outbox?.offerLater();
  }
}
