/**
 * "No", said so that the agent can believe it. Were it not authenticated, anybody on the path could make an agent
 * fall back to its older key and so raise a false alarm; so it carries a MAC that only the intermediary's static key can make:
 * HMAC-SHA256(k, code), k = HKDF-SHA256(ikm = X25519(s, e), salt = SHA-256(HELLO), info = "behest/1 reject").
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { ErrorCode } from '../errors.ts';
import { failure, success, type Failure, type Outcome } from '../outcome.ts';
import { concat, utf8 } from '../bytes.ts';
import { derive } from './chain.ts';
import { frameKinds } from './frames.ts';
import { sharedSecret, type KeyPair, type PublicKey } from './noise/x25519.ts';

/** The byte of each code, in REJECT and in a refusing record 0. A number is never used again; 0 stands for a welcome. */
export const rejectBytes = {
  'key-unknown': 1,
  'key-retired': 2,
  'level-unsupported': 3,
  'rate-limited': 4,
  'enrolment-expired': 5,
  'enrolment-used-up': 6,
  'quarantined': 7,
  'handshake-refused': 8,
  'identity-refused': 9,
  'conflict': 10,
  'store-unavailable': 11,
  'internal': 12,
} as const satisfies Partial<Record<ErrorCode, number>>;

export type RejectCode = keyof typeof rejectBytes;

const codesByByte = new Map<number, RejectCode>(Object.keys(rejectBytes).filter(isRejectCode).map((code) => [rejectBytes[code], code]));

const macBytes = 32;
const rejectFrameBytes = 2 + macBytes;

function isRejectCode(code: string): code is RejectCode {
  return Object.hasOwn(rejectBytes, code);
}

/** The byte that tells an agent of `code`; what agents have no byte for is `internal`. */
export function rejectByteOf(code: ErrorCode): number {
  return rejectBytes[isRejectCode(code) ? code : 'internal'];
}

/** The refusal that a byte stands for. A byte of a later level is `handshake-malformed`. */
export function refusalOf(byte: number): Failure {
  const code = codesByByte.get(byte);
  return code
    ? failure(code, 'the intermediary refused the session')
    : failure('handshake-malformed', `the intermediary refused with the unknown code ${byte}`);
}

type Parties = { readonly own: KeyPair; readonly remote: PublicKey };

function macOf(hello: Uint8Array, code: number, { own, remote }: Parties): Uint8Array | undefined {
  const secret = sharedSecret(own, remote);
  if (!secret) return undefined;
  const salt = createHash('sha256').update(hello).digest();
  const key = derive({ secret, salt }, utf8('behest/1 reject'), macBytes);
  return createHmac('sha256', key).update(Uint8Array.of(code)).digest();
}

/** REJECT to the whole HELLO frame `hello`; nothing where its ephemeral key is of low order. `own` is the static key. */
export function encodeReject(hello: Uint8Array, code: RejectCode, parties: Parties): Uint8Array | undefined {
  const byte = rejectBytes[code];
  const mac = macOf(hello, byte, parties);
  return mac && concat(Uint8Array.of(frameKinds.reject, byte), mac);
}

/** The code byte of a REJECT to `hello`; `handshake-refused` if the intermediary did not make it. `own` is the ephemeral key. */
export function decodeReject(frame: Uint8Array, hello: Uint8Array, parties: Parties): Outcome<number> {
  const byte = frame[1];
  if (frame[0] !== frameKinds.reject || byte === undefined || frame.length !== rejectFrameBytes) {
    return failure('handshake-malformed', 'this is neither an ANSWER nor a REJECT');
  }
  const mac = macOf(hello, byte, parties);
  return mac && timingSafeEqual(mac, frame.subarray(2))
    ? success(byte)
    : failure('handshake-refused', 'a refusal came that the intermediary did not make');
}
