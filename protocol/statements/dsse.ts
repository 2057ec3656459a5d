/**
 * Signing and verifying: DSSE v1 (github.com/secure-systems-lab/dsse, protocol.md) with Ed25519 (RFC 8032). The algorithm
 * belongs to the key record and is never read from the message; the key id in an envelope only says which key to try.
 */
import { concat, hex, utf8 } from '../bytes.ts';
import { sha256, verifyingKey } from '../crypto.ts';
import type { VerifyingKey } from '../crypto.ts';
import type { Envelope } from '../envelope.ts';
import { limits } from '../limits.ts';
import type { PublicKey } from './root.ts';

export type Signer = {
  readonly keyId: string;
  /** Ed25519 signature, 64 bytes. */
  sign(bytes: Uint8Array): Uint8Array | Promise<Uint8Array>;
};

/** The pre-authentication encoding: what is signed. Lengths are in bytes, decimal. */
export function paeBytes(type: string, payload: Uint8Array): Uint8Array<ArrayBuffer> {
  const typeBytes = utf8(type);
  return concat(utf8(`DSSEv1 ${typeBytes.byteLength} `), typeBytes, utf8(` ${payload.byteLength} `), payload);
}

/** Signs `statement` in its one accepted form, compact JSON, once for each signer. */
export async function signStatement(type: string, statement: object, signers: readonly Signer[]): Promise<Envelope> {
  const payload = utf8(JSON.stringify(statement));
  const toSign = paeBytes(type, payload);
  const signatures = await Promise.all(signers.map(async (signer) => ({ keyId: signer.keyId, signature: await signer.sign(toSign) })));
  return { payloadType: type, payload, signatures };
}

/** The same envelope with one more signature over the same bytes; an earlier one by that key gives way. */
export async function addSignature(envelope: Envelope, signer: Signer): Promise<Envelope> {
  const signature = await signer.sign(paeBytes(envelope.payloadType, envelope.payload));
  const others = envelope.signatures.filter((each) => each.keyId !== signer.keyId);
  return { ...envelope, signatures: [...others, { keyId: signer.keyId, signature }] };
}

/** Whether `key` has signed this type and these bytes. Several signatures under one key id count as one: any that holds. */
export async function verifySignature(envelope: Envelope, key: PublicKey): Promise<boolean> {
  const signed = envelope.signatures.slice(0, limits.maxSignatures).filter((each) => each.keyId === key.id);
  if (signed.length === 0) return false;
  const verifier = await verifierOf(key);
  if (verifier === undefined) return false;
  const toVerify = paeBytes(envelope.payloadType, envelope.payload);
  for (const { signature } of signed) {
    if (await verifier.verify(signature, toVerify)) return true;
  }
  return false;
}

/** First 16 bytes of SHA-256 over the raw public key, lower-case hex. */
export async function keyIdOf(rawPublicKey: Uint8Array): Promise<string> {
  return hex((await sha256(rawPublicKey)).subarray(0, 16));
}

/** SHA-256 of the payload bytes: what a root pin, a report and the chain of reports name a statement by. */
export function payloadDigest(envelope: Envelope): Promise<Uint8Array<ArrayBuffer>> {
  return sha256(envelope.payload);
}

/** Importing costs as much as verifying, and policies live long: once for each key record. */
const verifiers = new WeakMap<PublicKey, Promise<VerifyingKey | undefined>>();

function verifierOf(key: PublicKey): Promise<VerifyingKey | undefined> {
  const known = verifiers.get(key);
  if (known !== undefined) return known;
  const fresh = verifyingKey(key.key);
  verifiers.set(key, fresh);
  return fresh;
}
