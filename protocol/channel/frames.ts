/**
 * The frames of the handshake, byte by byte. Numbers are big-endian; `noise` is one Noise message without payload.
 *
 * | frame  | direction | bytes                                                                                          |
 * | ------ | --------- | ---------------------------------------------------------------------------------------------- |
 * | HELLO  | → intermediary | 01 · level u16 · mode u8 · key id 8 · count u8 · offered transports u8 × count · chosen u8 · noise 48 |
 * | ANSWER | → agent   | 02 · noise 48                                                                                  |
 * | REJECT | → agent   | 03 · code u8 · MAC 32 (see reject.ts)                                                          |
 *
 * Mode 0 opens a session (NKpsk0 with the psk that the key id names); mode 1 identifies the agent (NK) after its key was called retired.
 * The prologue of the Noise handshake is "behest" and all of HELLO before its Noise message, so none of it can be altered on the way.
 *
 * After ANSWER every frame is one Noise transport message. Its plain bytes:
 *
 * | record         | bytes                                                                                            |
 * | -------------- | ------------------------------------------------------------------------------------------------ |
 * | 0 → intermediary | Ed25519 signature 64 over "behest/1 bind" · h; then the introduction (the caller's)            |
 * | 0 → agent      | 00, then the welcome (the caller's); or the code of a refusal (reject.ts), which ends it         |
 * | all others     | the caller's                                                                                     |
 */
import { failure, success, type Outcome } from '../outcome.ts';
import { concat, utf8 } from '../bytes.ts';
import { keyIdBytes } from './chain.ts';
import { tagBytes } from './noise/cipher-state.ts';
import { dhBytes } from './noise/x25519.ts';

export const frameKinds = { hello: 1, answer: 2, reject: 3 } as const;
const modes = { session: 0, identify: 1 } as const;

export type HelloMode = keyof typeof modes;

/** What a HELLO says in the clear. */
export type HelloFields = {
  readonly level: number;
  readonly mode: HelloMode;
  readonly keyId: Uint8Array;
  readonly offeredIds: readonly number[];
  readonly chosenId: number;
};

export type Hello = HelloFields & {
  readonly prologue: Uint8Array;
  /** Noise message 1. */
  readonly noise: Uint8Array;
  /** The agent's ephemeral key: the first 32 bytes of `noise`. */
  readonly ephemeral: Uint8Array;
};

/** One ephemeral key and the tag of an empty payload, in both directions. */
const noiseBytes = dhBytes + tagBytes;
const offsets = { level: 1, mode: 3, keyId: 4, count: 4 + keyIdBytes, offered: 5 + keyIdBytes } as const;

/** HELLO up to its Noise message. */
export function encodeHelloHeader(fields: HelloFields): Uint8Array {
  const { level, mode, keyId, offeredIds, chosenId } = fields;
  const fixed = Uint8Array.of(frameKinds.hello, level >> 8, level & 0xff, modes[mode]);
  return concat(fixed, keyId, Uint8Array.of(offeredIds.length, ...offeredIds, chosenId));
}

/** The prologue that belongs to a HELLO header. */
export function prologueOf(header: Uint8Array): Uint8Array {
  return concat(utf8('behest'), header);
}

/** Reads a HELLO; `handshake-malformed` for anything that is not exactly one. The level may be one we do not speak. */
export function decodeHello(frame: Uint8Array): Outcome<Hello> {
  const malformed = failure('handshake-malformed', 'this is not a HELLO');
  const count = frame[offsets.count];
  if (frame[0] !== frameKinds.hello || count === undefined) return malformed;
  const headerBytes = offsets.offered + count + 1;
  const chosenId = frame[headerBytes - 1];
  const mode = frame[offsets.mode] === modes.session ? 'session' : 'identify';
  if (chosenId === undefined || modes[mode] !== frame[offsets.mode] || frame.length !== headerBytes + noiseBytes) return malformed;
  const noise = frame.subarray(headerBytes);
  return success({
    level: new DataView(frame.buffer, frame.byteOffset).getUint16(offsets.level),
    mode,
    keyId: frame.slice(offsets.keyId, offsets.count),
    offeredIds: [...frame.subarray(offsets.offered, headerBytes - 1)],
    chosenId,
    prologue: prologueOf(frame.subarray(0, headerBytes)),
    noise,
    ephemeral: noise.slice(0, dhBytes),
  });
}

export function encodeAnswer(noise: Uint8Array): Uint8Array {
  return concat(Uint8Array.of(frameKinds.answer), noise);
}
