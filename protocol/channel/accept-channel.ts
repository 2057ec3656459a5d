/**
 * The intermediary's end: finds the key a HELLO names, changes state only once the agent has proved itself, and only then answers.
 */
import type { Clock } from '../clock.ts';
import { limits } from '../limits.ts';
import { failure, success, type Failure, type Outcome } from '../outcome.ts';
import { transportIds, type Transport } from '../transport.ts';
import { oldestProtocolLevel, protocolLevel } from '../version.ts';
import { concat, noBytes } from '../bytes.ts';
import { chainKeys, nextChain } from './chain.ts';
import type { FrameInbox } from './frame-inbox.ts';
import { decodeHello, encodeAnswer, type Hello } from './frames.ts';
import { withinHandshakeTime } from './handshake-time.ts';
import { agentIdOf, identityKeyBytes, provesIdentity, signatureBytes } from './identity.ts';
import type { EnrolmentKey, KeyFinding, KeyRegistry, KeyStep, LiveKey, StrayAgent } from './key-registry.ts';
import { HandshakeState, type TransportKeys } from './noise/handshake-state.ts';
import { importPrivateKey, importPublicKey, type KeyPair } from './noise/x25519.ts';
import { decodeOffer } from './offer.ts';
import { encodeReject, rejectByteOf, type RejectCode } from './reject.ts';
import { SealedChannel, type SecureChannel } from './secure-channel.ts';
import { suites } from './suites.ts';
import type { OpenReturn, OpenTurn } from './under-way.ts';

/** The intermediary's X25519 key pair. */
export type StaticKey = KeyPair;

/** Takes the raw 32-byte private key. */
export const loadStaticKey: (rawPrivateKey: Uint8Array) => StaticKey = importPrivateKey;

export type AcceptOptions = { readonly staticKey: StaticKey; readonly registry: KeyRegistry; readonly clock: Clock };

export type AcceptedChannel = { readonly channel: SecureChannel; readonly agentId: string; readonly introduction: Uint8Array };

/** One incoming connection. */
type Call = AcceptOptions & {
  readonly inbox: FrameInbox;
  /** What the caller showed last, for the log; and whether it has proved to be an agent that is known, though out of step. */
  readonly shown: { keyId?: Uint8Array; isKnownAgent?: boolean };
};

type Greeting = { readonly frame: Uint8Array; readonly hello: Hello };

/** A REJECT leaves the transport open for another HELLO; everything else is the end of the handshake. */
type Reply = { readonly rejected: Failure } | { readonly ended: Outcome<AcceptedChannel> };

/**
 * Takes one calling agent through the handshake within `limits.handshakeMs`. (A registry that takes longer is waited for, with the transport closed.)
 * Every failure has closed the transport and was told to `registry.failed`, but for that of a known agent: `registry.outOfStep` heard of it.
 */
export async function acceptChannel(transport: Transport, options: AcceptOptions): Promise<Outcome<AcceptedChannel>> {
  const shown: Call['shown'] = {};
  const outcome = await withinHandshakeTime(transport, options.clock, (inbox) => greet({ ...options, inbox, shown }));
  const { isKnownAgent, ...about } = shown;
  if (!outcome.ok && isKnownAgent !== true) options.registry.failed({ code: outcome.code, ...about, remoteAddress: transport.remoteAddress });
  return outcome;
}

async function greet(call: Call): Promise<Outcome<AcceptedChannel>> {
  let refusal: Failure | undefined;
  for (let hellos = 0; hellos < limits.maxHellosPerTransport; hellos += 1) {
    const frame = await call.inbox.next();
    if (!frame.ok) return refusal ?? frame;
    const hello = decodeHello(frame.value);
    if (!hello.ok) return hello;
    call.shown.keyId = hello.value.keyId;
    const reply = await replyTo(call, { frame: frame.value, hello: hello.value });
    if ('ended' in reply) return reply.ended;
    refusal = reply.rejected;
  }
  return refusal ?? failure('internal', 'no HELLO may be sent at all');
}

