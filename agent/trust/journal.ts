/**
 * What happens to a directive after it was accepted, each step durable before it is told: started, reported, known to the
 * intermediary. And after a crash: what had started is interrupted, what had not may start.
 */
import type { Clock } from '../../protocol/clock.ts';
import type { Envelope } from '../../protocol/envelope.ts';
import { failure, success } from '../../protocol/outcome.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import type { Procedure } from '../../protocol/procedure/procedure.ts';
import { resultOf } from '../../protocol/procedure/result.ts';
import { runPrimitive } from '../../protocol/procedure/steps.ts';
import type { ProcedureRun } from '../../protocol/procedure/run.ts';
import { notRepeatable } from '../../protocol/procedure/stand.ts';
import { readDirective } from '../../protocol/statements/read.ts';
import type { AcceptedDirective } from './admission.ts';
import type { GroupCommit } from './group-commit.ts';
import type { Entry, Ledger } from './ledger.ts';
import type { Marks } from './marks.ts';
import type { ProcedureStands } from './procedure-stands.ts';
import type { SessionNonces } from './nonces.ts';
import type { Ending, ReportWriter } from './reports.ts';
import type { StandingBook } from './standing.ts';
import { limits } from '../../protocol/limits.ts';

/** Lapsed entries are looked for this often: seldom enough to cost nothing, often enough to stay small. */
const pruneEveryMs = 60_000;

type Parts = {
  readonly ledger: Ledger;
  readonly standing: StandingBook;
  readonly marks: Marks;
  readonly reports: ReportWriter;
  readonly group: GroupCommit;
  readonly clock: Clock;
  readonly nonces: SessionNonces;
  readonly stands: ProcedureStands;
};

