/**
 * The one place that says what somebody may see or administer here. It asks the policy in force each time, with the same
 * functions as agents and consoles do; a machine out of reach is treated as one that does not exist.
 */
import { administers, mayReach } from '../../protocol/statements/policy-rules.ts';
import type { MachineIndex } from '../store/machine-index.ts';
import type { Visitor } from './sign-ins.ts';
import type { StatementKeeper } from './statement-keeper.ts';

export class Authorizer {
  readonly #statements: StatementKeeper;
  readonly #machines: MachineIndex;

  constructor(statements: StatementKeeper, machines: MachineIndex) {
    this.#statements = statements;
    this.#machines = machines;
  }

  mayReach(visitor: Visitor, agentId: string): boolean {
    const place = this.#machines.get(agentId);
    return place !== undefined && mayReach(this.#statements.policy, visitor.personId, agentId, place.site);
  }

  /** Whether the person may see a machine of this site, or would if there were one. */
  maySeeSite(visitor: Visitor, site: string): boolean {
    return this.#reachesAll(visitor, site) || this.#machines.some(([id, place]) => place.site === site && this.mayReach(visitor, id));
  }

  /** Whether the person may see any machine at all. */
  maySeeSome(visitor: Visitor): boolean {
    return this.#reachesAll(visitor, '*') || this.#machines.some(([id]) => this.mayReach(visitor, id));
  }

  administers(visitor: Visitor): boolean {
    return administers(this.#statements.policy, visitor.personId);
  }

  #reachesAll(visitor: Visitor, site: string): boolean {
    return mayReach(this.#statements.policy, visitor.personId, '', site);
  }

  /** Whether the policy still has this person. */
  knows(visitor: Visitor): boolean {
    return this.#statements.policy.people.some((person) => person.id === visitor.personId);
  }
}
