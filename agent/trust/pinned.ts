/**
 * Whom this machine obeys: the home it was enrolled to, the owners' root and their policy. Only forward, and only by
 * the rules of protocol/statements; what is in force is on the disk first.
 */
import type { StatementSync } from 'node:sqlite';
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { formOf } from '../../protocol/form.ts';
import { hex, unbase64Url } from '../../protocol/bytes.ts';
import type { Envelope } from '../../protocol/envelope.ts';
import { limits } from '../../protocol/limits.ts';
import { failure, success } from '../../protocol/outcome.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import { payloadDigest } from '../../protocol/statements/dsse.ts';
import { Enrolment } from '../../protocol/statements/enrolment.ts';
import { fromJson, toJson } from '../../protocol/statements/envelope-json.ts';
import { acceptPolicy } from '../../protocol/statements/policy-rules.ts';
import type { Policy } from '../../protocol/statements/policy.ts';
import { readPolicy, readRoot } from '../../protocol/statements/read.ts';
import { acceptRoot } from '../../protocol/statements/root-chain.ts';
import type { Root } from '../../protocol/statements/root.ts';
import { replaceChains } from './chain-keys.ts';
import { text } from './columns.ts';
import type { Marks } from './marks.ts';
import type { AgentState } from './state.ts';

/** What stays of the enrolment string: all but the secret, which becomes the first chain. */
const { secret: _, ...lasting } = Enrolment.properties;
const Origin = Type.Object(lasting, { additionalProperties: false });
type Origin = Static<typeof Origin>;
const originForm = formOf(Origin);

/** Where this machine belongs. */
export type Home = {
  readonly site: string;
  readonly enrolmentId: string;
  /** In the order to try: those of the newest root, then those of the enrolment string that it does not name. */
  readonly addresses: readonly string[];
  /** The intermediary's X25519 key, raw: of the newest root, else of the enrolment string. */
  readonly key: Uint8Array;
  /** Certificate authority to pin, PEM. */
  readonly authority?: string;
};

export class Pinned {
  readonly #state: AgentState;
  readonly #marks: Marks;
  readonly #rootTaken: StatementSync;
  #origin: Origin | undefined;
  #root: Root | undefined;
  #policy: Policy | undefined;

  private constructor(state: AgentState, marks: Marks) {
    this.#state = state;
    this.#marks = marks;
    this.#rootTaken = state.db.prepare('SELECT 1 FROM roots WHERE digest = ?');
  }

  /** Reads what is in force. Fails with `store-damaged` if it cannot be read. */
  static load(state: AgentState, marks: Marks): Outcome<Pinned> {
    const pinned = new Pinned(state, marks);
    const root = stored(state.db.prepare('SELECT envelope FROM roots ORDER BY version DESC LIMIT 1'), readRoot);
    if (!root.ok) return root;
    const policy = stored(state.db.prepare('SELECT envelope FROM policy'), readPolicy);
    if (!policy.ok) return policy;
    const row = state.db.prepare('SELECT form FROM enrolment').get();
    const origin: unknown = row === undefined ? undefined : JSON.parse(text(row, 'form'));
    if (origin !== undefined && !originForm.check(origin)) return failure('store-damaged', 'the enrolment cannot be read');
    pinned.#origin = origin;
    pinned.#root = root.value;
    pinned.#policy = policy.value;
    return success(pinned);
  }

  get root(): Root | undefined {
    return this.#root;
  }

  get policy(): Policy | undefined {
    return this.#policy;
  }

