/**
 * SymmetricState of Noise rev 34 (section 5.2): chaining key, handshake hash and the cipher between messages.
 */
import { createHash, createHmac } from 'node:crypto';
import { concat, noBytes, utf8 } from '../../bytes.ts';
import { CipherState, type CipherName } from './cipher-state.ts';

export type HashName = 'SHA256' | 'BLAKE2b';

/** Level 1 uses SHA256; BLAKE2b is what a second implementation speaks, against which this one is tested. */
const hashes = {
  SHA256: { algorithm: 'sha256', hashBytes: 32 },
  BLAKE2b: { algorithm: 'blake2b512', hashBytes: 64 },
} as const;

const cipherKeyBytes = 32;

export class SymmetricState {
  readonly #cipherName: CipherName;
  readonly #hash;
  #chainingKey: Uint8Array;
  #handshakeHash: Uint8Array;
  #cipher: CipherState;

  /** `protocolName` as in section 8, for instance `Noise_NK_25519_AESGCM_SHA256`. */
  constructor(protocolName: string, cipher: CipherName, hash: HashName) {
    this.#cipherName = cipher;
    this.#hash = hashes[hash];
    this.#handshakeHash = this.#initialHash(utf8(protocolName));
    this.#chainingKey = this.#handshakeHash;
    this.#cipher = new CipherState(cipher);
  }

  get chainingKey(): Uint8Array {
    return this.#chainingKey;
  }

  get handshakeHash(): Uint8Array {
    return this.#handshakeHash;
  }

  get hasKey(): boolean {
    return this.#cipher.hasKey;
  }

  mixKey(input: Uint8Array): void {
    const [chainingKey, key] = this.#hkdf(input);
    this.#chainingKey = chainingKey;
    this.#useKey(key);
  }

  mixHash(data: Uint8Array): void {
    this.#handshakeHash = this.#digest(concat(this.#handshakeHash, data));
  }

  mixKeyAndHash(input: Uint8Array): void {
    const [chainingKey, hash, key] = this.#hkdf(input);
    this.#chainingKey = chainingKey;
    this.mixHash(hash);
    this.#useKey(key);
  }

  encryptAndHash(plain: Uint8Array): Uint8Array {
    const sealed = this.#cipher.encryptWithAd(this.#handshakeHash, plain);
    this.mixHash(sealed);
    return sealed;
  }

  /** The plain bytes, or nothing if they are not authentic. */
  decryptAndHash(sealed: Uint8Array): Uint8Array | undefined {
    const plain = this.#cipher.decryptWithAd(this.#handshakeHash, sealed);
    if (plain) this.mixHash(sealed);
    return plain;
  }

  /** The two ciphers for transport messages: the initiator's first. */
  split(): readonly [CipherState, CipherState] {
    const [first, second] = this.#hkdf(noBytes);
    return [this.#cipherOf(first), this.#cipherOf(second)];
  }

  #initialHash(name: Uint8Array): Uint8Array {
    const { hashBytes } = this.#hash;
    return name.length > hashBytes ? this.#digest(name) : concat(name, new Uint8Array(hashBytes - name.length));
  }

  /** HKDF of section 4.3, with all three outputs. */
  #hkdf(input: Uint8Array): readonly [Uint8Array, Uint8Array, Uint8Array] {
    const pseudoRandomKey = this.#hmac(this.#chainingKey, input);
    const first = this.#hmac(pseudoRandomKey, Uint8Array.of(1));
    const second = this.#hmac(pseudoRandomKey, concat(first, Uint8Array.of(2)));
    const third = this.#hmac(pseudoRandomKey, concat(second, Uint8Array.of(3)));
    return [first, second, third];
  }

  #useKey(key: Uint8Array): void {
    this.#cipher = this.#cipherOf(key);
  }

  #cipherOf(key: Uint8Array): CipherState {
    return new CipherState(this.#cipherName, key.subarray(0, cipherKeyBytes));
  }

  #digest(data: Uint8Array): Uint8Array {
    return createHash(this.#hash.algorithm).update(data).digest();
  }

  #hmac(key: Uint8Array, data: Uint8Array): Uint8Array {
    return createHmac(this.#hash.algorithm, key).update(data).digest();
  }
}
