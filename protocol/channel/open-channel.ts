/**
 * The agent's end: tries its keys, rolls them, and proves who it is.
 */
import type { Clock } from '../clock.ts';
import { failure, success, type Failure, type Outcome } from '../outcome.ts';
import { transportIds, type Transport, type TransportName } from '../transport.ts';
import { protocolLevel } from '../version.ts';
import { concat, hex, noBytes } from '../bytes.ts';
import { chainKeys, nextChain, type Chain } from './chain.ts';
import { encodeHelloHeader, frameKinds, prologueOf, type HelloMode } from './frames.ts';
import type { FrameInbox } from './frame-inbox.ts';
import { withinHandshakeTime } from './handshake-time.ts';
import { bindingOf } from './identity.ts';
import { encodeOffer } from './offer.ts';
import { HandshakeState, type TransportKeys } from './noise/handshake-state.ts';
import { generateKeyPair, importPublicKey, type KeyPair, type PublicKey } from './noise/x25519.ts';
import { decodeReject, refusalOf } from './reject.ts';
import { maxPlainBytes, SealedChannel, type SecureChannel } from './secure-channel.ts';
import { suites } from './suites.ts';

/** The agent's durable state. */
export type AgentKeys = {
  /** Newest first, one or two: the newest, and the one it was made from. A fresh agent has that of its enrolment string only. */
  chains(): readonly Chain[];
  /** Durable when it returns; throws if it cannot be. */
  store(chains: readonly Chain[]): void;
  readonly identity: {
    readonly agentId: string;
    /** Ed25519, raw 32 bytes. */
    readonly publicKey: Uint8Array;
    /** Ed25519 signature, 64 bytes. */
    sign(bytes: Uint8Array): Uint8Array;
  };
  /**
   * The chain this copy would begin anew with; its key id tells it from every other copy, since it is made when this one
   * is first refused. Durable when it returns, and the same until it is adopted.
   */
  offer(): Chain;
  /** Takes the offer for its only chain if what the intermediary gave is the owners' consent. Durable when it resolves. */
  adopt(consent: Uint8Array): Promise<Outcome<void>>;
};

export type OpenOptions = {
  /** Called once, and once more when the owners let this copy begin anew. Every key is tried over the same transport. */
  readonly dial: () => Promise<Outcome<Transport>>;
  /** Every transport this agent could use: bound into the handshake, so that a weaker one cannot be forced unnoticed. */
  readonly offered: readonly TransportName[];
  /** The intermediary's static X25519 key, raw 32 bytes, pinned at enrolment. */
  readonly serverKey: Uint8Array;
  readonly keys: AgentKeys;
  /** Opaque, for the intermediary. In an enrolment it begins with the raw 32-byte identity public key. */
  readonly introduction: Uint8Array;
  readonly clock: Clock;
};

export type OpenedChannel = { readonly channel: SecureChannel; readonly welcome: Uint8Array };

/** What one try needs of the whole. */
type Attempt = {
  readonly options: OpenOptions;
  readonly inbox: FrameInbox;
  readonly serverKey: PublicKey;
  /** Whether another call must follow, under a chain that was just begun. */
  readonly outcome: { beginsAnew: boolean };
};

/** An authentic REJECT, as opposed to a failure of the path: only it may move the agent on to another key. */
type Answered = { readonly keys: TransportKeys } | { readonly rejected: Failure };

/**
 * Opens a channel to the intermediary within `limits.handshakeMs` after dialling. Errors: what `dial` gives; `not-enrolled` without a key;
 * the intermediary's refusals; `handshake-refused` where the other side does not hold `serverKey`; `data-unwritable` where the next key could not be stored.
 */
export async function openChannel(options: OpenOptions): Promise<Outcome<OpenedChannel>> {
  const outcome = { beginsAnew: false };
  const opened = await callOnce(options, outcome);
  return outcome.beginsAnew ? callOnce(options, { beginsAnew: false }) : opened;
}

async function callOnce(options: OpenOptions, outcome: Attempt['outcome']): Promise<Outcome<OpenedChannel>> {
  const dialled = await options.dial();
  if (!dialled.ok) return dialled;
  const serverKey = importPublicKey(options.serverKey);
  return withinHandshakeTime(dialled.value, options.clock, (inbox) => tryChains({ options, inbox, serverKey, outcome }));
}

/**
 * Newest first; an older one only after an authentic `key-unknown`. A retired key means that a copy of this agent is about;
 * none that is known, that the intermediary has forgotten. Both it says under its identity, and may be told to begin anew.
 */
async function tryChains(attempt: Attempt): Promise<Outcome<OpenedChannel>> {
  const chains = attempt.options.keys.chains();
  let refusal = failure('not-enrolled', 'there is no key to call with');
  for (const chain of chains) {
    const answered = await shakeHands(attempt, chain, 'session');
    if (!answered.ok) return answered;
    if ('keys' in answered.value) return beginSession(attempt, chain, answered.value.keys);
    refusal = answered.value.rejected;
    if (refusal.code === 'key-retired') return identify(attempt, chain);
    if (refusal.code !== 'key-unknown') return refusal;
  }
  const [newest] = chains;
  // the secret of an enrolment string says nothing of who calls
  return newest === undefined || newest.number === 0 ? refusal : identify(attempt, newest);
}

