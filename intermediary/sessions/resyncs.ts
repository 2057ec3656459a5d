/**
 * Machines that are out of step: the alarm when one calls, and the way back that owners open. The intermediary opens none
 * by itself; the agent holds the same signed words against the root that it has pinned.
 */
import { hex, utf8 } from '../../protocol/bytes.ts';
import type { StrayAgent } from '../../protocol/channel/channel.ts';
import type { Clock } from '../../protocol/clock.ts';
import type { Envelope } from '../../protocol/envelope.ts';
import { failure, success } from '../../protocol/outcome.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import { toJson } from '../../protocol/statements/envelope-json.ts';
import { acceptResync, copyLetIn, letsIn } from '../../protocol/statements/resync-rules.ts';
import type { Resync } from '../../protocol/statements/resync.ts';
import type { AuditLog } from '../audit-log/audit-log.ts';
import type { Bus } from '../bus/bus.ts';
import type { StatementKeeper } from '../people/statement-keeper.ts';
import { findRetiredKey, judgeRetiredKeys, liveKeyIdOf, replaceKey } from '../store/keys.ts';
import { findMachine, markQuarantined } from '../store/machines.ts';
import { insertResync, isJudgedCopy, noteStrayCopy, openResyncs, readStrayCopies, settleStrayCopies, usedResync, useResync } from '../store/resyncs.ts';
import type { StrayCopy } from '../store/resyncs.ts';
import type { Store } from '../store/store.ts';
import type { Tx } from '../store/write-queue.ts';
import type { SecretKeeper } from './secret-keeper.ts';

type Needs = { readonly store: Store; readonly audit: AuditLog; readonly bus: Bus; readonly statements: StatementKeeper; readonly secrets: SecretKeeper; readonly clock: Clock };

/** What became of a call out of step. `news` is what others must hear of it. */
type Ruling = { readonly consent?: Envelope; readonly news?: 'machine-forked' | 'machine-resynced' };

export class Resyncs {
  readonly #needs: Needs;

  constructor(needs: Needs) {
    this.#needs = needs;
  }

