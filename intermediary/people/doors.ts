/**
 * The ways in: name and password for pages, a signed challenge for whoever holds a key of the policy. Wrong answers are
 * counted by address and, for guesses from places the person never came from, by account: so the guesser is stopped and
 * the person is not.
 */
import { base64Url, concat, unbase64Url, utf8 } from '../../protocol/bytes.ts';
import type { Clock, Random } from '../../protocol/clock.ts';
import { limits } from '../../protocol/limits.ts';
import { failure, success } from '../../protocol/outcome.ts';
import type { Failure, Outcome } from '../../protocol/outcome.ts';
import type { PolicyKey } from '../../protocol/statements/policy.ts';
import { findKey } from '../../protocol/statements/policy-rules.ts';
import type { AuditLog } from '../audit-log/audit-log.ts';
import { findUser, isKnownAddress, nameKey } from '../store/people.ts';
import type { UserRow } from '../store/people.ts';
import type { Store } from '../store/store.ts';
import type { Passwords } from './passwords.ts';
import { Rate } from './rate.ts';
import type { SignIns, Visitor } from './sign-ins.ts';
import type { StatementKeeper } from './statement-keeper.ts';

type Needs = {
  readonly store: Store;
  readonly audit: AuditLog;
  readonly statements: StatementKeeper;
  readonly signIns: SignIns;
  readonly passwords: Passwords;
  readonly clock: Clock;
  readonly random: Random;
};

export type Opened = { readonly token: string; readonly visitor: Visitor };

/** What is refused looks the same whatever was wrong. */
const refused = failure('sign-in-refused', 'name and password, or key and signature, do not belong together');

export class Doors {
  readonly #needs: Needs;
  readonly #byAddress: Rate;
  readonly #byAccount: Rate;
  /** Challenges that wait for their answer, with the moment at which they end. */
  readonly #challenges = new Map<string, number>();

  constructor(needs: Needs) {
    this.#needs = needs;
    this.#byAddress = new Rate(needs.clock, limits.signInPerMinute);
    this.#byAccount = new Rate(needs.clock, limits.signInPerMinute);
  }

  /** Signs a page in. `sign-in-refused`, or `rate-limited` after too many attempts. */
  async byPassword(name: string, password: string, address: string): Promise<Outcome<Opened>> {
    const user = await findUser(this.#needs.store.read, name);
    const limited = await this.#limit(name, user, address);
    if (limited !== undefined) return limited;
    const fits = await this.#needs.passwords.verify(password, user?.password);
    if (!fits.ok) return fits;
    const person = this.#needs.statements.policy.people.find((each) => each.id === user?.person_id);
    if (!fits.value || person === undefined) return this.#refuse({ name: name.slice(0, 80), address });
    return this.#needs.signIns.open(person, { address, keyId: null });
  }

  /** Counts the attempt, right or wrong: how it ends is not known before it has cost its time. */
  async #limit(name: string, user: UserRow | undefined, address: string): Promise<Failure | undefined> {
    if (!this.#byAddress.count(address)) return failure('rate-limited', 'too many attempts from this address');
    const isKnown = user !== undefined && (await isKnownAddress(this.#needs.store.read, user.person_id, address));
    if (!isKnown && !this.#byAccount.count(nameKey(name))) return failure('rate-limited', 'too many attempts for this name');
    return undefined;
  }

  /** Something fresh to sign, base64url. Given for any key id, known or not. */
  challenge(): Outcome<string> {
    const nowMs = this.#needs.clock.monotonic();
    for (const [challenge, endsMs] of this.#challenges) if (endsMs < nowMs) this.#challenges.delete(challenge);
    if (this.#challenges.size >= limits.maxKeyChallenges) return failure('rate-limited', 'too many sign-ins are under way');
    const challenge = base64Url(this.#needs.random(32));
    this.#challenges.set(challenge, nowMs + limits.keyChallengeMs);
    return success(challenge);
  }

  /** Signs in whoever holds the key: Ed25519 over "behest/1 sign-in" and the challenge, both given as base64url. */
  async byKey(proof: { readonly keyId: string; readonly challenge: string; readonly signature: string }, address: string): Promise<Outcome<Opened>> {
    if (this.#byAddress.isSpent(address)) return failure('rate-limited', 'too many attempts from this address');
    const endsMs = this.#challenges.get(proof.challenge);
    this.#challenges.delete(proof.challenge);
    const isFresh = endsMs !== undefined && endsMs > this.#needs.clock.monotonic();
    const holder = findKey(this.#needs.statements.policy, proof.keyId);
    const isGood = isFresh && holder !== undefined && holder.key.notAfter * 1000 > this.#needs.clock.now() && (await provesKey(holder.key, proof));
    if (isGood) return this.#needs.signIns.open(holder.person, { address, keyId: proof.keyId });
    this.#byAddress.count(address);
    return this.#refuse({ keyId: proof.keyId, address });
  }

  async #refuse(attempt: object): Promise<Failure> {
    await this.#needs.audit.note('sign-in-refused', attempt);
    return refused;
  }
}

async function provesKey(key: PolicyKey, proof: { readonly challenge: string; readonly signature: string }): Promise<boolean> {
  const [raw, challenge, signature] = [unbase64Url(key.key), unbase64Url(proof.challenge), unbase64Url(proof.signature)];
  if (raw === undefined || challenge === undefined || signature === undefined) return false;
  const cryptoKey = await crypto.subtle.importKey('raw', raw, key.algorithm, false, ['verify']);
  return crypto.subtle.verify(key.algorithm, cryptoKey, signature, concat(utf8('behest/1 sign-in'), challenge));
}