async function shakeHands(attempt: Attempt, chain: Chain, mode: HelloMode): Promise<Outcome<Answered>> {
  const { options, inbox, serverKey } = attempt;
  const { psk, keyId } = chainKeys(chain);
  const header = encodeHelloHeader({
    level: protocolLevel,
    mode,
    keyId,
    offeredIds: options.offered.map((name) => transportIds[name]),
    chosenId: transportIds[inbox.transport.name],
  });
  const ownEphemeral = generateKeyPair();
  const suite = suites[mode];
  const noise = new HandshakeState({ suite, role: 'initiator', prologue: prologueOf(header), remoteStatic: serverKey, psks: [psk], ownEphemeral });
  const first = noise.writeMessage(noBytes);
  if (!first.ok) return first;
  const hello = concat(header, first.value);
  inbox.transport.send(hello);
  const answer = await inbox.next();
  return answer.ok ? readAnswer(answer.value, noise, { hello, own: ownEphemeral, remote: serverKey }) : answer;
}

type SentHello = { readonly hello: Uint8Array; readonly own: KeyPair; readonly remote: PublicKey };

function readAnswer(frame: Uint8Array, noise: HandshakeState, sent: SentHello): Outcome<Answered> {
  if (frame[0] !== frameKinds.answer) {
    const rejected = decodeReject(frame, sent.hello, sent);
    return rejected.ok ? success({ rejected: refusalOf(rejected.value) }) : rejected;
  }
  const read = noise.readMessage(frame.subarray(1));
  if (!read.ok) return read;
  if (read.value.length > 0) return failure('handshake-malformed', 'the answer carries data');
  return success({ keys: noise.finish() });
}

/** The next key is durable before the intermediary can learn of it: whatever is lost from here on, one of the two kept keys is live. */
async function beginSession(attempt: Attempt, chain: Chain, keys: TransportKeys): Promise<Outcome<OpenedChannel>> {
  const { options, inbox } = attempt;
  const next = nextChain(chain, keys.chainingKey, options.keys.identity.agentId);
  const stored = storeChains(options.keys, [next, chain]);
  if (!stored.ok) return stored;
  const welcome = await introduce(attempt, keys, options.introduction);
  return welcome.ok ? success({ channel: new SealedChannel(inbox, keys), welcome: welcome.value }) : welcome;
}

function storeChains(keys: AgentKeys, chains: readonly Chain[]): Outcome<void> {
  try {
    return success(keys.store(chains));
  } catch (error) {
    return failure('data-unwritable', `the next key could not be stored: ${String(error)}`);
  }
}

/**
 * Plain NK under the refused key id: proves that it is this very agent that has fallen out of step, and offers a chain to
 * begin anew with. Never opens a channel; a welcome holds the owners' consent, which is for the agent to judge.
 */
async function identify(attempt: Attempt, chain: Chain): Promise<Failure> {
  const { keys } = attempt.options;
  const answered = await shakeHands(attempt, chain, 'identify');
  if (!answered.ok) return answered;
  if ('rejected' in answered.value) return answered.value.rejected;
  const offer = storeOffer(keys);
  if (!offer.ok) return offer;
  const consent = await introduce(attempt, answered.value.keys, encodeOffer({ identityKey: keys.identity.publicKey, chain: offer.value }));
  if (!consent.ok) return failure(consent.code, `${consent.detail}; this copy is ${hex(chainKeys(offer.value).keyId)}`);
  const adopted = await keys.adopt(consent.value);
  if (!adopted.ok) return adopted;
  attempt.outcome.beginsAnew = true;
  return failure('connection-lost', 'it calls again under the key that it has begun');
}

function storeOffer(keys: AgentKeys): Outcome<Chain> {
  try {
    return success(keys.offer());
  } catch (error) {
    return failure('data-unwritable', `the key to begin anew with could not be stored: ${String(error)}`);
  }
}

/** Sends record 0 and gives the welcome in the intermediary's. */
async function introduce(attempt: Attempt, keys: TransportKeys, introduction: Uint8Array): Promise<Outcome<Uint8Array>> {
  const { options, inbox } = attempt;
  const record = concat(options.keys.identity.sign(bindingOf(keys.handshakeHash)), introduction);
  if (record.length > maxPlainBytes) return failure('frame-too-large', 'the introduction does not fit into one record');
  inbox.transport.send(keys.send.encryptWithAd(noBytes, record));
  const frame = await inbox.next();
  if (!frame.ok) return frame;
  const answer = keys.receive.decryptWithAd(noBytes, frame.value);
  if (!answer) return failure('record-unauthentic', 'the welcome did not open with the session key');
  const [status] = answer;
  if (status === undefined) return failure('handshake-malformed', 'the welcome is empty');
  return status === 0 ? success(answer.subarray(1)) : refusalOf(status);
}
