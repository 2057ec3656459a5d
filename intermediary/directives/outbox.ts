/**
 * What waits for one connected agent. Directives leave in order of arrival, no faster than the session takes them and no
 * more at once than the agent accepts. Before one leaves, the store says `sent`: so `waiting` there means that it
 * certainly never left, also after a crash.
 */
import type { ToAgent } from '../../protocol/messages/agent.ts';
import type { Clock } from '../../protocol/clock.ts';
import { limits } from '../../protocol/limits.ts';
import { success } from '../../protocol/outcome.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import type { Envelope } from '../../protocol/envelope.ts';
import type { DirectiveTarget } from '../../protocol/messages/live.ts';
import { markSent, readOpenTargets } from '../store/directives.ts';
import type { OpenTarget } from '../store/directives.ts';
import type { Store } from '../store/store.ts';

/** The way to a connected agent, as sessions/ gives it. */
export type AgentLink = {
  readonly agentId: string;
  /** False: wait for `drained`. The message is taken all the same. */
  send(message: ToAgent): boolean;
};

export type OutboxOptions = {
  readonly link: AgentLink;
  readonly store: Store;
  readonly clock: Clock;
  /** Accepted by the agent and not reported, as it said at its check-in. */
  readonly pending: readonly string[];
  /** A machine in quarantine is given nothing. */
  readonly quarantined: boolean;
  changed(directiveId: string, target: DirectiveTarget): void;
};

export class AgentOutbox {
  readonly link: AgentLink;
  readonly #options: OutboxOptions;
  /** Given to this agent and not ended. */
  readonly #unfinished: Set<string>;
  /** Marked as sent, and about to leave. */
  #ready: OpenTarget[] = [];
  /** First what an earlier session may have lost, then what waits. */
  #source: 'sent' | 'waiting' = 'sent';
  #afterSeq = 0;
  #mayHaveMore = true;
  #isBlocked = false;
  #isPumping = false;
  #isClosed = false;

  constructor(options: OutboxOptions) {
    this.link = options.link;
    this.#options = options;
    this.#unfinished = new Set(options.pending);
  }

  /** Whether this directive was given to this agent and has not ended. */
  has(directiveId: string): boolean {
    return this.#unfinished.has(directiveId);
  }

  /** Whether a directive that is stored now can leave at once. If not it is stored as waiting, and comes in its turn. */
  canTake(): boolean {
    const isFree = this.#isOpen() && this.#ready.length === 0 && !this.#mayHaveMore;
    if (!isFree) this.#mayHaveMore = true;
    return isFree;
  }

  /** Sends a directive that was just stored as sent. */
  offer(target: OpenTarget): void {
    this.#ready.push(target);
    void this.pump();
  }

  /** Something was stored as waiting. */
  offerLater(): void {
    this.#mayHaveMore = true;
    void this.pump();
  }

  /** Hands a cancel on, behind its directive. */
  cancel(directiveId: string, envelope: Envelope): void {
    const at = this.#ready.findIndex((target) => target.directiveId === directiveId);
    const target = this.#ready[at];
    if (target !== undefined) this.#ready[at] = { ...target, cancel: envelope };
    else if (this.#unfinished.has(directiveId)) this.#pass({ kind: 'cancel', directiveId, envelope });
  }

  drained(): void {
    this.#isBlocked = false;
    void this.pump();
  }

  finished(directiveId: string): void {
    if (this.#unfinished.delete(directiveId)) void this.pump();
  }

  close(): void {
    this.#isClosed = true;
  }

  /** Sends what may leave. */
  async pump(): Promise<void> {
    if (this.#isPumping) return;
    this.#isPumping = true;
    try {
      while (this.#isOpen()) {
        const next = this.#ready.shift();
        if (next !== undefined) this.#send(next);
        else if (this.#mayHaveMore) await this.#load();
        else break;
      }
    } finally {
      this.#isPumping = false;
    }
  }

  #isOpen(): boolean {
    return !this.#isClosed && !this.#isBlocked && !this.#options.quarantined && this.#unfinished.size < limits.maxAcceptedDirectives;
  }

  #send(target: OpenTarget): void {
    const { directiveId, envelope, proof, cancel } = target;
    if (!this.#unfinished.has(directiveId)) {
      this.#unfinished.add(directiveId);
      this.#pass({ kind: 'directive', directiveId, envelope, proof: { ...proof, siblings: [...proof.siblings] } });
    }
    if (cancel !== undefined) this.#pass({ kind: 'cancel', directiveId, envelope: cancel });
  }

  #pass(message: ToAgent): void {
    if (!this.link.send(message)) this.#isBlocked = true;
  }

  async #load(): Promise<void> {
    const { link, clock, changed } = this.#options;
    const source = this.#source;
    // Before the answer: what is stored as waiting from here on says so anew.
    this.#mayHaveMore = false;
    const loaded = await this.#take(source, clock.now());
    if (!loaded.ok) return this.#retryLater();
    const targets = loaded.value;
    const isLast = targets.length < limits.dispatchPage;
    if (source === 'sent') this.#afterSeq = targets.at(-1)?.seq ?? this.#afterSeq;
    if (source === 'sent' && isLast) this.#source = 'waiting';
    if (source === 'sent' || !isLast) this.#mayHaveMore = true;
    if (source === 'waiting') for (const { directiveId } of targets) changed(directiveId, { agentId: link.agentId, state: 'sent', changedAtMs: clock.now() });
    this.#ready.push(...targets);
  }

  /** One transaction: what was cancelled or has expired meanwhile is not in it, and what is in it cannot be any more. */
  #take(state: 'sent' | 'waiting', atMs: number): Promise<Outcome<OpenTarget[]>> {
    const { store, link } = this.#options;
    const page = { state, afterSeq: state === 'sent' ? this.#afterSeq : 0, limit: limits.dispatchPage };
    return store.write(async (tx) => {
      const targets = await readOpenTargets(tx, link.agentId, page);
      if (state === 'waiting' && targets.length > 0) await markSent(tx, link.agentId, targets.map(({ seq }) => seq), atMs);
      return success(targets);
    });
  }

  /** The disk is at fault: waiting costs nothing but time. */
  #retryLater(): void {
    this.#isBlocked = true;
    this.#mayHaveMore = true;
    this.#options.clock.after(limits.expireEveryMs, () => this.drained());
  }
}
