/**
 * The person's signing key in this browser: Ed25519, made here, not extractable, kept in IndexedDB.
 */
import type { Signer } from '../../../protocol/statements/dsse.ts';
import { makeSigningKey, signerOf } from '../../client/signing.ts';
import type { SigningKey } from '../../client/signing.ts';
import { allOf, forget, keep } from './browser-database.ts';
import type { Me } from './client-port.ts';

type StoredKey = SigningKey & { readonly id: string };

/** Makes a key and keeps it. Resolves when it is stored, so that a closed page does not lose it. */
export async function makePageKey(): Promise<SigningKey> {
  const key = await makeSigningKey();
  const stored: StoredKey = { ...key, id: key.keyId };
  await keep('keys', stored);
  await navigator.storage.persist().catch(() => false);
  return key;
}

/** Forgets a key that came to nothing. */
export function dropPageKey(keyId: string): Promise<void> {
  return forget('keys', keyId);
}

/** The key of this browser that the policy knows for this person; the one that lasts longest. */
export async function findSigner(me: Me): Promise<Signer | undefined> {
  const stored = await allOf<StoredKey>('keys');
  const known = [...me.keys].sort((left, right) => right.notAfter - left.notAfter);
  const key = known.flatMap(({ keyId }) => stored.find(({ id }) => id === keyId) ?? [])[0];
  return key === undefined ? undefined : signerOf(key);
}
