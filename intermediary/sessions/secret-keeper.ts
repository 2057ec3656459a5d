/**
 * Chain secrets at rest: wrapped by a key that stands in a file beside the database, so that whoever reads the database
 * alone (a backup, a leaked copy) has none of them. AES-256-GCM, with whose secret it is as associated data.
 */
import { createCipheriv, createDecipheriv } from 'node:crypto';
import { join } from 'node:path';
import { readIfThere, writeDurably } from '../../certs/durable-file.ts';
import { base64Url, concat, unbase64Url, utf8 } from '../../protocol/bytes.ts';
import type { Random } from '../../protocol/clock.ts';
import { failure, success } from '../../protocol/outcome.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import { forgetSecrets, rewriteSecrets, someSecret } from '../store/secrets.ts';
import type { Store } from '../store/store.ts';

const cipher = 'aes-256-gcm';
const keyBytes = 32;
const nonceBytes = 12;
const tagBytes = 16;
/** Of one that is not wrapped: databases from before there was a key have them. */
const plainBytes = 32;

export class SecretKeeper {
  readonly #key: Uint8Array;
  readonly #random: Random;

  constructor(key: Uint8Array, random: Random) {
    this.#key = key;
    this.#random = random;
  }

  /** `owner` is the id of the agent or of the enrolment. nonce 12 · cipher text · tag 16. */
  wrap(owner: string, secret: Uint8Array): Uint8Array {
    const nonce = this.#random(nonceBytes);
    const sealing = createCipheriv(cipher, this.#key, nonce).setAAD(associated(owner));
    return concat(nonce, sealing.update(secret), sealing.final(), sealing.getAuthTag());
  }

  /** Undefined if it was wrapped by another key, or for another owner. */
  open(owner: string, wrapped: Uint8Array): Uint8Array | undefined {
    if (wrapped.length !== nonceBytes + plainBytes + tagBytes) return undefined;
    const opening = createDecipheriv(cipher, this.#key, wrapped.subarray(0, nonceBytes)).setAAD(associated(owner));
    opening.setAuthTag(wrapped.subarray(-tagBytes));
    try {
      return concat(opening.update(wrapped.subarray(nonceBytes, -tagBytes)), opening.final());
    } catch {
      return undefined;
    }
  }
}

function associated(owner: string): Uint8Array {
  return utf8(`behest/1 secret ${owner}`);
}

type Needs = { readonly store: Store; readonly random: Random; /** Gives up what the lost key alone could open. */ readonly forget: boolean };

/**
 * The keeper with the key in `folder`, made if there is none, and every stored secret wrapped by it. Fails with
 * `secrets-key-lost` where the store has secrets that the key does not open; then nothing has changed.
 */
export async function openSecretKeeper(folder: string, { store, random, forget }: Needs): Promise<Outcome<SecretKeeper>> {
  const path = join(folder, 'secrets-key');
  if (forget) {
    const forgotten = await store.write(async (tx) => success(await forgetSecrets(tx)));
    if (!forgotten.ok) return forgotten;
  }
  const sample = await someSecret(store.read, plainBytes);
  const key = await readKey(path, sample === undefined ? random : undefined);
  if (!key.ok) return key;
  const keeper = new SecretKeeper(key.value, random);
  if (sample !== undefined && keeper.open(sample.owner, sample.secret) === undefined) return failure('secrets-key-lost', `${path} does not open what is stored`);
  const wrapped = await store.write(async (tx) => success(await rewriteSecrets(tx, plainBytes, (owner, secret) => keeper.wrap(owner, secret))));
  return wrapped.ok ? success(keeper) : wrapped;
}

/** Made if there is none and `random` is given. */
async function readKey(path: string, random: Random | undefined): Promise<Outcome<Uint8Array>> {
  try {
    const written = await readIfThere(path);
    const key = written === undefined ? random?.(keyBytes) : unbase64Url(written.trim());
    if (key?.byteLength !== keyBytes) return failure('secrets-key-lost', `${path} is not there, or does not hold a key`);
    if (written === undefined) await writeDurably(path, `${base64Url(key)}\n`, 0o600);
    return success(key);
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) return failure('data-unwritable', error.message);
    throw error;
  }
}
