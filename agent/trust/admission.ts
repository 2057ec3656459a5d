/**
 * A directive's way in: what is known already is answered with what became of it; the rest passes the checks and is
 * journaled, accepted or refused, before anybody hears of it. A refusal is as final as an acceptance: the same bytes are
 * never accepted afterwards, or a relay could show a refusal and start the directive later.
 */
import { hash } from 'node:crypto';
import type { Envelope } from '../../protocol/envelope.ts';
import type { ErrorCode } from '../../protocol/errors.ts';
import { limits } from '../../protocol/limits.ts';
import { failure, success } from '../../protocol/outcome.ts';
import type { Failure, Outcome } from '../../protocol/outcome.ts';
import type { Directive } from '../../protocol/statements/directive.ts';
import type { Proof } from '../../protocol/statements/merkle.ts';
import { established } from './candidate.ts';
import type { Candidate, Situation } from './candidate.ts';
import { checks } from './checks.ts';
import type { GroupCommit } from './group-commit.ts';
import type { Entry, FiringOf, Ledger, NewEntry } from './ledger.ts';
import type { Marks } from './marks.ts';
import { skewSeconds } from './marks.ts';
import type { SessionNonces } from './nonces.ts';
import type { ReportWriter } from './reports.ts';
import type { StandingBook, StandingEntry } from './standing.ts';
import { firingIdOf } from '../../protocol/statements/firing.ts';

/** Who signed. */
export type DirectiveSigner = { readonly personId: string; readonly keyId: string };

export type AcceptedDirective = {
  readonly directive: Directive;
  readonly digest: Uint8Array;
  readonly signer: DirectiveSigner;
  /** Of a firing, whose id the directive has then. */
  readonly firing?: FiringOf;
  /** It was under way before a restart and is taken up where it stands. */
  readonly startedAtMs?: number;
};

export type Admission =
  | ({ readonly outcome: 'accepted' } & AcceptedDirective)
  /** Accepted earlier, its report still to come. */
  | { readonly outcome: 'running'; readonly directiveId: string }
  /** Settled earlier: here is the report once more. */
  | { readonly outcome: 'reported'; readonly directiveId: string; readonly envelope: Envelope }
  /** With a report when the refusal is final; without one nothing was written, and it may be offered again. */
  | { readonly outcome: 'refused'; readonly code: ErrorCode; readonly detail: string; readonly directiveId?: string; readonly digest: Uint8Array; readonly report?: Envelope };

export type Offer = {
  readonly envelope: Envelope;
  readonly proof: Proof;
  /** Given when it is to start with its acceptance: that saves one wait for the disk. Wall time, milliseconds. */
  readonly startAtMs?: number;
};

export class Admitter {
  readonly #ledger: Ledger;
  readonly #marks: Marks;
  readonly #reports: ReportWriter;
  readonly #group: GroupCommit;
  readonly #nonces: SessionNonces;
  readonly #standing: StandingBook;

  constructor(parts: { standing: StandingBook; ledger: Ledger; marks: Marks; reports: ReportWriter; group: GroupCommit; nonces: SessionNonces }) {
    this.#ledger = parts.ledger;
    this.#marks = parts.marks;
    this.#reports = parts.reports;
    this.#group = parts.group;
    this.#nonces = parts.nonces;
    this.#standing = parts.standing;
  }

  /** See `Trust.admit`. */
  async admit(offer: Offer, situation: Situation): Promise<Admission> {
    const { envelope, proof } = offer;
    const digest = new Uint8Array(hash('sha256', envelope.payload, 'buffer'));
    const id = claimedId(envelope.payload);
    const known = id === undefined ? undefined : this.#ledger.find(id, digest);
    if (known !== undefined) return this.#answer(known);
    const candidate: Candidate = { envelope, digest, proof, situation, signers: [] };
    for (const { check } of checks) {
      const verdict = check(candidate);
      const refused = verdict instanceof Promise ? await verdict : verdict;
      if (refused !== undefined) return this.#refuse(candidate, refused, id);
    }
    return this.#accept(candidate, offer.startAtMs);
  }

