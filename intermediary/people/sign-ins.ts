/**
 * Who is signed in. A sign-in is an opaque random token; the store keeps only its SHA-256, so that a leaked database lets
 * nobody in. What the person may do is asked of the policy each time: whoever is removed there is out at the next request.
 */
import { createHash } from 'node:crypto';
import { base64Url, hex, unbase64Url, utf8 } from '../../protocol/bytes.ts';
import type { Clock, Random } from '../../protocol/clock.ts';
import { limits } from '../../protocol/limits.ts';
import { failure, success } from '../../protocol/outcome.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import type { Person } from '../../protocol/statements/policy.ts';
import type { AuditLog } from '../audit-log/audit-log.ts';
import type { Bus } from '../bus/bus.ts';
import { deleteOldSignIns, deleteSignIn, findSignIn, insertSignIn, touchSignIn } from '../store/people.ts';
import type { SignInRow } from '../store/people.ts';
import type { Store } from '../store/store.ts';
import type { StatementKeeper } from './statement-keeper.ts';

/** Somebody whose sign-in holds at this moment. */
export type Visitor = {
  readonly personId: string;
  readonly name: string;
  /** Names the sign-in, hex. */
  readonly digest: string;
  /** What a page must send with every change, since its cookie goes along by itself. */
  readonly csrf: string;
};

type Needs = { readonly store: Store; readonly audit: AuditLog; readonly bus: Bus; readonly statements: StatementKeeper; readonly clock: Clock; readonly random: Random };

const tokenBytes = 32;
/** Uses are noted no more often than this: reading must not cost a write. */
const touchAfterMs = 60_000;

export class SignIns {
  readonly #needs: Needs;

  constructor(needs: Needs) {
    this.#needs = needs;
  }

  /** Makes a sign-in and gives its token. `keyId` is the key that proved the person, if it was one. */
  async open(person: Person, from: { readonly address: string; readonly keyId: string | null }): Promise<Outcome<{ token: string; visitor: Visitor }>> {
    const { store, audit, clock, random } = this.#needs;
    const secret = random(tokenBytes);
    const nowMs = clock.now();
    const row: SignInRow = { digest: digestOf(secret), person_id: person.id, key_id: from.keyId, address: from.address, made_at_ms: nowMs, used_at_ms: nowMs };
    const opened = await store.write(async (tx) => {
      await deleteOldSignIns(tx, { madeBeforeMs: nowMs - limits.signInMaxMs, usedBeforeMs: nowMs - limits.signInIdleMs });
      await insertSignIn(tx, row);
      return success(await audit.append(tx, 'sign-in', { personId: person.id, name: person.name, ...from }));
    });
    return opened.ok ? success({ token: base64Url(secret), visitor: visitorOf(person, secret) }) : opened;
  }

  /** Whose token this is; `not-signed-in` if it is none, has ended, or its person or key is no longer in the policy. */
  async find(token: string): Promise<Outcome<Visitor>> {
    const refusal = failure('not-signed-in', 'no sign-in holds');
    const secret = unbase64Url(token);
    if (secret?.byteLength !== tokenBytes) return refusal;
    const row = await findSignIn(this.#needs.store.read, digestOf(secret));
    if (row === undefined) return refusal;
    const person = this.#personOf(row);
    if (person === undefined) return refusal;
    if (this.#needs.clock.now() - row.used_at_ms > touchAfterMs) await this.#touch(row);
    return success(visitorOf(person, secret));
  }

  async end(visitor: Visitor): Promise<Outcome<void>> {
    const { store, audit, bus } = this.#needs;
    const ended = await store.write(async (tx) => {
      await deleteSignIn(tx, Buffer.from(visitor.digest, 'hex'));
      return success(await audit.append(tx, 'sign-out', { personId: visitor.personId }));
    });
    bus.publish('sign-in-ended', { digest: visitor.digest });
    return ended;
  }

  /** The person, while time, policy and key allow. */
  #personOf(row: SignInRow): Person | undefined {
    const nowMs = this.#needs.clock.now();
    if (nowMs - row.made_at_ms > limits.signInMaxMs || nowMs - row.used_at_ms > limits.signInIdleMs) return undefined;
    const person = this.#needs.statements.policy.people.find((each) => each.id === row.person_id);
    const hasKey = row.key_id === null || person?.keys.some((key) => key.id === row.key_id && key.notAfter * 1000 > nowMs) === true;
    return hasKey ? person : undefined;
  }

  async #touch(row: SignInRow): Promise<void> {
    await this.#needs.store.write(async (tx) => success(await touchSignIn(tx, row.digest, this.#needs.clock.now())));
  }
}

function visitorOf(person: Person, secret: Uint8Array): Visitor {
  return { personId: person.id, name: person.name, digest: hex(digestOf(secret)), csrf: csrfOf(secret) };
}

function digestOf(secret: Uint8Array): Uint8Array {
  return createHash('sha256').update(secret).digest();
}

/** Follows from the token, so it needs no room of its own and ends with it. */
function csrfOf(secret: Uint8Array): string {
  return base64Url(createHash('sha256').update(utf8('behest/1 csrf')).update(secret).digest());
}