  /** See `KeyRegistry.outOfStep`. */
  async outOfStep(stray: StrayAgent): Promise<Outcome<Uint8Array>> {
    const { store, bus } = this.#needs;
    const { agentId, shown } = stray;
    const ruled = await store.write((tx) => this.#rule(tx, stray));
    if (!ruled.ok) return ruled;
    const { consent, news } = ruled.value;
    if (news !== undefined) bus.publish(news, { agentId });
    if (news !== undefined) bus.publish('machine-changed', { agentId });
    if (consent !== undefined) return success(utf8(toJson(consent)));
    return failure(shown === 'retired' ? 'key-retired' : 'key-unknown', 'the agent proved its identity under a key that is not its live one');
  }

  /** Takes a resync from whoever brings it; only who signed it counts. `resync-refused`, `expired` and the like, or `replayed`. */
  async take(envelope: Envelope): Promise<Outcome<Resync>> {
    const { statements, store, audit, bus } = this.#needs;
    const resync = await acceptResync(statements.root, envelope, this.#now());
    if (!resync.ok) {
      await audit.note('statement-refused', { statement: 'resync', code: resync.code, detail: resync.detail });
      return resync;
    }
    const kept = await store.write((tx) => this.#keep(tx, resync.value, envelope));
    if (!kept.ok) return kept;
    for (const agentId of kept.value) bus.publish('machine-resynced', { agentId });
    for (const agentId of kept.value) bus.publish('machine-changed', { agentId });
    return resync;
  }

  /** Copies of a machine that were refused, newest first. */
  copiesOf(agentId: string): Promise<StrayCopy[]> {
    return readStrayCopies(this.#needs.store.read, agentId);
  }

  #now(): { wall: number; latest: number } {
    const wall = Math.floor(this.#needs.clock.now() / 1000);
    return { wall, latest: wall };
  }

  async #rule(tx: Tx, stray: StrayAgent): Promise<Outcome<Ruling>> {
    const { agentId, copyId } = stray;
    if ((await findMachine(tx, agentId)) === undefined) return failure('identity-refused', 'no machine of this identity is enrolled');
    const copy = hex(copyId);
    if ((await liveKeyIdOf(tx, agentId)) === copy) {
      // it came back already, and the answer was lost
      const consent = await usedResync(tx, agentId, copy);
      return consent === undefined ? failure('key-unknown', 'it is live, and nobody let it in') : success({ consent });
    }
    const retired = await findRetiredKey(tx, hex(stray.shownKeyId));
    const isJudged = retired?.judged === 1 || (await isJudgedCopy(tx, agentId, copy));
    const resync = await this.#resyncFor(tx, { agentId, copy, isJudged });
    return resync === undefined ? this.#alarm(tx, stray, { copy, isJudged }) : this.#letIn(tx, { stray, copy, ...resync });
  }

  /** Held against the root in force: an owner may have gone since it was taken. A copy that owners passed over must be named. */
  async #resyncFor(tx: Tx, { agentId, copy, isJudged }: { agentId: string; copy: string; isJudged: boolean }): Promise<{ resync: Resync; consent: Envelope } | undefined> {
    for (const consent of await openResyncs(tx, agentId, this.#needs.clock.now())) {
      const resync = await acceptResync(this.#needs.statements.root, consent, this.#now());
      const isOpen = resync.ok && letsIn(resync.value, agentId, copy) && !(isJudged && copyLetIn(resync.value, agentId) === 'first');
      if (isOpen) return { resync: resync.value, consent };
    }
    return undefined;
  }

  async #letIn(tx: Tx, { stray, copy, resync, consent }: { stray: StrayAgent; copy: string; resync: Resync; consent: Envelope }): Promise<Outcome<Ruling>> {
    const { agentId, chain, remoteAddress } = stray;
    if (!(await useResync(tx, { resyncId: resync.id, agentId, copy, atMs: this.#needs.clock.now() }))) return failure('conflict', 'the last use went to another machine');
    await replaceKey(tx, { agentId, keyId: copy, number: chain.number, secret: this.#needs.secrets.wrap(agentId, chain.secret) });
    await this.#settle(tx, agentId, { resync, copy });
    await this.#needs.audit.append(tx, 'machine-resynced', { agentId, resyncId: resync.id, copy, remoteAddress, reason: resync.reason });
    return success({ consent, news: 'machine-resynced' });
  }

  /** Where the owners have named one of several, they know of the others. Where anyone may come first, a second one is a fork again. */
  async #settle(tx: Tx, agentId: string, { resync, copy }: { resync: Resync; copy: string }): Promise<void> {
    const judged = copyLetIn(resync, agentId) !== 'first';
    await markQuarantined(tx, agentId, false);
    await settleStrayCopies(tx, agentId, { but: copy, judged });
    if (judged) await judgeRetiredKeys(tx, agentId);
  }

  /** Each copy raises it once; it calls again and again. */
  async #alarm(tx: Tx, { agentId, shown, remoteAddress }: StrayAgent, { copy, isJudged }: { copy: string; isJudged: boolean }): Promise<Outcome<Ruling>> {
    const { audit, clock } = this.#needs;
    const isNew = await noteStrayCopy(tx, { agent_id: agentId, copy, shown, remote_address: remoteAddress, last_at_ms: clock.now() });
    if (isNew) await audit.append(tx, isJudged ? 'copy-refused' : 'machine-forked', { agentId, copy, shown, remoteAddress });
    if (isJudged) return success({});
    const wasQuarantined = (await findMachine(tx, agentId))?.quarantined === 1;
    await markQuarantined(tx, agentId);
    return success(isNew || !wasQuarantined ? { news: 'machine-forked' } : {});
  }

  /** Gives the machines whose live copy it confirms: they go on at once. */
  async #keep(tx: Tx, resync: Resync, envelope: Envelope): Promise<Outcome<string[]>> {
    const { id, notAfter, maxUses, machines, reason } = resync;
    if (!(await insertResync(tx, { id, envelope, notAfterMs: notAfter * 1000, uses: maxUses }))) return failure('replayed', id);
    await this.#needs.audit.append(tx, 'resync-taken', { id, notAfter, maxUses, machines: machines ?? 'all', reason });
    const confirmed: string[] = [];
    for (const { agentId, copy } of machines ?? []) {
      if (copy === 'live' && (await this.#confirm(tx, agentId, resync))) confirmed.push(agentId);
    }
    return success(confirmed);
  }

  async #confirm(tx: Tx, agentId: string, resync: Resync): Promise<boolean> {
    if ((await liveKeyIdOf(tx, agentId)) === undefined) return false;
    if (!(await useResync(tx, { resyncId: resync.id, agentId, copy: 'live', atMs: this.#needs.clock.now() }))) return false;
    await this.#settle(tx, agentId, { resync, copy: 'live' });
    await this.#needs.audit.append(tx, 'machine-resynced', { agentId, resyncId: resync.id, copy: 'live', reason: resync.reason });
    return true;
  }
}