  /**
   * Follows the last check without a pause, so that of two copies in flight only one comes here first. The nonce is held
   * against those of this very moment: with the last moment of a nonce its directives may leave the ledger.
   */
  async #accept(candidate: Candidate, startAtMs: number | undefined): Promise<Admission> {
    const { digest, envelope } = candidate;
    const directive = established(candidate.directive);
    const { person, key } = established(candidate.author);
    const overtaken = this.#ledger.find(directive.id, digest);
    if (overtaken !== undefined) return this.#answer(overtaken);
    const { nonce } = candidate.proof;
    if (nonce !== undefined && !this.#nonces.accepted().includes(nonce)) return this.#refuse(candidate, failure('nonce-stale', 'its session ended while it was checked'), directive.id);
    const signer = { personId: person.id, keyId: key.id };
    const written = await this.#group.write(() => {
      const isStanding = directive.life.kind === 'standing';
      this.#ledger.accept(this.#entryOf(candidate, { id: directive.id, nonce }), { payload: envelope.payload, ...signer }, isStanding ? undefined : startAtMs);
      if (isStanding) this.#standing.add({ id: directive.id, digest, envelope, through: this.#marks.now().latest });
      if (directive.life.kind !== 'interactive') this.#marks.saw(directive.issuedAt);
    });
    return written.ok ? { outcome: 'accepted', directive, digest, signer } : refusalOf(candidate, written, directive.id);
  }

  /**
   * See `Trust.fire`. The same table, but only what can have changed since the directive was accepted; and what it decides
   * is written with the mark up to which firings are decided.
   */
  async fire(entry: StandingEntry, firing: { at: number; missed: number; expiresAt: number }, situation: Situation): Promise<Outcome<AcceptedDirective>> {
    const { id: standingId, envelope, digest } = entry;
    const candidate: Candidate = { envelope, digest, proof: { index: 0, siblings: [] }, situation, signers: [] };
    for (const { check, isRepeated } of checks) {
      const refused = isRepeated === true ? await check(candidate) : undefined;
      if (refused !== undefined) return refused;
    }
    const room = this.#ledger.room();
    if (room !== undefined) return room;
    const { person, key } = established(candidate.author);
    const signer = { personId: person.id, keyId: key.id };
    const of = { standingId, at: firing.at };
    const id = await firingIdOf(standingId, firing.at);
    const written = await this.#group.write(() => {
      const isNew = this.#standing.decide(standingId, firing.at, firing.missed);
      if (isNew) this.#ledger.accept({ id, digest, expiresAt: firing.expiresAt, firing: of }, { payload: envelope.payload, ...signer });
      return isNew;
    });
    if (!written.ok) return written;
    return written.value ? success({ directive: { ...established(candidate.directive), id }, digest, signer, firing: of }) : failure('replayed', `the firing of ${firing.at} was decided before`);
  }

  async #refuse(candidate: Candidate, refused: Failure, claimed: string | undefined): Promise<Admission> {
    const id = candidate.directive?.id ?? claimed;
    if (id === undefined) return refusalOf(candidate, refused);
    const { digest } = candidate;
    const overtaken = this.#ledger.find(id, digest);
    if (overtaken !== undefined) return this.#answer(overtaken);
    const authentic = candidate.directive !== undefined;
    if (!this.#ledger.roomForRefusal(authentic)) return refusalOf(candidate, refused, id);
    const written = await this.#group.write(() => {
      const { code, detail } = refused;
      const report = this.#reports.sign({ id, digest }, { status: 'refused', code, detail, endedAtMs: this.#marks.now().wall * 1000 });
      this.#ledger.refuse(this.#entryOf(candidate, { id, nonce: candidate.situation.nonces[0] }), report, authentic);
      return this.#reports.envelope(report.payload, report.signature);
    });
    return written.ok ? { ...refusalOf(candidate, refused, id), report: written.value } : refusalOf(candidate, written, id);
  }

  /** What became of it, once that is durable. */
  async #answer({ id, digest, report }: Entry): Promise<Admission> {
    const settled = await this.#group.settled();
    if (!settled.ok) return { outcome: 'refused', code: settled.code, detail: settled.detail, directiveId: id, digest };
    if (report === undefined) return { outcome: 'running', directiveId: id };
    return { outcome: 'reported', directiveId: id, envelope: this.#reports.envelope(report.payload, report.signature) };
  }

  /**
   * How long it must be remembered: while it, or any copy of it, could still be valid, whatever it claims. An interactive one
   * is valid as long as the nonce in its leaf, which `nonce` outlives: its own, or, where none was proved, the present one,
   * since its author cannot have known a later.
   */
  #entryOf({ digest, directive }: Candidate, { id, nonce }: { id: string; nonce: string | undefined }): NewEntry {
    const { wall } = this.#marks.now();
    if (directive?.life.kind === 'interactive' && nonce !== undefined) return { id, digest, expiresAt: wall + (2 * limits.nonceLifeMs) / 1000, nonce };
    const longest = wall + Math.max(limits.maxQueuedMs, limits.maxStandingMs) / 1000 + skewSeconds;
    const notAfter = directive === undefined || directive.life.kind === 'interactive' ? longest : directive.life.notAfter;
    return { id, digest, expiresAt: Math.min(notAfter, longest) };
  }
}

function refusalOf({ digest }: Candidate, { code, detail }: Failure, directiveId?: string) {
  return { outcome: 'refused', code, detail, digest, ...(directiveId === undefined ? {} : { directiveId }) } as const;
}

/** `"id":"` and 32 digits. */
const idPattern = /"id":"([0-9a-f]{32})"/;
const idWithinBytes = 64 * 1024;
/** Never fails, whatever the bytes are. */
const latin1 = new TextDecoder('latin1');

/** The id an unverified payload claims, found without parsing it: for looking up and answering, never for trust. */
function claimedId(payload: Uint8Array): string | undefined {
  return idPattern.exec(latin1.decode(payload.subarray(0, idWithinBytes)))?.[1];
}
