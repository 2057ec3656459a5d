/**
 * What an audit is: sections of rows, each row an object with an `id` that is its own within the section. A section and
 * the state of all sections have a digest over their canonical form, so that an increment costs nothing where nothing
 * changed, and says exactly what it builds upon. Shared by agent, intermediary and consoles.
 */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { base64Url, textOf, utf8 } from './bytes.ts';
import { sha256 } from './crypto.ts';
import { formOf } from './form.ts';
import { limits } from './limits.ts';
import { failure, success } from './outcome.ts';
import type { Outcome } from './outcome.ts';
import { Bytes32 } from './statements/root.ts';

export const auditSections = ['agent', 'hardware', 'system', 'software', 'printers', 'disks', 'network', 'users', 'services', 'certificates'] as const;
export type AuditSection = (typeof auditSections)[number];

export const AuditRow = Type.Record(Type.String({ maxLength: 64 }), Type.Union([Type.String({ maxLength: 2000 }), Type.Integer(), Type.Boolean()]));
/** Every row has `id`, a string; the other fields are those of its section. */
export type AuditRow = Readonly<Record<string, string | number | boolean>>;

const section = Type.Enum([...auditSections]);
const rows = Type.Array(AuditRow, { maxItems: limits.maxAuditRows });

/** One line of an audit's output: a section as a whole, or what became of the one whose digest is `from`. */
export const AuditLine = Type.Union([
  Type.Object({ section, digest: Bytes32, rows }, { additionalProperties: false }),
  Type.Object({ section, digest: Bytes32, from: Bytes32, put: rows, removed: Type.Array(Type.String({ maxLength: 2000 }), { maxItems: limits.maxAuditRows }) }, { additionalProperties: false }),
]);
export type AuditLine = Static<typeof AuditLine>;

/** The signed part: what an audit's report says as its result. */
export const AuditResult = Type.Object(
  {
    base: Type.Union([Bytes32, Type.Literal('')], { title: 'Builds upon', description: 'Digest of the state before, of which the unchanged sections are taken over; empty for an audit that stands alone.' }),
    digest: Type.String({ title: 'Digest', description: 'Digest of the state of all sections now.', maxLength: 43 }),
    changed: Type.Array(
      Type.Object(
        {
          section: Type.Enum([...auditSections], { title: 'Section', description: 'Name of the section.' }),
          digest: Type.String({ title: 'Digest', description: 'Digest of its rows.', maxLength: 43 }),
          rows: Type.Integer({ title: 'Rows', description: 'Rows that the section has.' }),
          truncated: Type.Optional(Type.Boolean({ title: 'Cut', description: 'Whether it had more rows than an audit takes.' })),
        },
        { additionalProperties: false },
      ),
      { title: 'Changed', description: 'Sections whose rows are in the output, one line each.' },
    ),
    failed: Type.Optional(
      Type.Array(
        Type.Object(
          {
            section: Type.Enum([...auditSections], { title: 'Section', description: 'Name of the section.' }),
            code: Type.String({ title: 'Code', description: 'Error code.' }),
            detail: Type.String({ title: 'Detail', description: 'What happened.', maxLength: 500 }),
          },
          { additionalProperties: false },
        ),
        { title: 'Failed', description: 'Sections that could not be looked at; what was known of them stays.' },
      ),
    ),
  },
  { additionalProperties: false },
);
export type AuditResult = Static<typeof AuditResult>;

/** Digests of the sections that a state has. */
export type AuditState = Readonly<Partial<Record<AuditSection, string>>>;

/** Rows by id, fields by name: the one form of which the digest is made. */
export function canonicalRows(given: readonly AuditRow[]): AuditRow[] {
  const byId = new Map(given.map((row) => [String(row['id']), row]));
  return [...byId.keys()].sort().map((id) => sortedFields(byId.get(id) ?? {}));
}

function sortedFields(row: AuditRow): AuditRow {
  return Object.fromEntries(Object.entries(row).sort(([left], [right]) => (left < right ? -1 : 1)));
}

/** Of canonical rows. */
export async function rowsDigest(canonical: readonly AuditRow[]): Promise<string> {
  return base64Url(await sha256(utf8(JSON.stringify(canonical))));
}

export async function stateDigest(state: AuditState): Promise<string> {
  const pairs = auditSections.flatMap((name) => (state[name] === undefined ? [] : [[name, state[name]]]));
  return base64Url(await sha256(utf8(JSON.stringify(pairs))));
}

export type RowChanges = { readonly added: readonly AuditRow[]; readonly removed: readonly AuditRow[]; readonly changed: readonly { readonly before: AuditRow; readonly after: AuditRow }[] };

/** What became of the rows, both canonical. */
export function compareRows(before: readonly AuditRow[], after: readonly AuditRow[]): RowChanges {
  const old = byIdOf(before);
  const now = byIdOf(after);
  const kept = after.flatMap((row) => {
    const earlier = old.get(String(row['id']));
    return earlier === undefined || JSON.stringify(earlier) === JSON.stringify(row) ? [] : [{ before: earlier, after: row }];
  });
  return { added: after.filter(({ id }) => !old.has(String(id))), removed: before.filter(({ id }) => !now.has(String(id))), changed: kept };
}

/** The canonical rows that come of `before` by an increment. */
export function applyRows(before: readonly AuditRow[], { put, removed }: { readonly put: readonly AuditRow[]; readonly removed: readonly string[] }): AuditRow[] {
  const gone = new Set(removed);
  return canonicalRows([...before.filter(({ id }) => !gone.has(String(id))), ...put]);
}

const line = formOf(AuditLine);

/** The lines of an audit's output; `message-malformed` if any is not one. */
export function readAuditLines(output: Uint8Array): Outcome<AuditLine[]> {
  const texts = (textOf(output) ?? '\u0000').split('\n').filter((text) => text !== '');
  const lines: AuditLine[] = [];
  for (const text of texts) {
    const value = parse(text);
    if (!line.check(value)) return failure('message-malformed', `a line of an audit ${line.fault(value)}`);
    lines.push(value);
  }
  return success(lines);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function byIdOf(given: readonly AuditRow[]): Map<string, AuditRow> {
  return new Map(given.map((row) => [String(row['id']), row]));
}
