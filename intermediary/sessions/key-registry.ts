/**
 * The rolling keys behind the channel (protocol/channel), over the store. State changes only in `commit`, in one
 * transaction that compares the live key: of two handshakes from the same key one loses.
 */
import { hex } from '../../protocol/bytes.ts';
import { chainKeys, UnderWay } from '../../protocol/channel/channel.ts';
import type { EnrolmentKey, KeyFinding, KeyRegistry, KeyStep, StrayAgent } from '../../protocol/channel/channel.ts';
import type { Clock } from '../../protocol/clock.ts';
import { limits } from '../../protocol/limits.ts';
import { EnrolmentIntroduction } from '../../protocol/messages/agent.ts';
import { encodeMessage, messageDecoder } from '../../protocol/messages/codec.ts';
import { failure, success } from '../../protocol/outcome.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import { protocolLevel } from '../../protocol/version.ts';
import type { AuditLog } from '../audit-log/audit-log.ts';
import type { Bus } from '../bus/bus.ts';
import { Rate } from '../people/rate.ts';
import type { StatementKeeper } from '../people/statement-keeper.ts';
import { findEnrolment, findLiveKey, findRetiredKey, insertEnrolment, insertLiveKey, rollKey, useEnrolment } from '../store/keys.ts';
import { findMachine, insertMachine } from '../store/machines.ts';
import type { MachineIndex } from '../store/machine-index.ts';
import type { Store } from '../store/store.ts';
import type { Tx } from '../store/write-queue.ts';
import type { Resyncs } from './resyncs.ts';
import type { SecretKeeper } from './secret-keeper.ts';

type Needs = {
  readonly store: Store;
  readonly audit: AuditLog;
  readonly bus: Bus;
  readonly statements: StatementKeeper;
  readonly machines: MachineIndex;
  readonly clock: Clock;
  readonly resyncs: Resyncs;
  readonly secrets: SecretKeeper;
};

/** The raw identity key stands before what an enrolling agent says of itself. */
const identityKeyBytes = 32;
const readIntroduction = messageDecoder(EnrolmentIntroduction);

/** An enrolment as an administrator makes it known. */
export type NewEnrolment = { readonly id: string; readonly secret: Uint8Array; readonly site: string; readonly notAfterMs: number; readonly uses: number };

export class StoredKeys implements KeyRegistry {
  readonly underWay = new UnderWay();
  readonly #needs: Needs;
  readonly #failures: Rate;

  constructor(needs: Needs) {
    this.#needs = needs;
    this.#failures = new Rate(needs.clock, limits.maxFailedHandshakesPerMinute);
  }

  async find(keyId: Uint8Array): Promise<KeyFinding> {
    const { read } = this.#needs.store;
    const id = hex(keyId);
    const live = await findLiveKey(read, id);
    if (live !== undefined) return this.#liveFinding(live);
    const enrolment = await findEnrolment(read, { keyId: id });
    if (enrolment !== undefined) return this.#enrolmentFinding(enrolment);
    const retired = await findRetiredKey(read, id);
    if (retired === undefined) return { status: 'refused', code: 'key-unknown' };
    return { status: 'retired', agentId: retired.agentId, identityKey: retired.identityKey };
  }

  async commit(step: KeyStep): Promise<Outcome<Uint8Array>> {
    const { finding } = step;
    return finding.status === 'live' ? this.#roll(step, hex(chainKeys(finding.chain).keyId)) : this.#enrol(step, finding);
  }

  outOfStep(stray: StrayAgent): Promise<Outcome<Uint8Array>> {
    return this.#needs.resyncs.outOfStep(stray);
  }

