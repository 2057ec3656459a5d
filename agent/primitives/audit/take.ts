/**
 * Taking an audit: each section is gathered, held against what the last audit saw, and written to the output where it
 * differs. The signed result names the digests, and with them binds every row.
 */
import { canonicalRows, compareRows, rowsDigest, stateDigest } from '../../../protocol/audit.ts';
import type { AuditLine, AuditResult, AuditRow, AuditSection, AuditState } from '../../../protocol/audit.ts';
import { utf8 } from '../../../protocol/bytes.ts';
import { limits } from '../../../protocol/limits.ts';
import { failure, success } from '../../../protocol/outcome.ts';
import type { PrimitiveContext, RunOutcome } from '../../../protocol/primitive.ts';
import { keep, readKept } from './kept.ts';
import type { KeptSections } from './kept.ts';
import { sections } from './sections.ts';

export type Wanted = {
  /** All when left out. */
  readonly names?: readonly AuditSection[] | undefined;
  /** Every wanted section as a whole, whether it changed or not. */
  readonly whole: boolean;
  /** The state that the asker knows; if the agent's own is another, everything is sent as a whole. */
  readonly knownBase?: string | undefined;
};

export async function takeAudit(wanted: Wanted, context: PrimitiveContext): Promise<RunOutcome<AuditResult>> {
  const kept = await startFrom(wanted, context);
  const before = await stateOf(kept);
  const base = Object.keys(before).length === 0 ? '' : await stateDigest(before);
  const changed: AuditResult['changed'] = [];
  const failed: NonNullable<AuditResult['failed']> = [];
  const now: KeptSections = { ...kept };
  const chosen = sections.filter(({ name }) => wanted.names?.includes(name) !== false);
  for (const [place, { name, gather }] of chosen.entries()) {
    context.progress((100 * place) / chosen.length, name);
    const gathered = await gather(context);
    if (context.signal.aborted) return failure('cancelled', 'the audit was ended');
    if (!gathered.ok) {
      failed.push({ section: name, code: gathered.code, detail: gathered.detail.slice(0, 500) });
      continue;
    }
    const { rows, truncated } = fitting(name, gathered.value);
    const digest = await rowsDigest(rows);
    now[name] = rows;
    if (digest === before[name] && !wanted.whole) continue;
    await context.output('stdout', utf8(`${JSON.stringify(lineOf({ section: name, digest, rows }, wanted.whole ? undefined : kept[name], before[name]))}\n`));
    changed.push({ section: name, digest, rows: rows.length, ...(truncated ? { truncated } : {}) });
  }
  await keep(context.stateFolder, now, context.directiveId);
  const result = { base, digest: await stateDigest(await stateOf(now)), changed, ...(failed.length > 0 ? { failed } : {}) };
  return success(result);
}

/** A full audit of all sections stands alone; one of a part, or an increment, builds upon the last. */
async function startFrom({ whole, names, knownBase }: Wanted, { stateFolder }: PrimitiveContext): Promise<KeptSections> {
  if (whole && names === undefined) return {};
  const kept = await readKept(stateFolder);
  const isKnown = knownBase === undefined || knownBase === (await stateDigest(await stateOf(kept)));
  return isKnown ? kept : {};
}

async function stateOf(kept: KeptSections): Promise<AuditState> {
  const state: Partial<Record<AuditSection, string>> = {};
  for (const { name } of sections) {
    const rows = kept[name];
    if (rows !== undefined) state[name] = await rowsDigest(rows);
  }
  return state;
}

/** Canonical, and no more than an audit takes of this section. */
function fitting(name: AuditSection, gathered: readonly AuditRow[]): { rows: AuditRow[]; truncated: boolean } {
  let room = name === 'software' ? limits.maxSoftwareBytes : limits.maxAuditSectionBytes;
  const rows = canonicalRows(gathered).slice(0, limits.maxAuditRows);
  const firstOut = rows.findIndex((row) => (room -= Buffer.byteLength(JSON.stringify(row)) + 1) < 0);
  return firstOut < 0 ? { rows, truncated: rows.length < gathered.length && rows.length === limits.maxAuditRows } : { rows: rows.slice(0, firstOut), truncated: true };
}

/** As rows that came and went where that is shorter. */
function lineOf(whole: Extract<AuditLine, { rows: unknown }>, before: readonly AuditRow[] | undefined, from: string | undefined): AuditLine {
  if (before === undefined || from === undefined) return whole;
  const { added, changed, removed } = compareRows(before, whole.rows);
  const put = [...added, ...changed.map(({ after }) => ({ ...after }))];
  if (put.length + removed.length >= whole.rows.length) return whole;
  return { section: whole.section, digest: whole.digest, from, put, removed: removed.map(({ id }) => String(id)) };
}
