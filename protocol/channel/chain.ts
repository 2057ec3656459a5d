/**
 * The rolling key. An agent and the intermediary share a chain secret; each session replaces it by one that only
 * the two of them can compute, so a stolen one is worth nothing after the next session, and a copied one shows.
 */
import { hkdfSync } from 'node:crypto';
import { concat, noBytes, utf8 } from '../bytes.ts';

export type Chain = {
  /** 32 bytes. */
  readonly secret: Uint8Array;
  /** 0 for the secret of an enrolment string, one more for each session. */
  readonly number: number;
};

export type ChainKeys = {
  /** 32 bytes, for Noise and nothing else (rev 34, section 9.1). */
  readonly psk: Uint8Array;
  /** 8 bytes that name the chain in the clear. */
  readonly keyId: Uint8Array;
};

const secretBytes = 32;
export const keyIdBytes = 8;

/** HKDF-SHA256 (RFC 5869). */
export function derive(key: { secret: Uint8Array; salt: Uint8Array }, info: Uint8Array, length: number): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', key.secret, key.salt, info, length));
}

/** What a session uses of the chain secret: the Noise psk and the key id. */
export function chainKeys(chain: Chain): ChainKeys {
  const key = { secret: chain.secret, salt: noBytes };
  return {
    psk: derive(key, utf8('behest/1 psk'), secretBytes),
    keyId: derive(key, utf8('behest/1 key id'), keyIdBytes),
  };
}

/**
 * The chain after one session. `chainingKey` is the final ck of its handshake; never the handshake hash, which is public.
 * The old secret goes in too, so that breaking X25519 later does not help whoever lacks it. The step out of an enrolment names no
 * agent: the intermediary must know which key it leads to before it knows who calls.
 */
export function nextChain(chain: Chain, chainingKey: Uint8Array, agentId: string): Chain {
  const number = chain.number + 1;
  const numberBytes = new Uint8Array(8);
  new DataView(numberBytes.buffer).setBigUint64(0, BigInt(number));
  const info = concat(utf8('behest/1 roll'), utf8(chain.number === 0 ? '' : agentId), numberBytes);
  return { secret: derive({ secret: chain.secret, salt: chainingKey }, info, secretBytes), number };
}
