/**
 * Who this machine is: an Ed25519 key made once, at random, and never derived from hardware. It signs reports and the
 * channel's binding; nothing it signs is ever a directive.
 */
import { createPrivateKey, createPublicKey, hash, sign } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import type { Random } from '../../protocol/clock.ts';
import { concat, hex, unhex } from '../../protocol/bytes.ts';
import { blob } from './columns.ts';

export type Identity = {
  /** First 16 bytes of SHA-256 over the raw public key, hex: also the key id of its signatures. */
  readonly agentId: string;
  /** Raw 32 bytes. */
  readonly publicKey: Uint8Array;
  /** Ed25519 signature, 64 bytes. */
  sign(bytes: Uint8Array): Uint8Array;
};

/** PKCS #8 around a raw Ed25519 seed (RFC 8410, section 7). */
const pkcs8Prefix = unhex('302e020100300506032b657004220420') ?? new Uint8Array();

/** The identity in the database, made now if there is none. Called inside a transaction. */
export function loadIdentity(db: DatabaseSync, random: Random): Identity {
  const row = db.prepare('SELECT seed FROM identity').get();
  if (row !== undefined) return identityFrom(blob(row, 'seed'));
  const seed = random(32);
  db.prepare('INSERT INTO identity VALUES (1, ?)').run(seed);
  return identityFrom(seed);
}

/** The identity of an Ed25519 seed of 32 bytes. */
export function identityFrom(seed: Uint8Array): Identity {
  const key = createPrivateKey({ key: Buffer.from(concat(pkcs8Prefix, seed)), format: 'der', type: 'pkcs8' });
  const publicKey = Uint8Array.from(createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32));
  return {
    agentId: hex(hash('sha256', publicKey, 'buffer').subarray(0, 16)),
    publicKey,
    sign: (bytes) => new Uint8Array(sign(null, bytes, key)),
  };
}
