/**
 * Reading reports: a report counts when the machine's own key signed it, that key is the one the machine is named
 * for, and it speaks of exactly the directive that was given.
 */
import { unbase64Url } from '../../protocol/bytes.ts';
import { failure } from '../../protocol/outcome.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import { keyIdOf, verifySignature } from '../../protocol/statements/dsse.ts';
import type { Envelope } from '../../protocol/envelope.ts';
import { readReport } from '../../protocol/statements/read.ts';
import { reportType } from '../../protocol/statements/report.ts';
import type { Report } from '../../protocol/statements/report.ts';

export type ExpectedReport = {
  readonly directiveId: string;
  /** SHA-256 of the directive's payload, base64url */
  readonly digest: string;
  readonly agentId: string;
  /** raw Ed25519, base64url, as the intermediary knows it: believed only if `agentId` is its digest */
  readonly identityKey: string;
};

/** The report in the envelope, verified; otherwise why it is not to be believed. */
export async function verifyReport(envelope: Envelope, expected: ExpectedReport): Promise<Outcome<Report>> {
  if (envelope.payloadType !== reportType) return failure('statement-type-unknown', 'this is not a report');
  const key = unbase64Url(expected.identityKey);
  if (key === undefined || (await keyIdOf(key)) !== expected.agentId) {
    return failure('signature-invalid', 'the key shown for this machine is not the one it is named for');
  }
  const signed = await verifySignature(envelope, { id: expected.agentId, algorithm: 'Ed25519', key: expected.identityKey });
  if (!signed) return failure('signature-invalid', 'the machine did not sign this report');
  const report = readReport(envelope.payload);
  if (!report.ok) return report;
  const { directiveId, directiveDigest, agentId } = report.value;
  const speaksOfIt = directiveId === expected.directiveId && directiveDigest === expected.digest && agentId === expected.agentId;
  return speaksOfIt ? report : failure('signature-invalid', 'the report speaks of another directive');
}

/** What a report says, without asking who says so: for showing it marked as unverified. */
export function claimedReport(envelope: Envelope): Outcome<Report> {
  return readReport(envelope.payload);
}