  /** 0 means none yet. */
  get versions(): { readonly root: number; readonly policy: number } {
    return { root: this.#root?.version ?? 0, policy: this.#policy?.version ?? 0 };
  }

  get home(): Home | undefined {
    const origin = this.#origin;
    if (origin === undefined) return undefined;
    const { site, enrolmentId, authority } = origin;
    const addresses = [...new Set([...(this.#root?.intermediary.addresses ?? []), ...origin.addresses])];
    const key = unbase64Url(this.#root?.intermediary.key ?? origin.key) ?? new Uint8Array();
    return { site, enrolmentId, addresses, key, ...(authority === undefined ? {} : { authority }) };
  }

  /** Binds this machine to the home in the string and makes its secret the first chain. Fails with `already-enrolled`. */
  enrol(enrolment: Enrolment): Outcome<void> {
    if (this.#origin !== undefined) return failure('already-enrolled', `enrolled to ${this.#origin.site}`);
    const { secret, ...origin } = enrolment;
    const first = unbase64Url(secret);
    if (first === undefined || !originForm.check(origin)) return failure('enrolment-malformed', 'a part does not fit');
    const written = this.#state.group.writeNow(() => {
      this.#state.db.prepare('INSERT INTO enrolment VALUES (1, ?)').run(JSON.stringify(origin));
      replaceChains(this.#state.db, [{ secret: first, number: 0 }]);
    });
    if (written.ok) this.#origin = origin;
    return written;
  }

  /** Walks the roots given, oldest first; those it has taken already do no harm. Stops at the first that may not follow. */
  async acceptRoots(envelopes: readonly Envelope[]): Promise<Outcome<void>> {
    if (envelopes.length > limits.maxRootSteps) return failure('root-refused', `${envelopes.length} steps at once`);
    for (const envelope of envelopes) {
      const digest = await payloadDigest(envelope);
      if (this.#rootTaken.get(digest) !== undefined) continue;
      const accepted = await this.#follow(envelope, digest);
      if (!accepted.ok) return accepted;
    }
    return success(undefined);
  }

  /** Takes a newer policy. The present one again does no harm. */
  async acceptPolicy(envelope: Envelope): Promise<Outcome<void>> {
    if (this.#root === undefined) return failure('policy-refused', 'no root is known yet');
    const accepted = await acceptPolicy(this.#root, this.#policy, envelope);
    if (!accepted.ok) return accepted;
    if (accepted.value === this.#policy) return success(undefined);
    return this.#pinPolicy(accepted.value, envelope);
  }

  /** Another policy may have come in while this one was verified: the newer stays. */
  #pinPolicy(policy: Policy, envelope: Envelope): Outcome<void> {
    if (policy.version <= this.versions.policy) return failure('policy-outdated', `version ${policy.version} after ${this.versions.policy}`);
    const written = this.#state.group.writeNow(() => {
      this.#state.db.prepare('INSERT OR REPLACE INTO policy VALUES (1, ?)').run(toJson(envelope));
      this.#marks.saw(policy.issuedAt);
    });
    if (written.ok) this.#policy = policy;
    return written;
  }

  async #follow(envelope: Envelope, digest: Uint8Array): Promise<Outcome<void>> {
    if (this.#root === undefined && hex(digest) !== this.#origin?.rootDigest) {
      return failure('root-refused', 'the first root is not the one that the enrolment string names');
    }
    const accepted = await acceptRoot(this.#root, envelope);
    if (!accepted.ok) return accepted;
    return this.#pinRoot(accepted.value, envelope, digest);
  }

  /** Another one may have come in while this one was verified. */
  #pinRoot(root: Root, envelope: Envelope, digest: Uint8Array): Outcome<void> {
    if (root.version !== this.versions.root + 1) return failure('root-refused', `version ${root.version} after ${this.versions.root}`);
    const written = this.#state.group.writeNow(() => {
      this.#state.db.prepare('INSERT INTO roots VALUES (?, ?, ?)').run(root.version, digest, toJson(envelope));
      this.#marks.saw(root.issuedAt);
    });
    if (written.ok) this.#root = root;
    return written;
  }
}

/** What was verified when it was stored is only read again. */
function stored<T>(select: StatementSync, read: (payload: Uint8Array) => Outcome<T>): Outcome<T | undefined> {
  const row = select.get();
  if (row === undefined) return success(undefined);
  const envelope = fromJson(text(row, 'envelope'));
  const value = envelope.ok ? read(envelope.value.payload) : envelope;
  return value.ok ? value : failure('store-damaged', `a stored statement cannot be read: ${value.detail}`);
}
