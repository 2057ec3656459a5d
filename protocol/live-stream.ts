/**
 * Sealed live streams: what flows between a console and the run of a directive, past an intermediary that can neither read
 * nor forge it. The console's X25519 public key (`streamKey`) stands in the signed directive; the agent signs its own for
 * each attachment with its identity key, whose hash is the agent's id. Browser and Node alike.
 *
 *   hello    console → agent   0x01 │ console nonce 16 │ received u64
 *   welcome  agent → console   0x02 │ agent nonce 16 │ agent key 32 │ identity key 32 │ input received u64 │ output from u64 │ signature 64
 *   frames   both              0x03 │ sealed event (live-stream/sealing.ts, live-stream/events.ts)
 *
 * The signature is Ed25519 over "behest/1 live" ‖ directive id 16 ‖ streamKey ‖ hello ‖ all of welcome before it.
 * Keys: HKDF-SHA256(X25519, salt = console nonce ‖ agent nonce, info = "behest/1 live" ‖ directive id ‖ 1 console's, 2 agent's) → AES-256-GCM.
 */
import { base64Url, concat, hex, sameBytes, unhex, utf8 } from './bytes.ts';
import type { Random } from './clock.ts';
import { sha256, verifyingKey } from './crypto.ts';
import type { LiveEvent, LiveSender } from './live-stream/events.ts';
import { liveCipher } from './live-stream/cipher.ts';
import type { LiveCipher } from './live-stream/cipher.ts';
import { LiveOpener, LiveSealer } from './live-stream/sealing.ts';
import { failure, success } from './outcome.ts';
import type { Outcome } from './outcome.ts';

export { maxLiveBytes } from './live-stream/events.ts';
export type { LiveEvent } from './live-stream/events.ts';

export type StreamKeyPair = { readonly publicKey: CryptoKey; readonly privateKey: CryptoKey };

/** Both directions of one attachment. */
export type LiveEnds = {
  /** One frame for the other end. Frames must be sent in the order of the calls; the promises resolve in it. */
  seal(event: LiveEvent): Promise<Uint8Array>;
  /** Frames must be given in the order in which they came. After a failure the attachment is over. */
  open(frame: Uint8Array): Promise<Outcome<LiveEvent>>;
};

export type LiveConsoleOptions = {
  /** 32 hex digits. */
  readonly directiveId: string;
  /** 32 hex digits. */
  readonly agentId: string;
  readonly streamKeyPair: StreamKeyPair;
  /** Bytes of output that this console already has, from earlier attachments. */
  readonly received: number;
  readonly random: Random;
};

/** `inputReceived`: bytes of input that the run already has; `outputFrom`: where output goes on, later than asked for when older output is gone. */
export type Accepted = LiveEnds & { readonly inputReceived: number; readonly outputFrom: number };

export type LiveAnswerOptions = {
  readonly directiveId: string;
  /** From the directive; raw, 32 bytes. */
  readonly streamKey: Uint8Array;
  /** The agent's Ed25519 key, raw. */
  readonly identity: { readonly publicKey: Uint8Array; sign(bytes: Uint8Array): Uint8Array };
  readonly inputReceived: number;
  /** Where output goes on: `receivedIn(hello)`, or later when older output is gone. */
  readonly outputFrom: number;
  readonly random: Random;
};

export type Answered = LiveEnds & { readonly welcome: Uint8Array; readonly received: number };

const label = utf8('behest/1 live');
const kinds = { hello: 1, welcome: 2 } as const;
const nonceBytes = 16;
const helloBytes = 1 + nonceBytes + 8;
const signedWelcomeBytes = 1 + nonceBytes + 32 + 32 + 8 + 8;
const welcomeBytes = signedWelcomeBytes + 64;

/** A key pair for one directive. The private half cannot be exported, but a browser can store it (IndexedDB) for a reload. */
export async function makeStreamKeyPair(): Promise<StreamKeyPair> {
  const pair = await crypto.subtle.generateKey({ name: 'X25519' }, false, ['deriveBits']);
  if (pair instanceof CryptoKey) throw new TypeError('X25519 makes key pairs');
  return pair;
}

/** The raw public half: `streamKey` of a directive. */
export async function streamKeyOf(pair: StreamKeyPair): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey));
}

/** The console's end of one attachment: send `hello`, then `accept` what comes back. */
export class LiveConsole {
  readonly hello: Uint8Array;
  readonly #options: LiveConsoleOptions;
  #isAnswered = false;

  private constructor(options: LiveConsoleOptions) {
    this.#options = options;
    this.hello = concat(Uint8Array.of(kinds.hello), options.random(nonceBytes), offsetBytes(options.received));
  }

  static begin(options: LiveConsoleOptions): LiveConsole {
    return new LiveConsole(options);
  }

