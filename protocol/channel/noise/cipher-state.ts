/**
 * CipherState of Noise rev 34 (section 5.1): a key, a counter, and nothing else.
 */
import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from 'node:crypto';

export type CipherName = 'AESGCM' | 'ChaChaPoly';

/** Bytes that sealing adds to a message. */
export const tagBytes = 16;

const nonceBytes = 12;
const options = { authTagLength: tagBytes };

/** Section 12.3 and 12.4: four zero bytes, then the counter, whose byte order differs. */
const ciphers = {
  AESGCM: {
    littleEndian: false,
    seal: (key: KeyObject, nonce: Uint8Array) => createCipheriv('aes-256-gcm', key, nonce, options),
    open: (key: KeyObject, nonce: Uint8Array) => createDecipheriv('aes-256-gcm', key, nonce, options),
  },
  ChaChaPoly: {
    littleEndian: true,
    seal: (key: KeyObject, nonce: Uint8Array) => createCipheriv('chacha20-poly1305', key, nonce, options),
    open: (key: KeyObject, nonce: Uint8Array) => createDecipheriv('chacha20-poly1305', key, nonce, options),
  },
} as const;

export class CipherState {
  readonly #cipher;
  readonly #littleEndian: boolean;
  #key: KeyObject | undefined;
  #counter = 0;

  /** Without a key, sealing and opening leave the bytes as they are (section 5.1). */
  constructor(cipher: CipherName, key?: Uint8Array) {
    this.#cipher = ciphers[cipher];
    this.#littleEndian = this.#cipher.littleEndian;
    this.#key = key && createSecretKey(key);
  }

  get hasKey(): boolean {
    return this.#key !== undefined;
  }

  /** How many messages were sealed or opened: the nonce of the next one. */
  get counter(): number {
    return this.#counter;
  }

  /** SetNonce. */
  setCounter(counter: number): void {
    this.#counter = counter;
  }

  encryptWithAd(ad: Uint8Array, plain: Uint8Array): Uint8Array {
    if (!this.#key) return plain;
    const cipher = this.#cipher.seal(this.#key, this.#nonce());
    cipher.setAAD(ad, { plaintextLength: plain.length });
    const sealed = new Uint8Array(plain.length + tagBytes);
    sealed.set(cipher.update(plain));
    cipher.final();
    sealed.set(cipher.getAuthTag(), plain.length);
    this.#counter += 1;
    return sealed;
  }

  /** The plain bytes, or nothing if they are not authentic; then the counter stays. */
  decryptWithAd(ad: Uint8Array, sealed: Uint8Array): Uint8Array | undefined {
    if (!this.#key) return sealed;
    const plainLength = sealed.length - tagBytes;
    if (plainLength < 0) return undefined;
    const decipher = this.#cipher.open(this.#key, this.#nonce());
    decipher.setAAD(ad, { plaintextLength: plainLength });
    decipher.setAuthTag(sealed.subarray(plainLength));
    const plain = Uint8Array.from(decipher.update(sealed.subarray(0, plainLength)));
    try {
      decipher.final();
    } catch {
      return undefined;
    }
    this.#counter += 1;
    return plain;
  }

  #nonce(): Uint8Array {
    const nonce = new Uint8Array(nonceBytes);
    new DataView(nonce.buffer).setBigUint64(4, BigInt(this.#counter), this.#littleEndian);
    return nonce;
  }
}
