/**
 * An agent and an intermediary with their real stores on the disk: agent.db through the agent's trust, intermediary.db
 * through the key registry. A crash goes on from what the disk held at that moment, and nothing else.
 */
import { copyFileSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { openTrust } from '../../agent/trust/trust.ts';
import type { Trust } from '../../agent/trust/trust.ts';
import { AuditLog } from '../../intermediary/audit-log/audit-log.ts';
import { inProcessBus } from '../../intermediary/bus/in-process.ts';
import { StatementKeeper } from '../../intermediary/people/statement-keeper.ts';
import { StoredKeys } from '../../intermediary/sessions/key-registry.ts';
import { Resyncs } from '../../intermediary/sessions/resyncs.ts';
import { SecretKeeper } from '../../intermediary/sessions/secret-keeper.ts';
import { MachineIndex } from '../../intermediary/store/machine-index.ts';
import { openStore } from '../../intermediary/store/store.ts';
import type { Store } from '../../intermediary/store/store.ts';
import { base64Url, concat, hex, noBytes } from '../../protocol/bytes.ts';
import type { AgentKeys, KeyRegistry, KeyStep, StrayAgent } from '../../protocol/channel/channel.ts';
import { systemRandom } from '../../protocol/clock.ts';
import type { Random } from '../../protocol/clock.ts';
import { encodeMessage } from '../../protocol/messages/codec.ts';
import { payloadDigest } from '../../protocol/statements/dsse.ts';
import { beginning, firstPolicy, firstRoot, owner, signPolicy, signRoot, valueOf, worldClock } from '../support/world.ts';
import { staticKey } from './parties.ts';

/** Stands still unless a test moves it. */
export const clock = worldClock();
const facts = { hostname: 'machine', platform: 'linux', architecture: 'x64', osName: 'Debian', agentVersion: '0', bootedAtMs: 0, addresses: [] };

/** Copies a database as the disk holds it now, its log included. What is not committed does not come along. */
export function copyDatabase(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  for (const end of ['', '-wal']) if (existsSync(from + end)) copyFileSync(from + end, to + end);
}

/** The agent. `crash` is asked right before and right after its next key is written. */
export class RealAgent {
  path: string;
  trust: Trust;
  crash: (point: 'before store' | 'after store') => void = () => undefined;
  readonly #random: Random;

  constructor(path: string, random: Random) {
    this.path = path;
    this.#random = random;
    this.trust = this.#open();
  }

  get agentId(): string {
    return this.trust.identity.agentId;
  }

  get keys(): AgentKeys {
    const { keys } = this.trust;
    const store: AgentKeys['store'] = (chains) => {
      this.crash('before store');
      keys.store(chains);
      this.crash('after store');
    };
    return { ...keys, store };
  }

  get introduction(): Uint8Array {
    const { keys, identity, home } = this.trust;
    if (keys.chains().every(({ number }) => number > 0)) return noBytes;
    return concat(identity.publicKey, encodeMessage({ facts, site: 'home', enrolmentId: home?.enrolmentId ?? '' }));
  }

  /** With the owners' root pinned, as after the first session. */
  async enrol(id: string, secret: Uint8Array): Promise<void> {
    const root = await signRoot(firstRoot, owner);
    const rootDigest = hex(await payloadDigest(root));
    const enrolment = { addresses: ['relay.example:443'], key: base64Url(staticKey.publicKey.raw), rootDigest, site: 'home', enrolmentId: id, secret: base64Url(secret), notAfter: beginning + 3600, uses: 1 };
    valueOf(this.trust.enrol(enrolment));
    valueOf(await this.trust.acceptRoots([root]));
  }

  /** Goes on from what is in `path`, or from what it had when it ended in good order. */
  restart(path = this.path): void {
    const before = this.path;
    this.trust.close();
    this.path = path;
    this.trust = this.#open();
    if (path !== before) rmSync(dirname(before), { recursive: true });
  }

  /** The same machine from a copy of its disk. */
  copy(path: string): RealAgent {
    copyDatabase(this.path, path);
    return new RealAgent(path, this.#random);
  }

  #open(): Trust {
    return valueOf(openTrust(this.path, { clock, random: this.#random, platform: 'linux' }));
  }
}

export type CommitPoint = 'before commit' | 'amid commit' | 'after commit' | 'before ruling' | 'amid ruling' | 'after ruling';

/** The intermediary's key registry. `crash` is asked around each turn of a key, and each ruling on a call out of step. */
export class RealRegistry implements KeyRegistry {
  readonly path: string;
  readonly store: Store;
  readonly keys: StoredKeys;
  readonly resyncs: Resyncs;
  readonly audit: AuditLog;
  crash: (point: CommitPoint) => void = () => undefined;
  /** Machines of which an alarm was raised. */
  readonly alarms: string[] = [];

  private constructor(path: string, store: Store, made: Pick<RealRegistry, 'keys' | 'resyncs' | 'audit'> & { bus: ReturnType<typeof inProcessBus> }) {
    this.path = path;
    this.store = store;
    this.keys = made.keys;
    this.resyncs = made.resyncs;
    this.audit = made.audit;
    made.bus.subscribe('machine-forked', ({ agentId }) => this.alarms.push(agentId));
  }

  static async open(path: string): Promise<RealRegistry> {
    mkdirSync(dirname(path), { recursive: true });
    const store = valueOf(await openStore(path));
    const bus = inProcessBus();
    const audit = new AuditLog(store, clock);
    const first = async () => ({ ok: true, value: { root: await signRoot(firstRoot, owner), policy: await signPolicy(firstPolicy) } }) as const;
    const statements = valueOf(await StatementKeeper.open({ store, audit, bus }, first));
    const machines = await MachineIndex.load(store.read);
    const secrets = new SecretKeeper(new Uint8Array(32).fill(7), systemRandom);
    const resyncs = new Resyncs({ store, audit, bus, statements, secrets, clock });
    const keys = new StoredKeys({ store, audit, bus, statements, machines, clock, resyncs, secrets });
    return new RealRegistry(path, store, { bus, audit, keys, resyncs });
  }

  get underWay() {
    return this.keys.underWay;
  }

  find(keyId: Uint8Array) {
    return this.keys.find(keyId);
  }

  async commit(step: KeyStep) {
    this.crash('before commit');
    const committing = this.keys.commit(step);
    this.crash('amid commit');
    const welcome = await committing;
    this.crash('after commit');
    return welcome;
  }

  async outOfStep(stray: StrayAgent) {
    this.crash('before ruling');
    const ruling = this.keys.outOfStep(stray);
    this.crash('amid ruling');
    const consent = await ruling;
    this.crash('after ruling');
    return consent;
  }

  failed(event: Parameters<KeyRegistry['failed']>[0]): void {
    this.keys.failed(event);
  }

  async enrolment(random: Random): Promise<{ id: string; secret: Uint8Array }> {
    const made = { id: hex(random(16)), secret: random(32) };
    valueOf(await this.keys.register({ ...made, site: 'home', notAfterMs: 2 ** 43, uses: 1 }, 'owner'));
    return made;
  }

  async isQuarantined(agentId: string): Promise<boolean> {
    const machine = await this.store.read.selectFrom('machines').select('quarantined').where('id', '=', agentId).executeTakeFirst();
    return machine?.quarantined === 1;
  }
}

export const databaseIn = (folder: string): string => join(folder, 'state.db');
