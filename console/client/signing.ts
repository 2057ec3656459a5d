/**
 * Keys that sign: a non-extractable one that the page made, or one from a file of the terminal.
 */
import { unbase64 } from '../../protocol/bytes.ts';
import { signingKey, webSigningKey } from '../../protocol/crypto.ts';
import { failure, success } from '../../protocol/outcome.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import { keyIdOf } from '../../protocol/statements/dsse.ts';
import type { Signer } from '../../protocol/statements/dsse.ts';

export type SigningKey = {
  readonly keyId: string;
  /** raw Ed25519, 32 bytes */
  readonly publicKey: Uint8Array;
  /** Storable in IndexedDB as it is. */
  readonly privateKey: CryptoKey;
};

/** A new Ed25519 key that nobody can take out of the page. */
export async function makeSigningKey(): Promise<SigningKey> {
  const pair = await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify']);
  if (!('publicKey' in pair)) throw new Error('the platform gave no key pair for Ed25519');
  const publicKey = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey));
  return { keyId: await keyIdOf(publicKey), publicKey, privateKey: pair.privateKey };
}

export function signerOf({ keyId, privateKey }: Pick<SigningKey, 'keyId' | 'privateKey'>): Signer {
  return { keyId, ...webSigningKey(privateKey) };
}

/** The Ed25519 key of a PKCS#8 PEM file (RFC 8410). */
export async function signerFromPem(pem: string, keyId: string): Promise<Outcome<Signer>> {
  const der = unbase64(pem.replaceAll(/-----[A-Z ]+-----|\s/g, ''));
  const key = der === undefined ? undefined : await signingKey(der);
  return key === undefined ? failure('no-profile', 'the key in the profile is not an Ed25519 key in PKCS#8') : success({ keyId, ...key });
}
