/**
 * What an agent that is out of step puts behind its signature: who it is, and the chain it would begin anew with. It is read by
 * nobody but the intermediary (NK, after both ephemeral keys).
 *
 * identity key 32 · chain secret 32 · chain number u64
 */
import { concat } from '../bytes.ts';
import type { Chain } from './chain.ts';
import { identityKeyBytes } from './identity.ts';

const secretBytes = 32;
const numberBytes = 8;
const offerBytes = identityKeyBytes + secretBytes + numberBytes;

export type Offer = {
  /** Ed25519, raw 32 bytes. */
  readonly identityKey: Uint8Array;
  readonly chain: Chain;
};

export function encodeOffer({ identityKey, chain }: Offer): Uint8Array {
  const number = new Uint8Array(numberBytes);
  new DataView(number.buffer).setBigUint64(0, BigInt(chain.number));
  return concat(identityKey, chain.secret, number);
}

/** Undefined for anything else; also for number 0, which is an enrolment's. */
export function decodeOffer(bytes: Uint8Array): Offer | undefined {
  if (bytes.length !== offerBytes) return undefined;
  const number = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(identityKeyBytes + secretBytes));
  if (!Number.isSafeInteger(number) || number < 1) return undefined;
  return { identityKey: bytes.slice(0, identityKeyBytes), chain: { secret: bytes.slice(identityKeyBytes, identityKeyBytes + secretBytes), number } };
}
