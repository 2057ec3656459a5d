/**
 * What crosses the live socket between a console and the intermediary (CBOR in WebSocket binary messages). `ref` is the
 * console's own number for a request or an attachment; answers carry it back.
 */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { ContactOverrides, ContactScope, ContactSettings, ContactVersions } from '../contact-settings.ts';
import { limits } from '../limits.ts';
import { PrimitiveDescription } from '../primitive.ts';
import { ContactWay, FailedWay, MachineFacts } from './agent.ts';
import { bytes, Envelope, exact, hex32 } from './parts.ts';

const ref = Type.Integer({ minimum: 0, maximum: 2 ** 53 - 1 });

// --- console to intermediary ---------------------------------------------------------------------------------------

/**
 * Gives a directive on its way. Answered by `submitted` or `failed`; the targets must hash to the signed root. With
 * `follow` the number then stands for a watch of that directive.
 */
export const Submit = exact({
  kind: Type.Literal('submit'),
  ref,
  envelope: Envelope,
  targets: Type.Array(exact({ agentId: hex32, nonce: Type.Optional(hex32) }), { minItems: 1, maxItems: 10_000 }),
  follow: Type.Optional(Type.Literal(true)),
});
export const SubmitCancel = exact({ kind: Type.Literal('cancel'), ref, envelope: Envelope });
/**
 * Wants changes of machines, or of directives, or the output of one run (from byte 0: what is kept comes first).
 * The present state comes at once, then every change.
 */
export const Watch = exact({
  kind: Type.Literal('watch'),
  ref,
  topic: Type.Union([
    exact({ of: Type.Literal('machines') }),
    exact({ of: Type.Literal('directives') }),
    exact({ of: Type.Literal('directive'), directiveId: hex32 }),
    exact({ of: Type.Literal('output'), directiveId: hex32, agentId: hex32 }),
    exact({ of: Type.Literal('requests') }),
  ]),
});
export const Unwatch = exact({ kind: Type.Literal('unwatch'), ref });
/** Joins the sealed live stream of a running directive. `bulk`: everything else goes before it. */
export const Attach = exact({ kind: Type.Literal('attach'), ref, directiveId: hex32, agentId: hex32, bulk: Type.Optional(Type.Literal(true)) });
export const Detach = exact({ kind: Type.Literal('detach'), ref });
/** One sealed frame of an attachment, either way. */
export const Frame = exact({ kind: Type.Literal('frame'), ref, bytes: bytes(undefined, limits.maxMessageBytes) });
/** The reader of an attachment has taken so many bytes, either way. */
export const Credit = exact({ kind: Type.Literal('credit'), ref, bytes: Type.Integer({ minimum: 1 }) });

export const FromConsole = Type.Union([Submit, SubmitCancel, Watch, Unwatch, Attach, Detach, Frame, Credit]);
export type FromConsole = Static<typeof FromConsole>;

// --- what is shown -------------------------------------------------------------------------------------------------

/** How a machine got here the last time, and what it had tried before, newest first. */
export const ReachedAt = exact({ way: ContactWay, failed: Type.Array(FailedWay), atMs: Type.Integer() });
export type ReachedAt = Static<typeof ReachedAt>;

/** Contact settings in force for one scope, and who set them. */
export const ContactLayer = exact({
  scope: ContactScope,
  overrides: ContactOverrides,
  version: Type.Integer(),
  setBy: exact({ personId: hex32, name: Type.String() }),
  setAtMs: Type.Integer(),
});
export type ContactLayer = Static<typeof ContactLayer>;

/** Wake-ups sent to a machine in this run of the intermediary, and what the agent has told of those since its start. */
export const WakeUpCounts = exact({ sent: Type.Integer(), received: Type.Integer(), missed: Type.Integer(), refused: Type.Integer() });
export type WakeUpCounts = Static<typeof WakeUpCounts>;

