/**
 * How far running targets are. Kept in memory only: the agent tells it again, and the end comes as a signed report.
 * Entries go with their agent's report; there are at most `limits.maxAcceptedDirectives` for each agent.
 */
import type { DirectiveTarget } from '../../protocol/messages/live.ts';

export class ProgressBook {
  readonly #targets = new Map<string, Map<string, DirectiveTarget>>();

  /** Notes a state and gives what is known now. */
  note(directiveId: string, target: DirectiveTarget): DirectiveTarget {
    const running = this.#targets.get(target.agentId) ?? new Map<string, DirectiveTarget>();
    this.#targets.set(target.agentId, running);
    const merged = { ...running.get(directiveId), ...target };
    running.set(directiveId, merged);
    return merged;
  }

  knows(directiveId: string, agentId: string): boolean {
    return this.#targets.get(agentId)?.has(directiveId) === true;
  }

  forget(directiveId: string, agentId: string): void {
    const running = this.#targets.get(agentId);
    running?.delete(directiveId);
    if (running?.size === 0) this.#targets.delete(agentId);
  }

  /** The target with what is known beyond the store. */
  latest(directiveId: string, target: DirectiveTarget): DirectiveTarget {
    const isOpen = target.state === 'waiting' || target.state === 'sent';
    return (isOpen ? this.#targets.get(target.agentId)?.get(directiveId) : undefined) ?? target;
  }
}
