/**
 * Making reports: each signed by this machine, numbered without a gap and holding the digest of the one before, so that
 * whoever drops one is seen.
 */
import { hash } from 'node:crypto';
import { base64Url, utf8 } from '../../protocol/bytes.ts';
import type { Clock } from '../../protocol/clock.ts';
import type { Envelope } from '../../protocol/envelope.ts';
import type { ErrorCode } from '../../protocol/errors.ts';
import { paeBytes } from '../../protocol/statements/dsse.ts';
import { readReport } from '../../protocol/statements/read.ts';
import { reportType } from '../../protocol/statements/report.ts';
import type { Firing, OutputSummary, Report, ReportStatus } from '../../protocol/statements/report.ts';
import type { Identity } from './identity.ts';
import type { Marks } from './marks.ts';

const maxDetailCharacters = 4000;

/** How a directive ended, as the execution knows it. When it started, the journal knows. */
export type Ending = {
  readonly status: ReportStatus;
  /** Absent exactly when it succeeded. */
  readonly code?: ErrorCode;
  readonly detail?: string;
  readonly result?: unknown;
  readonly output?: { readonly stdout: OutputSummary; readonly stderr: OutputSummary };
  /** Wall time of the machine. */
  readonly endedAtMs: number;
};

/** The directive that a report speaks of. */
export type Subject = { readonly id: string; readonly digest: Uint8Array; readonly startedAtMs?: number; readonly firing?: Firing };

export type SignedReport = { readonly counter: number; readonly payload: Uint8Array; readonly signature: Uint8Array };

export class ReportWriter {
  readonly #identity: Identity;
  readonly #marks: Marks;
  readonly #clock: Clock;
  readonly #policyVersion: () => number;

  constructor(options: { identity: Identity; marks: Marks; clock: Clock; policyVersion: () => number }) {
    this.#identity = options.identity;
    this.#marks = options.marks;
    this.#clock = options.clock;
    this.#policyVersion = options.policyVersion;
  }

  /** Signs the next report. Inside the transaction that also keeps it, or the chain of reports would have a gap. */
  sign(subject: Subject, ending: Ending): SignedReport {
    const last = this.#marks.lastReport();
    const counter = last.counter + 1;
    const payload = payloadOf(this.#reportOf(subject, ending, { counter, previous: base64Url(last.digest) }));
    this.#marks.reported(counter, hash('sha256', payload, 'buffer'));
    return { counter, payload, signature: this.#identity.sign(paeBytes(reportType, payload)) };
  }

  /** The report as it crosses. */
  envelope(payload: Uint8Array, signature: Uint8Array): Envelope {
    return { payloadType: reportType, payload, signatures: [{ keyId: this.#identity.agentId, signature }] };
  }

  #reportOf({ id, digest, startedAtMs, firing }: Subject, ending: Ending, place: { counter: number; previous: string }): Report {
    const { detail, ...rest } = ending;
    return {
      directiveId: id,
      directiveDigest: base64Url(digest),
      agentId: this.#identity.agentId,
      ...place,
      ...rest,
      ...(detail === undefined ? {} : { detail: detail.slice(0, maxDetailCharacters) }),
      ...(startedAtMs === undefined ? {} : { startedAtMs }),
      ...(firing === undefined ? {} : { firing }),
      policy: this.#policyVersion(),
      issuedAt: Math.floor(this.#clock.now() / 1000),
    };
  }
}

/** Never signs what others would refuse to read: a result that is too large, too deep or no JSON is left out, and that is said. */
function payloadOf(report: Report): Uint8Array {
  const whole = tryPayload(report);
  if (whole !== undefined) return whole;
  const { result: _, ...rest } = report;
  return utf8(JSON.stringify({ ...rest, status: 'failed', code: 'statement-too-large', detail: 'the result does not fit into a report and was left out' }));
}

function tryPayload(report: Report): Uint8Array | undefined {
  try {
    const payload = utf8(JSON.stringify(report));
    return readReport(payload).ok ? payload : undefined;
  } catch {
    return undefined;
  }
}
