/**
 * X25519 keys. Key objects are kept, since importing one costs more than the exchange itself.
 */
import { createPrivateKey, createPublicKey, diffieHellman, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { concat } from '../../bytes.ts';

/** Length in bytes of a private key, a public key and a shared secret (DHLEN). */
export const dhBytes = 32;

export type PublicKey = { readonly raw: Uint8Array; readonly key: KeyObject };
export type KeyPair = { readonly privateKey: KeyObject; readonly publicKey: PublicKey };

/** What stands before the 32 raw bytes in PKCS #8 and SPKI (RFC 8410, section 7 and 4). */
const pkcs8Prefix = Uint8Array.from(Buffer.from('302e020100300506032b656e04220420', 'hex'));
const spkiPrefix = Uint8Array.from(Buffer.from('302a300506032b656e032100', 'hex'));

function publicKeyOf(key: KeyObject): PublicKey {
  const spki = key.export({ format: 'der', type: 'spki' });
  return { raw: Uint8Array.from(spki.subarray(-dhBytes)), key };
}

/** Takes a public key of exactly 32 bytes; every such string is one (RFC 7748). */
export function importPublicKey(raw: Uint8Array): PublicKey {
  const der = Buffer.from(concat(spkiPrefix, raw));
  return { raw, key: createPublicKey({ key: der, format: 'der', type: 'spki' }) };
}

/** Takes a private key of exactly 32 bytes and computes its public key. */
export function importPrivateKey(raw: Uint8Array): KeyPair {
  const der = Buffer.from(concat(pkcs8Prefix, raw));
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  return { privateKey, publicKey: publicKeyOf(createPublicKey(privateKey)) };
}

export function generateKeyPair(): KeyPair {
  const { privateKey, publicKey } = generateKeyPairSync('x25519');
  return { privateKey, publicKey: publicKeyOf(publicKey) };
}

/** The shared secret, or nothing where the remote key is a low-order point: an all-zero secret is refused (RFC 7748, section 6.1). */
export function sharedSecret(own: KeyPair, remote: PublicKey): Uint8Array | undefined {
  try {
    return diffieHellman({ privateKey: own.privateKey, publicKey: remote.key });
  } catch {
    return undefined;
  }
}