async function replyTo(call: Call, greeting: Greeting): Promise<Reply> {
  const { hello } = greeting;
  if (hello.level < oldestProtocolLevel || hello.level > protocolLevel) return reject(call, greeting, 'level-unsupported');
  if (!namesThisTransport(call, hello)) return { ended: failure('handshake-malformed', 'the HELLO was made for another transport') };
  await call.registry.underWay.giveUpTurn(hello.keyId);
  const finding = await call.registry.find(hello.keyId);
  const outOfStep = outOfStepOf(finding);
  if (outOfStep !== undefined && hello.mode === 'identify') return { ended: await acceptIdentity(call, greeting, outOfStep) };
  if (finding.status === 'refused') return reject(call, greeting, finding.code);
  if (finding.status === 'retired') return reject(call, greeting, 'key-retired');
  return hello.mode === 'session' ? { ended: await acceptSession(call, greeting, finding) } : reject(call, greeting, 'key-unknown');
}

/** Ids of transports that this level does not know may be offered, but what is in use must be what the agent chose. */
function namesThisTransport({ inbox }: Call, hello: Hello): boolean {
  return hello.chosenId === transportIds[inbox.transport.name] && hello.offeredIds.includes(hello.chosenId);
}

function reject(call: Call, greeting: Greeting, code: RejectCode): Reply {
  const frame = encodeReject(greeting.frame, code, { own: call.staticKey, remote: importPublicKey(greeting.hello.ephemeral) });
  if (!frame) return { ended: failure('handshake-malformed', 'the HELLO holds a key of low order') };
  call.inbox.transport.send(frame);
  return { rejected: failure(code, 'the key shown opens no session') };
}

async function acceptSession(call: Call, greeting: Greeting, finding: LiveKey | EnrolmentKey): Promise<Outcome<AcceptedChannel>> {
  const shaken = shakeHands(call, greeting, [chainKeys(finding.chain).psk]);
  if (!shaken.ok) return shaken;
  const keys = shaken.value;
  const next = nextChain(finding.chain, keys.chainingKey, finding.status === 'live' ? finding.agentId : '');
  const nextKeyId = chainKeys(next).keyId;
  const turn = call.registry.underWay.beginTurn(nextKeyId);
  try {
    return await takeTurn(call, keys, { finding, next, nextKeyId, turn });
  } finally {
    turn.close();
  }
}

type Turning = Pick<KeyStep, 'finding' | 'next' | 'nextKeyId'> & { readonly turn: OpenTurn };

async function takeTurn(call: Call, keys: TransportKeys, { turn, ...step }: Turning): Promise<Outcome<AcceptedChannel>> {
  const record = await readProof(call, keys);
  if (!record.ok) return record;
  const { proof, introduction } = record.value;
  const { finding } = step;
  const identityKey = finding.status === 'live' ? finding.identityKey : introduction.slice(0, identityKeyBytes);
  if (!provesIdentity(identityKey, keys.handshakeHash, proof)) return refuse(call, keys, identityRefused);
  const agentId = finding.status === 'live' ? finding.agentId : agentIdOf(identityKey);
  const { remoteAddress } = call.inbox.transport;
  const welcome = await turn.take(() => call.registry.commit({ ...step, agentId, identityKey, introduction, remoteAddress }));
  if (!welcome.ok) return refuse(call, keys, welcome);
  sendRecord(call, keys, concat(Uint8Array.of(0), welcome.value));
  return success({ channel: new SealedChannel(call.inbox, keys), agentId, introduction });
}

function outOfStepOf(finding: KeyFinding): OutOfStep | undefined {
  if (finding.status === 'retired') return { shown: 'retired', holder: finding.agentId };
  return finding.status === 'refused' && finding.code === 'key-unknown' ? { shown: 'unknown' } : undefined;
}