  /** Once only: keys must never begin anew. Fails with `handshake-malformed`, or `identity-refused` when it does not come from that agent for this hello. */
  async accept(welcome: Uint8Array): Promise<Outcome<Accepted>> {
    if (this.#isAnswered) return failure('handshake-malformed', 'this attachment was answered already');
    this.#isAnswered = true;
    if (welcome.byteLength !== welcomeBytes || welcome[0] !== kinds.welcome) return failure('handshake-malformed', 'this is not a welcome');
    const { directiveId, agentId, streamKeyPair, received } = this.#options;
    const parts = readWelcome(welcome);
    const signed = signedBytes(directiveId, await streamKeyOf(streamKeyPair), this.hello, welcome.subarray(0, signedWelcomeBytes));
    if (!await isSignedBy(agentId, parts.identityKey, { signed, signature: parts.signature })) return failure('identity-refused', 'the answer does not come from that machine');
    if (parts.inputReceived === undefined || parts.outputFrom === undefined || parts.outputFrom < received) return failure('handshake-malformed', 'the offsets make no sense');
    const salt = concat(this.hello.subarray(1, 1 + nonceBytes), parts.nonce);
    const ends = await deriveEnds('console', streamKeyPair.privateKey, { peerKey: parts.agentKey, salt, directiveId });
    return ends.ok ? success({ ...ends.value, inputReceived: parts.inputReceived, outputFrom: parts.outputFrom }) : ends;
  }
}

/** Bytes of output that the console which wrote this hello already has, or undefined if it is no hello. */
export function receivedIn(hello: Uint8Array): number | undefined {
  return hello.byteLength === helloBytes && hello[0] === kinds.hello ? offsetOf(hello.subarray(1 + nonceBytes)) : undefined;
}

/** The agent's end: answers a hello. Every attachment has a key of its own. Fails with `handshake-malformed`. */
export async function answerLive(hello: Uint8Array, options: LiveAnswerOptions): Promise<Outcome<Answered>> {
  const received = receivedIn(hello);
  if (received === undefined) return failure('handshake-malformed', 'this is not a hello');
  const { directiveId, streamKey, identity, inputReceived, outputFrom, random } = options;
  const pair = await makeStreamKeyPair();
  const nonce = random(nonceBytes);
  const salt = concat(hello.subarray(1, 1 + nonceBytes), nonce);
  const ends = await deriveEnds('agent', pair.privateKey, { peerKey: streamKey, salt, directiveId });
  if (!ends.ok) return ends;
  const offsets = concat(offsetBytes(inputReceived), offsetBytes(outputFrom));
  const unsigned = concat(Uint8Array.of(kinds.welcome), nonce, await streamKeyOf(pair), identity.publicKey, offsets);
  const welcome = concat(unsigned, identity.sign(signedBytes(directiveId, streamKey, hello, unsigned)));
  return success({ ...ends.value, welcome, received });
}

function readWelcome(welcome: Uint8Array) {
  const [nonceAt, keyAt, identityAt] = [1, 1 + nonceBytes, 1 + nonceBytes + 32];
  const [inputAt, outputAt] = [identityAt + 32, identityAt + 40];
  return {
    nonce: welcome.subarray(nonceAt, keyAt),
    agentKey: welcome.subarray(keyAt, identityAt),
    identityKey: welcome.slice(identityAt, inputAt),
    inputReceived: offsetOf(welcome.subarray(inputAt, outputAt)),
    outputFrom: offsetOf(welcome.subarray(outputAt, signedWelcomeBytes)),
    signature: welcome.slice(signedWelcomeBytes),
  };
}

function signedBytes(directiveId: string, streamKey: Uint8Array, hello: Uint8Array, welcome: Uint8Array): Uint8Array<ArrayBuffer> {
  return concat(label, idBytes(directiveId), streamKey, hello, welcome);
}

/** An agent's id is the first 16 bytes of SHA-256 of its identity key, so a key of somebody else's shows. */
async function isSignedBy(agentId: string, identityKey: Uint8Array, { signed, signature }: { signed: Uint8Array<ArrayBuffer>; signature: Uint8Array }): Promise<boolean> {
  if (!sameBytes((await sha256(identityKey)).subarray(0, 16), idBytes(agentId))) return false;
  const key = await verifyingKey(base64Url(identityKey));
  return (await key?.verify(signature, signed)) === true;
}

type Secrets = { readonly peerKey: Uint8Array; readonly salt: Uint8Array<ArrayBuffer>; readonly directiveId: string };

/** The keys of both directions, each named by who sends. */
async function deriveEnds(self: LiveSender, privateKey: CryptoKey, { peerKey, salt, directiveId }: Secrets): Promise<Outcome<LiveEnds>> {
  let shared: ArrayBuffer;
  try {
    const peer = await crypto.subtle.importKey('raw', new Uint8Array(peerKey), { name: 'X25519' }, false, []);
    shared = await crypto.subtle.deriveBits({ name: 'X25519', public: peer }, privateKey, 256);
  } catch {
    return failure('handshake-malformed', `${hex(peerKey)} is not a key of the other end`); // wrong length, or a point that gives all zeros
  }
  const secret = await crypto.subtle.importKey('raw', shared, 'HKDF', false, ['deriveBits']);
  const cipherOf = async (sender: LiveSender): Promise<LiveCipher> => {
    const info = concat(label, idBytes(directiveId), Uint8Array.of(sender === 'console' ? 1 : 2));
    return liveCipher(new Uint8Array(await crypto.subtle.deriveBits({ name: 'HKDF', hash: 'SHA-256', salt, info }, secret, 256)));
  };
  const peer = self === 'console' ? 'agent' : 'console';
  const sealer = new LiveSealer(await cipherOf(self));
  const opener = new LiveOpener(await cipherOf(peer), peer);
  return success({ seal: (event) => sealer.seal(event), open: (frame) => opener.open(frame) });
}

function idBytes(id: string): Uint8Array {
  const bytes = unhex(id);
  if (bytes?.byteLength !== 16) throw new TypeError(`"${id}" is not an id of 32 hex digits`);
  return bytes;
}

function offsetBytes(offset: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(offset));
  return bytes;
}

/** A count of bytes, or undefined beyond 2^53. */
function offsetOf(bytes: Uint8Array): number | undefined {
  const offset = Number(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getBigUint64(0));
  return Number.isSafeInteger(offset) ? offset : undefined;
}
