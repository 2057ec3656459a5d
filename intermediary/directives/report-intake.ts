/**
 * Takes the signed reports of agents. A report is believed only by its signature, stored with its audit entry, and only
 * then acknowledged: the agent keeps it until it hears so. Consoles verify it themselves, so it is shown to them as soon
 * as readers of the store see it.
 */
import { createHash } from 'node:crypto';
import { base64Url } from '../../protocol/bytes.ts';
import type { Clock } from '../../protocol/clock.ts';
import type { Envelope } from '../../protocol/envelope.ts';
import { limits } from '../../protocol/limits.ts';
import { failure, success } from '../../protocol/outcome.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import { verifySignature } from '../../protocol/statements/dsse.ts';
import { firingIdOf } from '../../protocol/statements/firing.ts';
import { readDirective, readReport } from '../../protocol/statements/read.ts';
import { reportType } from '../../protocol/statements/report.ts';
import type { Report } from '../../protocol/statements/report.ts';
import type { PublicKey } from '../../protocol/statements/root.ts';
import type { AuditLog } from '../audit-log/audit-log.ts';
import { outputNotWhole, takeAudit } from './audit-intake.ts';
import { findDirective, finishTarget } from '../store/directives.ts';
import type { KnownDirective } from '../store/directives.ts';
import { keepFiring } from '../store/firings.ts';
import type { RunId } from '../store/outputs.ts';
import { rollOn } from '../store/rollout.ts';
import type { RolledOn } from '../store/rollout.ts';
import type { Store } from '../store/store.ts';
import type { Tx } from '../store/write-queue.ts';

/** An agent by its id and the identity key it proved at the handshake. */
export type Reporter = { readonly agentId: string; readonly identityKey: PublicKey };

type Needs = { readonly store: Store; readonly audit: AuditLog; readonly clock: Clock };

/** `isNew` is false for one that is stored already: it is acknowledged again and nobody is told. */
type Kept = { readonly receivedAtMs: number; readonly isNew: boolean; readonly others: RolledOn };

/** Told of a report that is new, and of what its end means for other machines. */
type Shown = (report: Report, receivedAtMs: number, others: RolledOn) => void;

export class ReportIntake {
  readonly #needs: Needs;
  /** Audits whose output has not come yet, by run, oldest first. Those beyond the bound stay left out. */
  readonly #withoutOutput = new Map<string, Report>();

  constructor(needs: Needs) {
    this.#needs = needs;
  }

  /** Verifies and stores; durable when it returns. Fails with what is wrong with the report (noted in the audit log) or with the store's fault. */
  async take(from: Reporter, offer: { readonly directiveId: string; readonly envelope: Envelope }, shown: Shown): Promise<Outcome<void>> {
    const { directiveId, envelope } = offer;
    const verified = await verify(from, directiveId, envelope);
    if (!verified.ok) {
      await this.#needs.audit.note('report-refused', { agentId: from.agentId, directiveId, code: verified.code, detail: verified.detail });
      return verified;
    }
    const kept = await this.#keep(verified.value, envelope, shown);
    return kept.ok ? success(undefined) : kept;
  }

