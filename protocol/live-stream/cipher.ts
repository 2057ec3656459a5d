/**
 * AES-256-GCM of one direction: at once through node:crypto where there is one, else through Web Crypto, whose way round
 * through a thread pool costs more than the work.
 */
import { concat } from '../bytes.ts';

export type LiveCipher = {
  /** `head` ‖ the sealed `plain` ‖ tag. */
  seal(nonce: Uint8Array<ArrayBuffer>, plain: Uint8Array<ArrayBuffer>, head: number): Uint8Array | Promise<Uint8Array>;
  /** The plain bytes, or undefined when they are not authentic. */
  open(nonce: Uint8Array<ArrayBuffer>, sealed: Uint8Array): Uint8Array | undefined | Promise<Uint8Array | undefined>;
};

type Work = { update(bytes: Uint8Array): Uint8Array; final(): Uint8Array };

/** What is used of node:crypto. Looked up and not imported, since a browser has none. */
type NodeCrypto = {
  createCipheriv(algorithm: 'aes-256-gcm', key: Uint8Array, nonce: Uint8Array): Work & { getAuthTag(): Uint8Array };
  createDecipheriv(algorithm: 'aes-256-gcm', key: Uint8Array, nonce: Uint8Array, options: { authTagLength: number }): Work & { setAuthTag(tag: Uint8Array): void };
};

const tagBytes = 16;
const { process } = globalThis as { process?: { getBuiltinModule?(name: 'node:crypto'): NodeCrypto } };
const node = process?.getBuiltinModule?.('node:crypto');

export async function liveCipher(key: Uint8Array<ArrayBuffer>): Promise<LiveCipher> {
  if (node !== undefined) return throughNode(node, key);
  return throughWebCrypto(await crypto.subtle.importKey('raw', key, 'AES-GCM', false, ['encrypt', 'decrypt']));
}

function throughNode({ createCipheriv, createDecipheriv }: NodeCrypto, key: Uint8Array): LiveCipher {
  return {
    seal(nonce, plain, head) {
      const cipher = createCipheriv('aes-256-gcm', key, nonce);
      const frame = new Uint8Array(1 + plain.byteLength + tagBytes);
      frame[0] = head;
      frame.set(cipher.update(plain), 1);
      cipher.final();
      frame.set(cipher.getAuthTag(), 1 + plain.byteLength);
      return frame;
    },
    open(nonce, sealed) {
      const end = sealed.byteLength - tagBytes;
      if (end < 0) return undefined;
      const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes });
      decipher.setAuthTag(sealed.subarray(end));
      const plain = new Uint8Array(decipher.update(sealed.subarray(0, end)));
      try {
        decipher.final();
      } catch {
        return undefined;
      }
      return plain;
    },
  };
}

function throughWebCrypto(key: CryptoKey): LiveCipher {
  return {
    async seal(nonce, plain, head) {
      return concat(Uint8Array.of(head), new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-GCM', iv: nonce }, key, plain)));
    },
    async open(nonce, sealed) {
      try {
        return new Uint8Array(await crypto.subtle.decrypt({ name: 'AES-GCM', iv: nonce }, key, new Uint8Array(sealed)));
      } catch {
        return undefined;
      }
    },
  };
}
