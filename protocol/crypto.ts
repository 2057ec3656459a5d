/**
 * SHA-256 and Ed25519 (RFC 8032): at once through node:crypto where there is one, else through Web
 * Crypto. The way round through Web Crypto's thread pool costs several times what these small pieces of work do.
 */
import { unbase64Url } from './bytes.ts';

/** What is used of node:crypto. Looked up and not imported, since a browser has none. */
type NodeCrypto = {
  hash(algorithm: 'sha256', data: Uint8Array, encoding: 'buffer'): Uint8Array;
  createPublicKey(from: { key: { kty: 'OKP'; crv: 'Ed25519'; x: string }; format: 'jwk' }): object;
  createPrivateKey(from: { key: Uint8Array; format: 'der'; type: 'pkcs8' }): { readonly asymmetricKeyType?: string };
  sign(algorithm: null, data: Uint8Array, key: object): Uint8Array;
  verify(algorithm: null, data: Uint8Array, key: object, signature: Uint8Array): boolean;
};

/** An Ed25519 public key, ready for use. */
export type VerifyingKey = { verify(signature: Uint8Array, signed: Uint8Array): boolean | Promise<boolean> };

/** A private Ed25519 key, ready for use. */
export type SigningKey = { sign(bytes: Uint8Array): Uint8Array | Promise<Uint8Array> };

const { process } = globalThis as { process?: { getBuiltinModule?(name: 'node:crypto'): NodeCrypto } };
const node = process?.getBuiltinModule?.('node:crypto');

export async function sha256(bytes: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  if (node !== undefined) return new Uint8Array(node.hash('sha256', bytes, 'buffer'));
  return new Uint8Array(await crypto.subtle.digest('SHA-256', new Uint8Array(bytes)));
}

/** The key of 32 bytes in base64url; undefined when it is none. */
export async function verifyingKey(raw: string): Promise<VerifyingKey | undefined> {
  const bytes = unbase64Url(raw);
  if (bytes?.byteLength !== 32) return undefined;
  try {
    return node === undefined ? await throughWebCrypto(bytes) : throughNode(node, raw);
  } catch {
    return undefined;
  }
}

/** The Ed25519 key in PKCS#8 (RFC 8410); undefined when it is none. */
export async function signingKey(pkcs8: Uint8Array): Promise<SigningKey | undefined> {
  try {
    return node === undefined ? await signingThroughWebCrypto(pkcs8) : signingThroughNode(node, pkcs8);
  } catch {
    return undefined;
  }
}

/** For a key that Web Crypto holds and does not give out. */
export function webSigningKey(key: CryptoKey): SigningKey {
  return { sign: async (bytes) => new Uint8Array(await crypto.subtle.sign('Ed25519', key, new Uint8Array(bytes))) };
}

function signingThroughNode({ createPrivateKey, sign }: NodeCrypto, pkcs8: Uint8Array): SigningKey | undefined {
  const key = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
  return key.asymmetricKeyType === 'ed25519' ? { sign: (bytes) => new Uint8Array(sign(null, bytes, key)) } : undefined;
}

async function signingThroughWebCrypto(pkcs8: Uint8Array): Promise<SigningKey> {
  return webSigningKey(await crypto.subtle.importKey('pkcs8', new Uint8Array(pkcs8), 'Ed25519', false, ['sign']));
}

function throughNode({ createPublicKey, verify }: NodeCrypto, raw: string): VerifyingKey {
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: raw }, format: 'jwk' });
  return { verify: (signature, signed) => verify(null, signed, key, signature) };
}

async function throughWebCrypto(bytes: Uint8Array<ArrayBuffer>): Promise<VerifyingKey> {
  const key = await crypto.subtle.importKey('raw', bytes, 'Ed25519', false, ['verify']);
  return { verify: (signature, signed) => crypto.subtle.verify('Ed25519', key, new Uint8Array(signature), new Uint8Array(signed)) };
}
