/**
 * Keeps the owners' root and policy: takes the first ones at the first start, later ones only as their signatures
 * demand, and has the ones in force at hand for every question of rights.
 */
import { hex, textOf } from '../../protocol/bytes.ts';
import type { Envelope } from '../../protocol/envelope.ts';
import { failure, success } from '../../protocol/outcome.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import { payloadDigest } from '../../protocol/statements/dsse.ts';
import type { Policy } from '../../protocol/statements/policy.ts';
import { acceptPolicy } from '../../protocol/statements/policy-rules.ts';
import { readPolicy, readRoot } from '../../protocol/statements/read.ts';
import { acceptRoot } from '../../protocol/statements/root-chain.ts';
import type { Root } from '../../protocol/statements/root.ts';
import type { AuditKind, AuditLog } from '../audit-log/audit-log.ts';
import type { Bus } from '../bus/bus.ts';
import { insertPolicy, insertRoot, readLastPolicy, readRoots } from '../store/statements.ts';
import type { Store } from '../store/store.ts';
import type { Tx } from '../store/write-queue.ts';

export type Statements = { readonly root: Envelope; readonly policy: Envelope };

type Needs = { readonly store: Store; readonly audit: AuditLog; readonly bus: Bus };
type InForce = { readonly roots: readonly Envelope[]; readonly root: Root; readonly rootDigest: string; readonly policyEnvelope: Envelope; readonly policy: Policy };

export class StatementKeeper {
  readonly #needs: Needs;
  #now: InForce;

  constructor(needs: Needs, now: InForce) {
    this.#needs = needs;
    this.#now = now;
  }

  /**
   * Opens with what the store has. A store that has nothing takes `first`; one that has something never does.
   * Fails with `usage` when there is neither, or with what is wrong with `first`.
   */
  static async open(needs: Needs, first: () => Promise<Outcome<Statements>>): Promise<Outcome<StatementKeeper>> {
    const kept = await readInForce(needs.store);
    if (!kept.ok) return kept;
    if (kept.value !== undefined) return success(new StatementKeeper(needs, kept.value));
    const offered = await first();
    if (!offered.ok) return offered;
    const taken = await takeFirst(needs, offered.value);
    return taken.ok ? StatementKeeper.open(needs, first) : taken;
  }

  get root(): Root {
    return this.#now.root;
  }

  /** First to last. */
  get rootEnvelopes(): readonly Envelope[] {
    return this.#now.roots;
  }

  /** SHA-256 of the payload of root version 1, hex: what agents pin. */
  get rootDigest(): string {
    return this.#now.rootDigest;
  }

  get policy(): Policy {
    return this.#now.policy;
  }

  get policyEnvelope(): Envelope {
    return this.#now.policyEnvelope;
  }

  /** Takes the next root; `root-refused` and the like otherwise. */
  async offerRoot(envelope: Envelope): Promise<Outcome<{ version: number }>> {
    const root = await acceptRoot(this.#now.root, envelope);
    if (!root.ok) return this.#refuse(root, 'root');
    const { version } = root.value;
    const stored = await this.#store('root-changed', version, (tx) => insertRoot(tx, version, envelope));
    if (!stored.ok) return stored;
    this.#now = { ...this.#now, root: root.value, roots: [...this.#now.roots, envelope] };
    this.#needs.bus.publish('root-changed', { version });
    return success({ version });
  }

  /** Takes a newer policy, signed by enough owners; `policy-refused` or `policy-outdated` otherwise. The same again is no change. */
  async offerPolicy(envelope: Envelope): Promise<Outcome<{ version: number }>> {
    const before = this.#now.policy;
    const policy = await acceptPolicy(this.#now.root, before, envelope);
    if (!policy.ok) return this.#refuse(policy, 'policy');
    const { version } = policy.value;
    if (version === before.version) return success({ version });
    const stored = await this.#store('policy-changed', version, (tx) => insertPolicy(tx, version, envelope));
    if (!stored.ok) return stored;
    this.#now = { ...this.#now, policy: policy.value, policyEnvelope: envelope };
    this.#needs.bus.publish('policy-changed', { version });
    return success({ version });
  }

  async #refuse<F extends { code: string; detail: string }>(refusal: F, statement: 'root' | 'policy'): Promise<F> {
    await this.#needs.audit.note('statement-refused', { statement, code: refusal.code, detail: refusal.detail });
    return refusal;
  }

  /** The version is the row's key, so of two that race for it one loses. */
  #store(kind: AuditKind, version: number, insert: (tx: Tx) => Promise<boolean>): Promise<Outcome<void>> {
    return this.#needs.store.write(async (tx) => {
      if (!(await insert(tx))) return failure('conflict', `version ${version} is there already`);
      return success(await this.#needs.audit.append(tx, kind, { version }));
    });
  }
}

async function readInForce(store: Store): Promise<Outcome<InForce | undefined>> {
  const roots = await readRoots(store.read);
  const policyEnvelope = await readLastPolicy(store.read);
  const [first, last] = [roots[0], roots.at(-1)];
  if (first === undefined || last === undefined || policyEnvelope === undefined) return success(undefined);
  const root = readRoot(last.payload);
  const policy = readPolicy(policyEnvelope.payload);
  if (!root.ok || !policy.ok) return failure('store-damaged', 'the stored root or policy cannot be read');
  return success({ roots, root: root.value, rootDigest: hex(await payloadDigest(first)), policyEnvelope, policy: policy.value });
}

async function takeFirst({ store, audit }: Needs, { root, policy }: Statements): Promise<Outcome<void>> {
  const firstRoot = await acceptRoot(undefined, root);
  if (!firstRoot.ok) return firstRoot;
  const firstPolicy = await acceptPolicy(firstRoot.value, undefined, policy);
  if (!firstPolicy.ok) return firstPolicy;
  return store.write(async (tx) => {
    await insertRoot(tx, firstRoot.value.version, root);
    await insertPolicy(tx, firstPolicy.value.version, policy);
    await audit.append(tx, 'root-changed', { version: firstRoot.value.version, payload: textOf(root.payload) });
    return success(await audit.append(tx, 'policy-changed', { version: firstPolicy.value.version }));
  });
}
