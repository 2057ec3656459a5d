/**
 * Contact settings: taken from people who may set them, kept, brought to the machines they cover, shown to whoever may
 * see one of those. The agent checks each of them again and only its word counts; here the same checks spare everybody
 * settings that machines would refuse anyway, and hold the signer to the number of machines, which no agent knows.
 */
import type { Clock } from '../../protocol/clock.ts';
import { covers } from '../../protocol/contact-settings.ts';
import type { ContactScope } from '../../protocol/contact-settings.ts';
import type { Envelope } from '../../protocol/envelope.ts';
import type { ContactLayer } from '../../protocol/messages/live.ts';
import { failure, success } from '../../protocol/outcome.ts';
import type { Failure, Outcome } from '../../protocol/outcome.ts';
import { maySet } from '../../protocol/statements/contact-rules.ts';
import { contactType } from '../../protocol/statements/contact.ts';
import type { ContactStatement } from '../../protocol/statements/contact.ts';
import { verifySignature } from '../../protocol/statements/dsse.ts';
import { findKey } from '../../protocol/statements/policy-rules.ts';
import type { KeyHolder } from '../../protocol/statements/policy-rules.ts';
import { readContact } from '../../protocol/statements/read.ts';
import type { AuditLog } from '../audit-log/audit-log.ts';
import type { Bus } from '../bus/bus.ts';
import type { Authorizer } from '../people/authorizer.ts';
import type { Visitor } from '../people/sign-ins.ts';
import type { StatementKeeper } from '../people/statement-keeper.ts';
import { keptContact, putContact, scopesOf } from '../store/contact.ts';
import type { MachineIndex } from '../store/machine-index.ts';
import type { Store } from '../store/store.ts';

type Needs = {
  readonly store: Store;
  readonly audit: AuditLog;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly statements: StatementKeeper;
  readonly machines: MachineIndex;
  readonly authorizer: Authorizer;
};

export class ContactKeeper {
  readonly #needs: Needs;

  constructor(needs: Needs) {
    this.#needs = needs;
  }

  /** What is set for a scope and for those around it, farthest first. `no-such-machine` alike for what is not there and what is out of reach. */
  async read(visitor: Visitor, scope: ContactScope): Promise<Outcome<ContactLayer[]>> {
    if (!this.#maySee(visitor, scope)) return failure('no-such-machine', 'agent' in scope ? scope.agent : 'no machine of this scope is known to you');
    const kept = await keptContact(this.#needs.store.read, this.#around(scope));
    return success(kept.map(({ scope: of, overrides, version, setBy, setAtMs }) => ({ scope: of, overrides, version, setBy, setAtMs })));
  }

  /** Takes the next settings of a scope; durable when it answers. What is refused is in the audit log. */
  async offer(visitor: Visitor, envelope: Envelope): Promise<Outcome<{ version: number }>> {
    const checked = await this.#check(visitor, envelope);
    const taken = checked.ok ? await this.#keep(visitor, checked.value, envelope) : checked;
    if (taken.ok) return taken;
    await this.#needs.audit.note('contact-refused', { personId: visitor.personId, code: taken.code, detail: taken.detail });
    return taken;
  }

  #maySee(visitor: Visitor, scope: ContactScope): boolean {
    const { authorizer } = this.#needs;
    if ('agent' in scope) return authorizer.mayReach(visitor, scope.agent);
    return 'site' in scope ? authorizer.maySeeSite(visitor, scope.site) : authorizer.maySeeSome(visitor);
  }

  #around(scope: ContactScope): ContactScope[] {
    if ('agent' in scope) return scopesOf(scope.agent, this.#siteOf(scope));
    return 'site' in scope ? [{ everywhere: true }, scope] : [scope];
  }

  #siteOf(scope: ContactScope): string {
    return 'agent' in scope ? (this.#needs.machines.get(scope.agent)?.site ?? '') : '';
  }

  async #check(visitor: Visitor, envelope: Envelope): Promise<Outcome<ContactStatement>> {
    const signer = await this.#signerOf(visitor, envelope);
    if (!signer.ok) return signer;
    const read = readContact(envelope.payload);
    if (!read.ok) return read;
    return this.#whyNot(visitor, signer.value, read.value) ?? read;
  }

  async #signerOf({ personId }: Visitor, envelope: Envelope): Promise<Outcome<KeyHolder>> {
    const { statements, clock } = this.#needs;
    const [first, ...others] = envelope.signatures;
    if (envelope.payloadType !== contactType) return failure('statement-type-unknown', envelope.payloadType);
    if (first === undefined || others.length > 0) return failure('statement-malformed', 'settings are signed once, by whoever sets them');
    const holder = findKey(statements.policy, first.keyId);
    if (holder === undefined) return failure('signer-unknown', `no key ${first.keyId}`);
    if (holder.key.notAfter * 1000 < clock.now()) return failure('signer-expired', `the key of ${holder.person.name} is past its time`);
    if (!(await verifySignature(envelope, holder.key))) return failure('signature-invalid', `not signed by ${first.keyId}`);
    return holder.person.id === personId ? success(holder) : failure('forbidden', 'it is signed by somebody else than who is signed in');
  }

  #whyNot(visitor: Visitor, signer: KeyHolder, { scope, policy }: ContactStatement): Failure | undefined {
    const { statements, machines } = this.#needs;
    const present = statements.policy;
    if (policy > present.version) return failure('policy-unknown', `made under version ${policy}, in force is ${present.version}`);
    if (policy < present.version) return failure('policy-outdated', `made under version ${policy}, in force is ${present.version}`);
    if (!this.#maySee(visitor, scope)) return failure('no-such-machine', 'no machine of this scope is known to you');
    const count = machines.count((agentId, { site }) => covers(scope, { agentId, site }));
    const answer = maySet(present, signer, scope, { siteOfAgent: this.#siteOf(scope), machines: count });
    return answer.ok ? undefined : answer;
  }

  async #keep(visitor: Visitor, { scope, overrides, version }: ContactStatement, envelope: Envelope): Promise<Outcome<{ version: number }>> {
    const { store, audit, bus, clock } = this.#needs;
    const setBy = { personId: visitor.personId, name: visitor.name };
    const stored = await store.write(async (tx) => {
      const kept = await putContact(tx, { scope, overrides, version, envelope, setBy, setAtMs: clock.now() });
      if (!kept) return failure('conflict', `version ${version} is not the next one`);
      return success(await audit.append(tx, 'contact-changed', { scope, overrides, version, personId: visitor.personId }));
    });
    if (!stored.ok) return stored;
    bus.publish('contact-changed', { scope, version, envelope });
    return success({ version });
  }
}