type OutOfStep = { readonly shown: StrayAgent['shown']; /** Whose key it was, if that is known. */ readonly holder?: string };

/** The agent itself is calling, not merely somebody who has seen a key id of it: only then is there an alarm, or a way back. */
async function acceptIdentity(call: Call, greeting: Greeting, key: OutOfStep): Promise<Failure> {
  const shaken = shakeHands(call, greeting, []);
  if (!shaken.ok) return shaken;
  const opened = call.registry.underWay.beginReturn(greeting.hello.keyId);
  try {
    return await takeReturn(call, shaken.value, { ...key, opened, shownKeyId: greeting.hello.keyId });
  } finally {
    opened.close();
  }
}

type Returning = OutOfStep & { readonly shownKeyId: Uint8Array; readonly opened: OpenReturn };

async function takeReturn(call: Call, keys: TransportKeys, { shown, holder, shownKeyId, opened }: Returning): Promise<Failure> {
  const record = await readProof(call, keys);
  if (!record.ok) return record;
  const { proof, introduction } = record.value;
  const offer = decodeOffer(introduction);
  if (offer === undefined) return failure('handshake-malformed', 'nothing is offered to begin anew with');
  const agentId = agentIdOf(offer.identityKey);
  const isHolder = holder === undefined || holder === agentId;
  if (!isHolder || !provesIdentity(offer.identityKey, keys.handshakeHash, proof)) return refuse(call, keys, identityRefused);
  if (!opened.take()) return refuse(call, keys, failure('conflict', 'it has proved itself under this key over another way since'));
  const { remoteAddress } = call.inbox.transport;
  const consent = await call.registry.outOfStep({ ...offer, agentId, shown, shownKeyId, copyId: chainKeys(offer.chain).keyId, remoteAddress });
  if (consent.ok || consent.code !== 'identity-refused') call.shown.isKnownAgent = true;
  if (!consent.ok) return refuse(call, keys, consent);
  sendRecord(call, keys, concat(Uint8Array.of(0), consent.value));
  return failure('key-retired', 'it was let back in, and calls again under its new key');
}

const identityRefused = failure('identity-refused', 'the signature over the handshake is not by the identity key');

function shakeHands(call: Call, greeting: Greeting, psks: readonly Uint8Array[]): Outcome<TransportKeys> {
  const { hello } = greeting;
  const suite = suites[hello.mode];
  const noise = new HandshakeState({ suite, role: 'responder', prologue: hello.prologue, ownStatic: call.staticKey, psks });
  const read = noise.readMessage(hello.noise);
  if (!read.ok) {
    // An agent that expects another static key cannot verify this and so learns that it called the wrong intermediary.
    reject(call, greeting, 'handshake-refused');
    return read;
  }
  const answer = noise.writeMessage(noBytes);
  if (!answer.ok) return answer;
  call.inbox.transport.send(encodeAnswer(answer.value));
  return success(noise.finish());
}

/** The agent's record 0. */
async function readProof(call: Call, keys: TransportKeys): Promise<Outcome<{ proof: Uint8Array; introduction: Uint8Array }>> {
  const frame = await call.inbox.next();
  if (!frame.ok) return frame;
  const record = keys.receive.decryptWithAd(noBytes, frame.value);
  if (!record) return failure('record-unauthentic', 'the proof did not open with the session key');
  if (record.length < signatureBytes) return failure('handshake-malformed', 'the proof is too short');
  return success({ proof: record.slice(0, signatureBytes), introduction: record.slice(signatureBytes) });
}

/** Tells the agent, under the session key, why there is no session. */
function refuse(call: Call, keys: TransportKeys, refusal: Failure): Failure {
  sendRecord(call, keys, Uint8Array.of(rejectByteOf(refusal.code)));
  return refusal;
}

function sendRecord(call: Call, keys: TransportKeys, plain: Uint8Array): void {
  call.inbox.transport.send(keys.send.encryptWithAd(noBytes, plain));
}
