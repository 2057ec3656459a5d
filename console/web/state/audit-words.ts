/**
 * Rows of an audit for showing: columns, what changed on one row each, and certificates that end soon.
 */
import type { AuditRow, AuditSection } from '../../../protocol/audit.ts';
import type { SectionChanges } from '../../client/audits.ts';
import { resultWords } from './result-words.ts';
import { counted } from './words.ts';

export type AuditColumn = { readonly name: string; readonly label: string; readonly help: string; readonly format?: ((value: unknown) => string | undefined) | undefined };

export const sectionWords: Readonly<Record<AuditSection, string>> = {
  agent: 'Agent', hardware: 'Hardware', system: 'System', software: 'Software', printers: 'Printers', disks: 'Disks', network: 'Network', users: 'Users', services: 'Services', certificates: 'Certificates',
};

const dayMs = 86_400_000;
/** Certificates that end sooner are pointed out: the time in which most authorities renew. */
export const soonMs = 30 * dayMs;

/** Every field that some row has, the name first. */
export function auditColumns(rows: readonly AuditRow[]): readonly AuditColumn[] {
  const names = new Set(['id', ...rows.flatMap((row) => Object.keys(row))]);
  return [...names].map((name) => (name === 'id' ? { name, label: 'Name', help: 'What the row is of.' } : { name, ...resultWords({}, [name]) }));
}

export type DueCertificate = { readonly id: string; readonly subject: string; readonly endsAtMs: number };

/** Those that have ended or end within 30 days, the soonest first. */
export function dueCertificates(rows: readonly AuditRow[], nowMs: number): readonly DueCertificate[] {
  return rows
    .map((row) => ({ id: String(row['id']), subject: String(row['subject'] ?? ''), endsAtMs: Date.parse(String(row['notAfter'])) }))
    .filter(({ endsAtMs }) => endsAtMs < nowMs + soonMs)
    .sort((left, right) => left.endsAtMs - right.endsAtMs);
}

/** `ended 3 days ago`, `ends in 12 days`. */
export function endWords(endsAtMs: number, nowMs: number): string {
  const days = Math.floor(Math.abs(endsAtMs - nowMs) / dayMs);
  if (endsAtMs < nowMs) return days === 0 ? 'ended today' : `ended ${counted(days, 'day')} ago`;
  return days === 0 ? 'ends within a day' : `ends in ${counted(days, 'day')}`;
}

/** Certificates with a column that says which end soon. */
export function withEnds(rows: readonly AuditRow[], nowMs: number): readonly AuditRow[] {
  return rows.map(({ id, ...row }) => {
    const endsAtMs = Date.parse(String(row['notAfter']));
    return { id: id ?? '', due: endsAtMs < nowMs + soonMs ? endWords(endsAtMs, nowMs) : '', ...row };
  });
}

/** One row for each that came, went or changed; what changed within a row as `before → after`. */
export function changeRows({ added, removed, changed }: SectionChanges): readonly AuditRow[] {
  const marked = (change: string) => ({ id, ...row }: AuditRow): AuditRow => ({ id: id ?? '', change, ...row });
  return [
    ...added.map(marked('added')),
    ...removed.map(marked('removed')),
    ...changed.map(({ before, after }) => {
      const names = new Set([...Object.keys(before), ...Object.keys(after)]);
      const both = Object.fromEntries([...names].map((name) => [name, before[name] === after[name] ? (after[name] ?? '') : `${before[name] ?? ''} → ${after[name] ?? ''}`]));
      return marked('changed')(both);
    }),
  ];
}

/** `2 added, 1 changed`. */
export function changeCounts({ added, removed, changed }: SectionChanges): string {
  const counts = [[added.length, 'added'], [removed.length, 'removed'], [changed.length, 'changed']] as const;
  return counts.filter(([count]) => count > 0).map(([count, what]) => `${count.toLocaleString('en')} ${what}`).join(', ');
}
