/**
 * The chain of the audit log: each entry's hash covers the one before, so that changing, removing or putting in an entry
 * shows. What is cut off at the end shows to whoever remembers a later hash.
 */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { concat, hex, unhex, utf8 } from './bytes.ts';
import { sha256 } from './crypto.ts';
import { failure, success } from './outcome.ts';
import type { Outcome } from './outcome.ts';

const Digest = Type.String({ pattern: '^[0-9a-f]{64}$' });

export const AuditEntry = Type.Object(
  {
    /** From 1, without gaps. */
    seq: Type.Integer({ minimum: 1 }),
    atMs: Type.Integer(),
    kind: Type.String(),
    /** JSON text exactly as it was hashed. */
    data: Type.String(),
    /** Hash of the entry before; 64 zeros for the first. */
    previous: Digest,
    hash: Digest,
  },
  { additionalProperties: false },
);
export type AuditEntry = Static<typeof AuditEntry>;

/** The entry up to which a chain is known to be whole. */
export type AuditHead = { readonly seq: number; readonly hash: string };

export const auditStart: AuditHead = { seq: 0, hash: '0'.repeat(64) };

/** What the SHA-256 of an entry covers: the previous hash (32 bytes), then `[seq, atMs, kind, data]` as compact JSON. */
export function auditBytes(previous: Uint8Array, entry: Pick<AuditEntry, 'seq' | 'atMs' | 'kind' | 'data'>): Uint8Array<ArrayBuffer> {
  return concat(previous, utf8(JSON.stringify([entry.seq, entry.atMs, entry.kind, entry.data])));
}

/** Follows the chain from `head` through `entries`, in order. Gives the new head, or `log-altered` with the place. */
export async function followAuditChain(head: AuditHead, entries: readonly AuditEntry[]): Promise<Outcome<AuditHead>> {
  let { seq, hash } = head;
  for (const entry of entries) {
    if (entry.seq !== seq + 1) return failure('log-altered', `entry ${seq + 1} is missing`);
    const previous = unhex(entry.previous);
    if (previous === undefined || entry.previous !== hash) return failure('log-altered', `entry ${entry.seq} does not follow the one before`);
    const digest = hex(await sha256(auditBytes(previous, entry)));
    if (digest !== entry.hash) return failure('log-altered', `entry ${entry.seq} was changed`);
    ({ seq, hash } = entry);
  }
  return success({ seq, hash });
}
