/**
 * Puts the state of a machine together from a report of an audit: what changed from the output, the rest from the state
 * that the audit builds upon. Everything is held against the digests that the machine signed; what does not fit, or builds
 * upon a state that is not known here, is left out of the history.
 */
import { createHash } from 'node:crypto';
import { applyRows, AuditResult, canonicalRows, readAuditLines, rowsDigest, stateDigest } from '../../protocol/audit.ts';
import type { AuditLine, AuditRow, AuditState } from '../../protocol/audit.ts';
import { base64Url } from '../../protocol/bytes.ts';
import { formOf } from '../../protocol/form.ts';
import { limits } from '../../protocol/limits.ts';
import type { Report } from '../../protocol/statements/report.ts';
import { auditWithDigest, readSection, storeAudit } from '../store/audits.ts';
import type { AuditContent } from '../store/audits.ts';
import { readAllOutput } from '../store/outputs.ts';
import type { Tx } from '../store/write-queue.ts';

const result = formOf(AuditResult);

/** Why an audit is left out that may yet be taken: its output can come after its report. */
export const outputNotWhole = 'its output is not whole';

/** Within the transaction that stores the report. Gives why the audit is not in the history; undefined when it is. */
export async function takeAudit(tx: Tx, report: Report): Promise<string | undefined> {
  if (report.status !== 'succeeded') return 'the audit did not succeed';
  if (!result.check(report.result)) return `its result ${result.fault(report.result)}`;
  const { base, digest } = report.result;
  const before = base === '' ? {} : (await auditWithDigest(tx, report.agentId, base))?.sections;
  if (before === undefined) return 'it builds upon a state that is not known here';
  const contents = await contentsOf(tx, report);
  if (typeof contents === 'string') return contents;
  const sections: AuditState = { ...before, ...Object.fromEntries(contents.map((content) => [content.section, content.digest])) };
  if ((await stateDigest(sections)) !== digest) return 'its sections do not give the state that was signed';
  const { directiveId, agentId, endedAtMs: atMs, firing } = report;
  await storeAudit(tx, agentId, { directiveId, ...(firing === undefined ? {} : { firingAt: firing.at }), atMs, digest, sections }, { contents, keep: limits.maxAuditsKept });
  return undefined;
}

type Content = AuditContent & { readonly section: AuditLine['section'] };

async function contentsOf(tx: Tx, report: Report): Promise<Content[] | string> {
  const output = report.output === undefined ? Buffer.alloc(0) : await readAllOutput(tx, report, 'stdout');
  if (report.output !== undefined && base64Url(createHash('sha256').update(output).digest()) !== report.output.stdout.digest) return outputNotWhole;
  const lines = readAuditLines(output);
  if (!lines.ok) return lines.detail;
  const contents: Content[] = [];
  for (const line of lines.value) {
    const rows = await rowsOf(tx, report.agentId, line);
    if (rows === undefined || (await rowsDigest(rows)) !== line.digest) return `the rows of ${line.section} are not those that were signed`;
    contents.push({ section: line.section, digest: line.digest, rows });
  }
  return contents;
}

async function rowsOf(tx: Tx, agentId: string, line: AuditLine): Promise<AuditRow[] | undefined> {
  if ('rows' in line) return canonicalRows(line.rows);
  const before = await readSection(tx, agentId, line.from);
  return before === undefined ? undefined : applyRows(before, line);
}