  failed(event: Parameters<KeyRegistry['failed']>[0]): void {
    // A cut proves nothing against who called: a bad path, which would else bar every agent behind one address, or an agent
    // that dialled several ways at once and took another.
    if (event.code === 'connection-lost') return;
    const address = hostOf(event.remoteAddress);
    // The log gets as many as are let through: a flood must not fill the disk.
    if (!this.#failures.count(address)) return;
    const keyId = event.keyId === undefined ? undefined : hex(event.keyId);
    void this.#needs.audit.note('handshake-failed', { code: event.code, keyId, remoteAddress: event.remoteAddress });
  }

  /** Whether an address has failed so often in this minute that it is not heard. */
  isBarred(remoteAddress: string): boolean {
    return this.#failures.isSpent(hostOf(remoteAddress));
  }

  /** Makes an enrolment known; `conflict` when its id or secret is. */
  async register(enrolment: NewEnrolment, byPersonId: string): Promise<Outcome<void>> {
    const { id, secret, site, notAfterMs, uses } = enrolment;
    const keyId = hex(chainKeys({ secret, number: 0 }).keyId);
    return this.#needs.store.write(async (tx) => {
      const isNew = await insertEnrolment(tx, { id, key_id: keyId, secret: this.#needs.secrets.wrap(id, secret), site, not_after_ms: notAfterMs, uses_left: uses });
      if (!isNew) return failure('conflict', 'there is an enrolment of this id');
      return success(await this.#needs.audit.append(tx, 'enrolment-made', { id, site, notAfterMs, uses, byPersonId }));
    });
  }

  #liveFinding({ agentId, identityKey, secret: wrapped, number }: NonNullable<Awaited<ReturnType<typeof findLiveKey>>>): KeyFinding {
    const secret = this.#needs.secrets.open(agentId, wrapped);
    return secret === undefined ? { status: 'refused', code: 'internal' } : { status: 'live', agentId, identityKey, chain: { secret, number } };
  }

  #enrolmentFinding(enrolment: { id: string; secret: Uint8Array; notAfterMs: number; usesLeft: number }): KeyFinding {
    if (enrolment.notAfterMs < this.#needs.clock.now()) return { status: 'refused', code: 'enrolment-expired' };
    if (enrolment.usesLeft < 1) return { status: 'refused', code: 'enrolment-used-up' };
    const secret = this.#needs.secrets.open(enrolment.id, enrolment.secret);
    return secret === undefined ? { status: 'refused', code: 'internal' } : { status: 'enrolment', enrolmentId: enrolment.id, chain: { secret, number: 0 } };
  }

  async #roll({ agentId, next, nextKeyId }: KeyStep, oldKeyId: string): Promise<Outcome<Uint8Array>> {
    return this.#needs.store.write(async (tx) => {
      const isRolled = await rollKey(tx, oldKeyId, { agentId, keyId: hex(nextKeyId), number: next.number, secret: this.#needs.secrets.wrap(agentId, next.secret) });
      if (!isRolled) return failure('conflict', 'another handshake of this agent was faster');
      const machine = await findMachine(tx, agentId);
      return success(this.#welcome(machine?.quarantined === 1));
    });
  }

  async #enrol(step: KeyStep, finding: EnrolmentKey): Promise<Outcome<Uint8Array>> {
    const introduction = readIntroduction(step.introduction.subarray(identityKeyBytes));
    if (!introduction.ok) return introduction;
    const enrolled = await this.#needs.store.write((tx) => this.#makeMachine(tx, { step, finding, introduction: introduction.value }));
    if (!enrolled.ok) return enrolled;
    this.#needs.machines.set(step.agentId, { site: enrolled.value, primitivesDigest: null });
    this.#needs.bus.publish('machine-changed', { agentId: step.agentId });
    return success(this.#welcome(false));
  }

  /** Gives the site. An identity that is known already does not enrol again: it would take the place of the first. */
  async #makeMachine(tx: Tx, { step, finding, introduction }: Enrolling): Promise<Outcome<string>> {
    const enrolment = await findEnrolment(tx, { id: finding.enrolmentId });
    if (enrolment === undefined || !(await useEnrolment(tx, finding.enrolmentId))) return failure('enrolment-used-up', 'it has been used as often as it may');
    if ((await findMachine(tx, step.agentId)) !== undefined) return failure('conflict', 'a machine of this identity is enrolled');
    const { site } = enrolment;
    const nowMs = this.#needs.clock.now();
    await insertMachine(tx, {
      id: step.agentId,
      identity_key: step.identityKey,
      site,
      enrolled_at_ms: nowMs,
      seen_at_ms: nowMs,
      facts_json: JSON.stringify(introduction.facts),
      primitives_digest: null,
      policy_version: 0,
      quarantined: 0,
    });
    const { number } = step.next;
    await insertLiveKey(tx, { agentId: step.agentId, keyId: hex(step.nextKeyId), number, secret: this.#needs.secrets.wrap(step.agentId, step.next.secret) });
    await this.#needs.audit.append(tx, 'machine-enrolled', { agentId: step.agentId, enrolmentId: enrolment.id, site, remoteAddress: step.remoteAddress });
    return success(site);
  }

  #welcome(quarantined: boolean): Uint8Array {
    return encodeMessage({ level: protocolLevel, quarantined, rootDigest: this.#needs.statements.rootDigest });
  }
}

type Enrolling = { readonly step: KeyStep; readonly finding: EnrolmentKey; readonly introduction: { facts: object } };

/** "192.0.2.7:40112" or "[2001:db8::1]:40112" without its port. */
export function hostOf(remoteAddress: string): string {
  return remoteAddress.replace(/:\d+$/, '');
}
