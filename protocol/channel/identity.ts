/**
 * Who an agent is: the hash of its Ed25519 key. It proves to hold the key by signing the handshake hash of the session
 * (channel binding, Noise rev 34, section 11.2), so a leaked database of chain secrets impersonates nobody.
 */
import { createHash, createPublicKey, verify } from 'node:crypto';
import { concat, utf8 } from '../bytes.ts';

export const identityKeyBytes = 32;
export const signatureBytes = 64;

const agentIdBytes = 16;
/** What stands before the 32 raw bytes in SPKI (RFC 8410, section 4). */
const spkiPrefix = Uint8Array.from(Buffer.from('302a300506032b6570032100', 'hex'));

/** The id of the agent with this raw 32-byte Ed25519 public key: 32 lower-case hex digits. */
export function agentIdOf(publicKey: Uint8Array): string {
  return createHash('sha256').update(publicKey).digest('hex').slice(0, 2 * agentIdBytes);
}

/** The bytes an agent signs to bind its identity to one session. */
export function bindingOf(handshakeHash: Uint8Array): Uint8Array {
  return concat(utf8('behest/1 bind'), handshakeHash);
}

/** Whether `signature` binds the holder of `identityKey` (raw 32 bytes) to the session of `handshakeHash`. */
export function provesIdentity(identityKey: Uint8Array, handshakeHash: Uint8Array, signature: Uint8Array): boolean {
  if (identityKey.length !== identityKeyBytes) return false;
  const der = Buffer.from(concat(spkiPrefix, identityKey));
  const key = createPublicKey({ key: der, format: 'der', type: 'spki' });
  return verify(null, bindingOf(handshakeHash), key, signature);
}
