/**
 * Making a directive: what is asked, of which machines, signed by the person's key, given on its way.
 */
import { base64Url, hex } from '../../protocol/bytes.ts';
import type { Clock, Random } from '../../protocol/clock.ts';
import { limits } from '../../protocol/limits.ts';
import type { Machine } from '../../protocol/messages/live.ts';
import { failure, success } from '../../protocol/outcome.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import { cancelType, directiveType } from '../../protocol/statements/directive.ts';
import type { Cancel, Directive, Rollout, Schedule, Target } from '../../protocol/statements/directive.ts';
import { payloadDigest, signStatement } from '../../protocol/statements/dsse.ts';
import type { Signer } from '../../protocol/statements/dsse.ts';
import type { Envelope } from '../../protocol/envelope.ts';
import { merkleRoot } from '../../protocol/statements/merkle.ts';
import { protocolLevel } from '../../protocol/version.ts';
import type { LiveSocket } from './live-socket.ts';

/** What a person needs to give directives: a socket, a key, and the policy version they know. */
export type Desk = {
  readonly live: LiveSocket;
  readonly signer: Signer;
  readonly policyVersion: number;
  readonly clock: Clock;
  readonly random: Random;
};

/** What is asked. */
export type Act = {
  readonly machines: readonly Machine[];
  readonly primitive: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly timeoutMs?: number;
  /** How long a machine that is off line may take to come back, milliseconds. */
  readonly keepMs?: number;
  /** Waves, and when to stop; such a directive is queued, since sessions change before its last wave. */
  readonly rollout?: Rollout;
  /** Makes it a standing one, for `keepMs`. */
  readonly schedule?: Schedule;
  /** raw X25519 public key: asks for a live stream */
  readonly streamKey?: Uint8Array;
};

/** A directive that the intermediary has taken. */
export type GivenDirective = {
  readonly directive: Directive;
  readonly envelope: Envelope;
  /** SHA-256 of the payload, base64url: reports name it. */
  readonly digest: string;
};

/** Signs the act and gives it on its way. */
export async function giveDirective(desk: Desk, act: Act): Promise<Outcome<GivenDirective>> {
  if (act.machines.length === 0) return failure('no-such-machine', 'no machine was chosen');
  const { given, targets } = await signDirective(desk, act);
  const taken = await desk.live.submit(given.envelope, targets);
  return taken.ok ? success(given) : taken;
}

/** The same up to the signature: what is to be given, with its targets. */
export async function signDirective(desk: Omit<Desk, 'live'>, act: Act): Promise<{ readonly given: GivenDirective; readonly targets: readonly Target[] }> {
  const { directive, targets } = await buildDirective(desk, act);
  const envelope = await signStatement(directiveType, directive, [desk.signer]);
  return { given: { directive, envelope, digest: base64Url(await payloadDigest(envelope)) }, targets };
}

/**
 * The unsigned directive. Interactive when every machine is there (bound to its present session, so that no clock
 * counts) and none has to wait for its wave, otherwise queued until `keepMs` from now.
 */
export async function buildDirective(desk: Pick<Desk, 'policyVersion' | 'clock' | 'random'>, act: Act): Promise<{ directive: Directive; targets: Target[] }> {
  const { rollout, schedule } = act;
  const interactive = rollout === undefined && schedule === undefined && act.machines.every(({ online, nonce }) => online && nonce !== undefined);
  const targets = act.machines.map(({ id, nonce }): Target => (interactive && nonce !== undefined ? { agentId: id, nonce } : { agentId: id }));
  const now = Math.floor(desk.clock.now() / 1000);
  const directive: Directive = {
    id: hex(desk.random(16)),
    level: protocolLevel,
    policy: desk.policyVersion,
    issuedAt: now,
    primitive: act.primitive,
    params: { ...act.params },
    targets: { root: base64Url(await merkleRoot(targets)), count: targets.length },
    life: lifeOf(act, interactive, now),
    timeoutMs: act.timeoutMs ?? limits.defaultTimeoutMs,
    ...(act.streamKey === undefined ? {} : { streamKey: base64Url(act.streamKey) }),
  };
  return { directive, targets };
}

function lifeOf({ rollout, schedule, keepMs }: Act, interactive: boolean, now: number): Directive['life'] {
  if (interactive) return { kind: 'interactive' };
  const notAfter = now + Math.floor((keepMs ?? (schedule === undefined ? limits.defaultQueuedMs : limits.defaultStandingMs)) / 1000);
  if (schedule !== undefined) return { kind: 'standing', notAfter, schedule };
  return { kind: 'queued', notAfter, ...(rollout === undefined ? {} : { rollout }) };
}

/** Asks to end a directive, signed like the directive itself. */
export async function cancelDirective(desk: Desk, directiveId: string): Promise<Outcome<void>> {
  const cancel: Cancel = { directiveId, policy: desk.policyVersion, issuedAt: Math.floor(desk.clock.now() / 1000) };
  return desk.live.cancel(await signStatement(cancelType, cancel, [desk.signer]));
}
