/**
 * What the last audit saw, on the disk of the machine: increments are made against it, and nothing of it stays in memory.
 */
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Type } from 'typebox';
import { AuditRow, auditSections } from '../../../protocol/audit.ts';
import type { AuditRow as Row, AuditSection } from '../../../protocol/audit.ts';
import { formOf } from '../../../protocol/form.ts';

export type KeptSections = Partial<Record<AuditSection, readonly Row[]>>;

const form = formOf(Type.Partial(Type.Record(Type.Enum([...auditSections]), Type.Array(AuditRow))));

/** Nothing when there was no audit, or what is there cannot be read: the next increment is then a full one. */
export async function readKept(folder: string | undefined): Promise<KeptSections> {
  if (folder === undefined) return {};
  try {
    const value: unknown = JSON.parse(await readFile(fileIn(folder), 'utf8'));
    return form.check(value) ? value : {};
  } catch {
    return {};
  }
}

export async function keep(folder: string | undefined, kept: KeptSections, directiveId: string): Promise<void> {
  if (folder === undefined) return;
  const fresh = `${fileIn(folder)}.${directiveId}`;
  await writeFile(fresh, JSON.stringify(kept), { mode: 0o600 });
  await rename(fresh, fileIn(folder));
}

function fileIn(folder: string): string {
  return join(folder, 'audit.json');
}
