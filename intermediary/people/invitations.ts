/**
 * One-time sign-in links (protocol/invitation.ts). The intermediary knows only the digest of what the link's holder shows;
 * it keeps the name, the password and the wish for a key, and an owner decides by signing the next policy.
 */
import { createHash } from 'node:crypto';
import { hex, unbase64Url } from '../../protocol/bytes.ts';
import type { Clock, Random } from '../../protocol/clock.ts';
import { limits } from '../../protocol/limits.ts';
import type { KeyRequest } from '../../protocol/messages/live.ts';
import { failure, success } from '../../protocol/outcome.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import type { AuditLog } from '../audit-log/audit-log.ts';
import type { Bus } from '../bus/bus.ts';
import { insertInvitation, insertKeyRequest, insertUser, nameKey, readKeyRequests, useInvitation } from '../store/people.ts';
import type { Store } from '../store/store.ts';
import { checkPassword } from './passwords.ts';
import type { Passwords } from './passwords.ts';
import { Rate } from './rate.ts';
import type { Visitor } from './sign-ins.ts';
import type { StatementKeeper } from './statement-keeper.ts';

type Needs = {
  readonly store: Store;
  readonly audit: AuditLog;
  readonly bus: Bus;
  readonly statements: StatementKeeper;
  readonly passwords: Passwords;
  readonly clock: Clock;
  readonly random: Random;
};

/** What somebody with a link sends: `access`, `publicKey` and `proof` are base64url. */
export type Acceptance = {
  readonly id: string;
  readonly access: string;
  readonly name: string;
  readonly password: string;
  readonly publicKey: string;
  readonly proof: string;
};

export class Invitations {
  readonly #needs: Needs;
  readonly #byAddress: Rate;

  constructor(needs: Needs) {
    this.#needs = needs;
    this.#byAddress = new Rate(needs.clock, limits.signInPerMinute);
  }

  /** Makes a link known by the digest of its access; `conflict` when the id is taken. `notAfter` in seconds. */
  async register(invitation: { readonly id: string; readonly accessDigest: string; readonly notAfter: number }, by: Visitor): Promise<Outcome<void>> {
    const { store, audit, clock } = this.#needs;
    const notAfterMs = Math.min(invitation.notAfter * 1000, clock.now() + limits.maxInvitationMs);
    return store.write(async (tx) => {
      const isNew = await insertInvitation(tx, { id: invitation.id, access_digest: invitation.accessDigest, not_after_ms: notAfterMs, used: 0 });
      if (!isNew) return failure('conflict', 'there is an invitation of this id');
      return success(await audit.append(tx, 'invitation-made', { id: invitation.id, by: by.personId }));
    });
  }

  /**
   * Uses a link up: makes the user and the request. `invitation-invalid`, `name-taken`, `password-weak` or `rate-limited`
   * leave the link as it was.
   */
  async accept(acceptance: Acceptance, address: string): Promise<Outcome<{ requestId: string; personId: string }>> {
    if (!this.#byAddress.count(address)) return failure('rate-limited', 'too many attempts from this address');
    const access = unbase64Url(acceptance.access);
    if (access === undefined) return failure('invitation-invalid', 'the link is not whole');
    if (this.#isTaken(acceptance.name)) return failure('name-taken', acceptance.name);
    const strong = checkPassword(acceptance.password, acceptance.name);
    if (!strong.ok) return strong;
    const password = await this.#needs.passwords.hash(acceptance.password);
    if (!password.ok) return password;
    const request = this.#requestOf(acceptance);
    const accessDigest = createHash('sha256').update(access).digest('hex');
    const kept = await this.#keep(request, { accessDigest, password: password.value, address });
    if (!kept.ok) return kept;
    this.#needs.bus.publish('key-requested', { request });
    return success({ requestId: request.id, personId: request.personId });
  }

  /** Whether the asked key is in the policy; undefined when there is no such request. */
  async state(requestId: string): Promise<'waiting' | 'signed' | undefined> {
    const [request] = await readKeyRequests(this.#needs.store.read, requestId);
    return request && (this.isSigned(request) ? 'signed' : 'waiting');
  }

  /** Requests that no policy has answered yet. */
  async waiting(): Promise<KeyRequest[]> {
    const requests = await readKeyRequests(this.#needs.store.read);
    return requests.filter((request) => !this.isSigned(request));
  }

  isSigned(request: KeyRequest): boolean {
    const person = this.#needs.statements.policy.people.find((each) => each.id === request.personId);
    return person?.keys.some((key) => key.key === request.publicKey) === true;
  }

  #isTaken(name: string): boolean {
    return this.#needs.statements.policy.people.some((person) => nameKey(person.name) === nameKey(name));
  }

  #requestOf({ id, name, publicKey, proof }: Acceptance): KeyRequest {
    const { random, clock } = this.#needs;
    return { id: hex(random(16)), invitationId: id, name, personId: hex(random(16)), publicKey, proof, requestedAtMs: clock.now() };
  }

  #keep(request: KeyRequest, about: { accessDigest: string; password: string; address: string }): Promise<Outcome<void>> {
    const { store, audit } = this.#needs;
    return store.write(async (tx) => {
      const claim = { id: request.invitationId, accessDigest: about.accessDigest, nowMs: request.requestedAtMs };
      if (!(await useInvitation(tx, claim))) return failure('invitation-invalid', 'used, past its time, or not known');
      const isNew = await insertUser(tx, { person_id: request.personId, name: request.name, password: about.password });
      if (!isNew) return failure('name-taken', request.name);
      await insertKeyRequest(tx, request);
      const { id, invitationId, name, personId } = request;
      return success(await audit.append(tx, 'invitation-accepted', { requestId: id, invitationId, name, personId, address: about.address }));
    });
  }
}
