/**
 * Ed25519 signers that are the same in every run: the seed is the digest of a name.
 */
import { createHash, createPrivateKey, createPublicKey, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { base64Url, hex } from '../../protocol/bytes.ts';
import type { Signer } from '../../protocol/statements/dsse.ts';
import type { PublicKey } from '../../protocol/statements/root.ts';

export type NamedSigner = Signer & { readonly publicKey: PublicKey };

const pkcs8Prefix = Buffer.from('302e020100300506032b657004220420', 'hex');

export function privateKeyFrom(seed: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.concat([pkcs8Prefix, seed]), format: 'der', type: 'pkcs8' });
}

export function namedSigner(name: string): NamedSigner {
  const key = privateKeyFrom(createHash('sha256').update(name).digest());
  const raw = Uint8Array.from(createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32));
  const keyId = hex(createHash('sha256').update(raw).digest().subarray(0, 16));
  return {
    keyId,
    publicKey: { id: keyId, algorithm: 'Ed25519', key: base64Url(raw) },
    sign: (bytes) => Promise.resolve(Uint8Array.from(sign(null, bytes, key))),
  };
}
