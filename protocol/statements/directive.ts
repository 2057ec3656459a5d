/**
 * The directive: one signed request. One signature serves any number of machines, since `targets` is a Merkle root
 * and each machine gets its own proof of membership.
 */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { limits } from '../limits.ts';
import { Bytes32, Seconds } from './root.ts';

export const directiveType = 'application/vnd.behest.directive.v1+json';
export const cancelType = 'application/vnd.behest.cancel.v1+json';

/** 128 random bits, lower-case hex. */
export const DirectiveId = Type.String({ pattern: '^[0-9a-f]{32}$' });

/**
 * How a directive spreads over its machines. The intermediary keeps to it; one that does not can give it to all at once,
 * which the author may do as well, or hold it back.
 */
export const Rollout = Type.Object(
  {
    /** Machines of one wave, in the order of the targets; the next one begins when this one has ended. Absent: all at once. */
    waveSize: Type.Optional(Type.Integer({ minimum: 1, maximum: limits.maxTargets })),
    /** With so many machines failed, refused or interrupted no further machine is given it. */
    stopAfter: Type.Optional(Type.Integer({ minimum: 1, maximum: limits.maxTargets })),
  },
  { additionalProperties: false },
);
export type Rollout = Static<typeof Rollout>;

/** When a standing directive fires, on each machine by the clock and the time zone of that machine. */
export const Schedule = Type.Object(
  {
    /** See protocol/cron.ts. */
    cron: Type.String({ maxLength: 200 }),
    /** How late a firing may begin, seconds after its time. */
    windowSeconds: Type.Integer({ minimum: 60, maximum: limits.maxWindowSeconds }),
    /** Each machine has a time of its own within this, always the same, seconds. */
    spreadSeconds: Type.Integer({ minimum: 0, maximum: limits.maxSpreadSeconds }),
    /** What is done when a machine comes back after the window: nothing, or the last firing, once. */
    catchUp: Type.Union([Type.Literal('none'), Type.Literal('once')]),
  },
  { additionalProperties: false },
);
export type Schedule = Static<typeof Schedule>;

export const Directive = Type.Object(
  {
    id: DirectiveId,
    level: Type.Integer({ minimum: 1, maximum: 65_535 }),
    /** The policy version its author saw: any honest directive spreads a revocation. */
    policy: Type.Integer({ minimum: 1 }),
    issuedAt: Seconds,
    primitive: Type.String({ pattern: '^[a-z][a-z0-9-]*\\.[a-z][a-z0-9-]*$', maxLength: 64 }),
    params: Type.Record(Type.String(), Type.Unknown()),
    targets: Type.Object(
      { /** SHA-256 Merkle root */ root: Bytes32, count: Type.Integer({ minimum: 1, maximum: limits.maxTargets }) },
      { additionalProperties: false },
    ),
    /**
     * `interactive`: each target's leaf holds the nonce of its present session, so no clock is needed.
     * `queued`: kept until `notAfter`, for machines that are off line, or whose wave has not come.
     * `standing`: kept by the agent, which runs it by its schedule until `notAfter`, each time by the newest policy.
     */
    life: Type.Union([
      Type.Object({ kind: Type.Literal('interactive') }, { additionalProperties: false }),
      Type.Object({ kind: Type.Literal('queued'), notAfter: Seconds, rollout: Type.Optional(Rollout) }, { additionalProperties: false }),
      Type.Object({ kind: Type.Literal('standing'), notAfter: Seconds, schedule: Schedule }, { additionalProperties: false }),
    ]),
    timeoutMs: Type.Integer({ minimum: 1, maximum: limits.maxTimeoutMs }),
    /** The author's fresh X25519 public key: asks for a sealed live stream (see protocol/live-stream.ts). */
    streamKey: Type.Optional(Bytes32),
  },
  { additionalProperties: false },
);
export type Directive = Static<typeof Directive>;

/** One machine of a directive. The nonce is present exactly when the directive is interactive. */
export type Target = { readonly agentId: string; readonly nonce?: string };

/** Asks to end a directive. Signed, so that a captured intermediary cannot stop work in the middle. */
export const Cancel = Type.Object(
  { directiveId: DirectiveId, policy: Type.Integer({ minimum: 1 }), issuedAt: Seconds },
  { additionalProperties: false },
);
export type Cancel = Static<typeof Cancel>;