export const Machine = exact({
  id: hex32,
  name: Type.String(),
  site: Type.String(),
  online: Type.Boolean(),
  /** Since when it is in this state, milliseconds since 1970. */
  sinceMs: Type.Integer(),
  enrolledAtMs: Type.Integer(),
  facts: MachineFacts,
  transport: Type.Optional(Type.String()),
  remoteAddress: Type.Optional(Type.String()),
  nonce: Type.Optional(hex32),
  rootVersion: Type.Integer(),
  policyVersion: Type.Integer(),
  /** Of the contact settings that it holds, as its last check-in said. */
  contact: ContactVersions,
  /** From one of its calls to the next, if it polls: then it is off line between them and can be reached all the same. */
  pollSeconds: Type.Optional(ContactSettings.properties.intervalSeconds),
  /** Absent before it has ever said. */
  reached: Type.Optional(ReachedAt),
  quarantined: Type.Boolean(),
  identityKey: Type.String(),
  lastDirectiveId: Type.Optional(hex32),
  wakeUps: Type.Optional(WakeUpCounts),
  /** Digest of what it can do: machines with the same one can do the same. Absent before it has ever said. */
  primitives: Type.Optional(Type.String({ pattern: '^[0-9a-f]{64}$' })),
});
export type Machine = Static<typeof Machine>;

/** `waiting` for the machine, `sent`, accepted and `running`, then one of the final states of a report. */
export const targetStates = ['waiting', 'sent', 'running', 'succeeded', 'failed', 'refused', 'cancelled', 'expired', 'interrupted'] as const;
export type TargetState = (typeof targetStates)[number];

export const DirectiveTarget = exact({
  agentId: hex32,
  state: Type.Enum(targetStates),
  changedAtMs: Type.Integer(),
  percent: Type.Optional(Type.Number()),
  note: Type.Optional(Type.String()),
  /** The signed report, as the agent sent it: consoles verify it themselves. */
  report: Type.Optional(Envelope),
});
export type DirectiveTarget = Static<typeof DirectiveTarget>;

/** How many machines are in each state, in the order of states; states without machines are left out. */
export const StateCounts = Type.Array(exact({ state: Type.Enum(targetStates), count: Type.Integer({ minimum: 1 }) }), { maxItems: targetStates.length });
export type StateCounts = Static<typeof StateCounts>;

export const DirectiveRecord = exact({
  id: hex32,
  envelope: Envelope,
  submittedBy: exact({ personId: hex32, name: Type.String() }),
  submittedAtMs: Type.Integer(),
  counts: StateCounts,
  /** Each machine, where there are at most `limits.targetsShown`; of more there are pages (REST), and `counts` tells how they fare. */
  targets: Type.Array(DirectiveTarget),
});
export type DirectiveRecord = Static<typeof DirectiveRecord>;

/** Somebody asks an owner for something: a page's new key, after a sign-in link was used. */
export const KeyRequest = exact({
  id: hex32,
  invitationId: hex32,
  name: Type.String(),
  personId: hex32,
  /** raw Ed25519 key, base64url, and HMAC-SHA256 over it by the secret of the link, which the intermediary never sees */
  publicKey: Type.String(),
  proof: Type.String(),
  requestedAtMs: Type.Integer(),
});
export type KeyRequest = Static<typeof KeyRequest>;

// --- intermediary to console ---------------------------------------------------------------------------------------

export const ToConsole = Type.Union([
  exact({ kind: Type.Literal('submitted'), ref, directiveId: hex32 }),
  exact({ kind: Type.Literal('done'), ref }),
  exact({ kind: Type.Literal('failed'), ref, code: Type.String(), detail: Type.String() }),
  /** The present state is complete: what follows are changes. */
  exact({ kind: Type.Literal('current'), ref }),
  exact({ kind: Type.Literal('machine'), ref, machine: Machine }),
  exact({ kind: Type.Literal('directive'), ref, directive: DirectiveRecord }),
  exact({ kind: Type.Literal('target'), ref, directiveId: hex32, target: DirectiveTarget }),
  /** In place of `target` where there are more machines than are shown, `limits.countsEveryMs` apart. */
  exact({ kind: Type.Literal('counts'), ref, directiveId: hex32, counts: StateCounts }),
  /** Output of one run. `offset` counts kept bytes of that channel; a gap means that this socket was too slow. */
  exact({ kind: Type.Literal('output'), ref, channel: Type.Union([Type.Literal('stdout'), Type.Literal('stderr')]), offset: Type.Integer(), bytes: bytes() }),
  exact({ kind: Type.Literal('request'), ref, request: KeyRequest }),
  exact({ kind: Type.Literal('attached'), ref }),
  Frame,
  Credit,
  exact({ kind: Type.Literal('detached'), ref, code: Type.String(), detail: Type.String() }),
  /** The sign-in of this socket ended or its rights changed. */
  exact({ kind: Type.Literal('signed-out'), code: Type.String() }),
]);
export type ToConsole = Static<typeof ToConsole>;

/** What the machine can do, as its last check-in said. */
export const MachinePrimitives = Type.Array(PrimitiveDescription);