  #keep(report: Report, envelope: Envelope, shown: Shown): Promise<Outcome<Kept>> {
    return this.#needs.store.write(
      (tx) => this.#finish(tx, report, envelope),
      ({ isNew, receivedAtMs, others }) => {
        if (isNew) shown(report, receivedAtMs, others);
      },
    );
  }

  async #finish(tx: Tx, report: Report, envelope: Envelope): Promise<Outcome<Kept>> {
    const { audit, clock } = this.#needs;
    const { directiveId, agentId, status: state } = report;
    const directive = await findDirective(tx, directiveId);
    const atMs = clock.now();
    if (directive !== undefined && digestOf(directive.envelope) !== report.directiveDigest) {
      await audit.append(tx, 'report-refused', { agentId, directiveId, code: 'signature-invalid', detail: 'it speaks of another directive' });
      return success({ receivedAtMs: atMs, isNew: false, others: nothing });
    }
    if (directive !== undefined && report.firing !== undefined) return this.#keepFiring(tx, { directive, report, envelope });
    const isNew = directive !== undefined && (await finishTarget(tx, { seq: directive.seq, agentId, state, atMs, report: envelope }));
    if (isNew) await audit.append(tx, 'report-stored', { agentId, directiveId, state, code: report.code, counter: report.counter });
    if (isNew && isAudit(directive.envelope)) await this.#keepAudit(tx, report, { isLate: false });
    const others = isNew && directive.isStaged ? await rollOn(tx, directive.seq, atMs) : nothing;
    return success({ receivedAtMs: atMs, isNew, others });
  }

  /** The directive goes on: nobody is told of an end. */
  async #keepFiring(tx: Tx, { directive, report, envelope }: FiringReport): Promise<Outcome<Kept>> {
    const { audit, clock } = this.#needs;
    const { agentId, directiveId, status: state, code, counter, firing } = report;
    const receivedAtMs = clock.now();
    const isNew = firing !== undefined && (await keepFiring(tx, directive.seq, { agentId, at: firing.at, state, receivedAtMs, report: envelope }));
    if (isNew) await audit.append(tx, 'report-stored', { agentId, directiveId, firing: firing.at, state, code, counter });
    if (isNew && isAudit(directive.envelope)) await this.#keepAudit(tx, report, { isLate: false });
    return success({ receivedAtMs, isNew: false, others: nothing });
  }

  /** All output of the run is stored: an audit that waited for it is taken now. */
  async outputEnded(run: RunId): Promise<void> {
    const report = this.#withoutOutput.get(nameOf(run));
    if (report === undefined) return;
    this.#withoutOutput.delete(nameOf(run));
    await this.#needs.store.write(async (tx) => success(await this.#keepAudit(tx, report, { isLate: true })));
  }

  async #keepAudit(tx: Tx, report: Report, { isLate }: { readonly isLate: boolean }): Promise<void> {
    const { agentId, directiveId } = report;
    const leftOut = await takeAudit(tx, report);
    // the output that has come was that of a later firing
    if (leftOut === outputNotWhole && isLate) return;
    if (leftOut !== undefined) await this.#needs.audit.append(tx, 'audit-left-out', { agentId, directiveId, detail: leftOut });
    else if (isLate) await this.#needs.audit.append(tx, 'audit-taken-late', { agentId, directiveId });
    if (leftOut === outputNotWhole && !isLate) this.#awaitOutput(report);
  }

  #awaitOutput(report: Report): void {
    this.#withoutOutput.set(nameOf(report), report);
    const [oldest] = this.#withoutOutput.keys();
    if (oldest !== undefined && this.#withoutOutput.size > limits.maxAuditsWithoutOutput) this.#withoutOutput.delete(oldest);
  }
}

function nameOf({ directiveId, agentId }: RunId): string {
  return `${directiveId} ${agentId}`;
}

/** The directive was verified when it came, so its primitive can be read. */
function isAudit({ payload }: Envelope): boolean {
  const directive = readDirective(payload);
  return directive.ok && ['audit.full', 'audit.incremental'].includes(directive.value.primitive);
}

type FiringReport = { readonly directive: KnownDirective; readonly report: Report; readonly envelope: Envelope };

const nothing: RolledOn = { released: [], stopped: [] };

async function verify(from: Reporter, directiveId: string, envelope: Envelope): Promise<Outcome<Report>> {
  if (envelope.payloadType !== reportType) return failure('statement-type-unknown', envelope.payloadType);
  if (!(await verifySignature(envelope, from.identityKey))) return failure('signature-invalid', 'not signed by the identity key of this machine');
  const report = readReport(envelope.payload);
  if (!report.ok) return report;
  const { directiveId: of, firing } = report.value;
  const named = firing === undefined ? of : await firingIdOf(of, firing.at);
  const isOwn = report.value.agentId === from.agentId && named === directiveId;
  return isOwn ? report : failure('not-addressed', 'it speaks of another machine or directive');
}

function digestOf(envelope: Envelope): string {
  return base64Url(createHash('sha256').update(envelope.payload).digest());
}
