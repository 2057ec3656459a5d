/**
 * The person's signing key in this browser: Ed25519, made here, not extractable, kept in IndexedDB.
 */
import { hex } from '../../../protocol/bytes.ts';
import type { Me, PageSigner } from './client-port.ts';
import { allOf, forget, keep } from './browser-database.ts';

type StoredKey = { readonly id: string; readonly privateKey: CryptoKey; readonly publicKey: Uint8Array; readonly madeAtMs: number };

export type NewKey = { readonly keyId: string; readonly publicKey: Uint8Array };

/** Makes a key and keeps it. Resolves when it is stored, so that a closed page does not lose it. */
export async function makePageKey(): Promise<NewKey> {
  const pair = await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify']);
  if (!('privateKey' in pair)) throw new Error('this browser made no key pair');
  const publicKey = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey));
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', publicKey));
  const keyId = hex(digest.subarray(0, 16));
  const record: StoredKey = { id: keyId, privateKey: pair.privateKey, publicKey, madeAtMs: Date.now() };
  await keep('keys', record);
  await navigator.storage?.persist?.().catch(() => false);
  return { keyId, publicKey };
}

/** Forgets a key that came to nothing. */
export function dropPageKey(keyId: string): Promise<void> {
  return forget('keys', keyId);
}

/** The key of this browser that the policy knows for this person; the one that lasts longest. */
export async function findSigner(me: Me): Promise<PageSigner | undefined> {
  const stored = await allOf<StoredKey>('keys');
  const known = [...me.keys].sort((left, right) => right.notAfter - left.notAfter);
  for (const { keyId } of known) {
    const key = stored.find(({ id }) => id === keyId);
    if (key !== undefined) return signerOf(key);
  }
  return undefined;
}

function signerOf({ id, privateKey }: StoredKey): PageSigner {
  return {
    keyId: id,
    sign: async (bytes) => new Uint8Array(await crypto.subtle.sign('Ed25519', privateKey, Uint8Array.from(bytes))),
  };
}
