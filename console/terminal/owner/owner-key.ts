/**
 * What an owner does: keeps the owner key, signs root and policy with it, answers people who ask for a key to be added.
 * The intermediary is never given the key and cannot do any of this.
 *
 * This file: the key itself, Ed25519 in a private PEM file.
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { base64Url, unbase64Url } from '../../../protocol/bytes.ts';
import { failure, success } from '../../../protocol/outcome.ts';
import type { Outcome } from '../../../protocol/outcome.ts';
import { keyIdOf } from '../../../protocol/statements/dsse.ts';
import type { Signer } from '../../../protocol/statements/dsse.ts';
import type { PublicKey } from '../../../protocol/statements/root.ts';
import { signerFromPem } from '../../client/signing.ts';
import { writePrivately } from '../profile.ts';

export type KeyFile = {
  /** PKCS#8 PEM */
  readonly pem: string;
  readonly publicKey: PublicKey;
};

export type Owner = { readonly signer: Signer; readonly publicKey: PublicKey };

/** A new Ed25519 key, not yet written anywhere. */
export async function makeKey(): Promise<KeyFile> {
  const { privateKey } = generateKeyPairSync('ed25519');
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  return { pem, publicKey: await publicKeyOf(pem) };
}

/** Where the owner's things are: outside the intermediary's folder, which never sees them. */
export function ownerFolder(dataFolder: string): string {
  return join(dataFolder, 'owner');
}

function keyPath(dataFolder: string): string {
  return join(ownerFolder(dataFolder), 'owner-key.pem');
}

export function hasOwnerKey(dataFolder: string): boolean {
  return existsSync(keyPath(dataFolder));
}

/** Makes the key of a new owner, in a folder nobody else may read. */
export async function makeOwner(dataFolder: string): Promise<Outcome<Owner>> {
  const { pem } = await makeKey();
  mkdirSync(ownerFolder(dataFolder), { recursive: true, mode: 0o700 });
  writePrivately(keyPath(dataFolder), pem);
  return ownerFrom(pem);
}

/** The owner whose key lies in this data folder. */
export async function readOwner(dataFolder: string): Promise<Outcome<Owner>> {
  const path = keyPath(dataFolder);
  try {
    return await ownerFrom(readFileSync(path, 'utf8'));
  } catch {
    return failure('no-profile', `there is no owner key in ${path}`);
  }
}

/** The key id in groups of four, to be read aloud and compared. */
export function fingerprintOf({ publicKey }: Owner): string {
  return publicKey.id.replaceAll(/(.{4})(?=.)/g, '$1-');
}

async function ownerFrom(pem: string): Promise<Outcome<Owner>> {
  const publicKey = await publicKeyOf(pem);
  const signer = await signerFromPem(pem, publicKey.id);
  return signer.ok ? success({ signer: signer.value, publicKey }) : signer;
}

async function publicKeyOf(pem: string): Promise<PublicKey> {
  const { x = '' } = createPublicKey(createPrivateKey(pem)).export({ format: 'jwk' });
  const raw = unbase64Url(x) ?? new Uint8Array();
  return { id: await keyIdOf(raw), algorithm: 'Ed25519', key: base64Url(raw) };
}