export class Journal {
  readonly #parts: Parts;
  #interrupted: readonly string[] = [];
  #resumable: readonly AcceptedDirective[] = [];
  /** Known to the intermediary, and that is not written yet. */
  readonly #acknowledged = new Set<string>();
  #prunedAt: number;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#prunedAt = parts.clock.monotonic();
  }

  get interrupted(): readonly string[] {
    return this.#interrupted;
  }

  get resumable(): readonly AcceptedDirective[] {
    return this.#resumable;
  }

  /** Settles what the process before left open. Once, before anything else. */
  recover(): Outcome<void> {
    const { ledger, group, marks, standing } = this.#parts;
    // a standing directive is not begun and lapsed: who runs its firings ends it
    const entries = ledger.unfinished().filter(({ id }) => standing.find(id) === undefined);
    const started = entries.filter(({ state }) => state === 'started');
    const lapsed = entries.filter(({ state, expiresAt }) => state === 'accepted' && expiresAt < marks.now().latest);
    const goingOn = started.filter(({ id }) => this.goesOn(id));
    const written = group.writeNow(() => {
      for (const entry of started) if (!goingOn.includes(entry)) this.#finishFiring(entry, { ...this.#interruption(entry), endedAtMs: this.#parts.clock.now() });
      for (const entry of lapsed) this.#finishFiring(entry, { status: 'expired', code: 'expired', endedAtMs: this.#parts.clock.now() });
      ledger.prune(marks.now().wall, []);
    });
    if (!written.ok) return written;
    this.#interrupted = started.map(({ id }) => id);
    this.#resumable = entries.filter((entry) => goingOn.includes(entry) || (entry.state === 'accepted' && !lapsed.includes(entry))).map(acceptedOf);
    return success(undefined);
  }

  /** See `Trust.goesOn`. */
  goesOn(id: string): boolean {
    const entry = this.#parts.ledger.accepted(id);
    const stand = this.#parts.stands.read(id);
    const procedure = entry === undefined ? undefined : procedureOf(entry);
    return stand !== undefined && procedure !== undefined && notRepeatable(procedure, stand.walk) === undefined;
  }

  /** A procedure says at which step it was, and what became of those before. */
  #interruption(entry: Entry): Omit<Ending, 'endedAtMs'> {
    const interrupted = { status: 'interrupted', code: 'interrupted' } as const;
    const procedure = procedureOf(entry);
    if (procedure === undefined) return interrupted;
    const walk = this.#parts.stands.read(entry.id)?.walk;
    const step = walk === undefined ? undefined : notRepeatable(procedure, walk) ?? walk.at;
    return { ...interrupted, detail: step === undefined ? 'before its first step' : `at step ${step}`, result: resultOf(procedure, walk) };
  }

  /** See `Trust.markStarted`. */
  async start(id: string, atMs: number): Promise<Outcome<void>> {
    const written = await this.#parts.group.write(() => this.#parts.ledger.start(id, atMs));
    if (!written.ok) return written;
    return written.value ? success(undefined) : failure('replayed', `${id} was started before, or is not known`);
  }

  /** See `Trust.report`. */
  async report(id: string, ending: Ending): Promise<Outcome<Envelope>> {
    const entry = this.#parts.ledger.accepted(id);
    if (entry === undefined) return failure('no-such-directive', id);
    return this.#parts.group.write(() => this.#finish(entry, ending));
  }

  /** See `Trust.reportFiring`. */
  async reportFiring(id: string, ending: Ending): Promise<Outcome<Envelope | undefined>> {
    const entry = this.#parts.ledger.accepted(id);
    if (entry === undefined) return failure('no-such-directive', id);
    return this.#parts.group.write(() => this.#finishFiring(entry, ending));
  }

  *unsent(): Generator<{ directiveId: string; envelope: Envelope }> {
    const { ledger, reports } = this.#parts;
    for (const { id, report } of ledger.unsent()) if (!this.#acknowledged.has(id)) yield { directiveId: id, envelope: reports.envelope(report.payload, report.signature) };
  }

  /** Nobody waits for this to be written: what a crash forgets of it is sent and acknowledged once more. */
  acknowledge(ids: readonly string[]): void {
    for (const id of ids) this.#acknowledged.add(id);
    this.#parts.group.writeLater(() => {
      for (const id of ids) if (this.#acknowledged.delete(id)) this.#parts.ledger.acknowledge(id);
    });
  }

  /** Forgets what has lapsed, if it is time. What cannot be forgotten now will be the next time. */
  tidy(): void {
    const { clock, group, ledger, marks, nonces } = this.#parts;
    if (clock.monotonic() - this.#prunedAt < pruneEveryMs) return;
    this.#prunedAt = clock.monotonic();
    group.writeNow(() => ledger.prune(marks.now().wall, nonces.accepted()));
  }

  #finish({ id, digest, startedAtMs, firing, report }: Entry, ending: Ending): Envelope {
    const { ledger, reports, standing, stands } = this.#parts;
    if (report !== undefined) return reports.envelope(report.payload, report.signature);
    const started = startedAtMs === undefined ? {} : { startedAtMs };
    const subject = firing === undefined ? { id, digest, ...started } : { id: firing.standingId, digest, ...started, firing: standing.tell(firing.standingId, firing.at) };
    const signed = reports.sign(subject, ending);
    ledger.finish(id, signed);
    stands.forget(id);
    if (firing === undefined) standing.remove(id);
    return reports.envelope(signed.payload, signed.signature);
  }

  /** A firing is only counted where too many reports wait already: they are a chain, so none of them can be taken out again. */
  #finishFiring(entry: Entry, ending: Ending): Envelope | undefined {
    const { ledger, standing, stands } = this.#parts;
    const { id, firing, report } = entry;
    if (firing === undefined || report !== undefined || ledger.firingsUnsent(firing.standingId) < limits.maxFiringsUnsent) return this.#finish(entry, ending);
    standing.countOnly(firing.standingId, ending.status === 'succeeded');
    ledger.drop(id);
    stands.forget(id);
    return undefined;
  }
}

/** What was accepted was in form; that it cannot be read again would be a bug. */
export function acceptedOf({ id, digest, accepted, firing, startedAtMs }: Entry): AcceptedDirective {
  const directive = accepted === undefined ? undefined : readDirective(accepted.payload);
  if (accepted === undefined || directive?.ok !== true) throw new Error(`the journal of ${id} cannot be read`);
  // a firing runs under its own id
  return { directive: { ...directive.value, id }, digest, ...(firing === undefined ? {} : { firing }), ...(startedAtMs === undefined ? {} : { startedAtMs }), signer: { personId: accepted.personId, keyId: accepted.keyId } };
}

/** The procedure that a directive runs, if it is such a one. It passed the checks before it was accepted. */
function procedureOf({ accepted }: Entry): Procedure | undefined {
  const directive = accepted === undefined ? undefined : readDirective(accepted.payload);
  if (directive?.ok !== true || directive.value.primitive !== runPrimitive) return undefined;
  return (directive.value.params as ProcedureRun).procedure;
}
