/**
 * What crosses a session between agent and intermediary, in CBOR, one object a message, told apart by `kind`.
 * Every family is checked by schema where it arrives.
 */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { ContactSettings, ContactVersions } from '../contact-settings.ts';
import { limits } from '../limits.ts';
import { PrimitiveDescription } from '../primitive.ts';
import { bytes, Envelope, exact, hex32, hex64 } from './parts.ts';

/** What a machine says of itself at each contact; shown in the console, never trusted for rights. */
export const MachineFacts = exact({
  hostname: Type.String({ maxLength: 255 }),
  platform: Type.String({ maxLength: 32 }),
  architecture: Type.String({ maxLength: 32 }),
  osName: Type.String({ maxLength: 200 }),
  agentVersion: Type.String({ maxLength: 64 }),
  bootedAtMs: Type.Integer({ minimum: 0 }),
  addresses: Type.Array(Type.String({ maxLength: 64 }), { maxItems: 64 }),
});
export type MachineFacts = Static<typeof MachineFacts>;

/** First message of every session, and again whenever something in it has changed (K30 "check in again at once"). */
export const CheckIn = exact({
  kind: Type.Literal('check-in'),
  level: Type.Integer({ minimum: 1 }),
  facts: MachineFacts,
  site: Type.String({ maxLength: 80 }),
  /** Interactive directives name it; see statements/directive.ts. */
  nonce: hex32,
  rootVersion: Type.Integer({ minimum: 0 }),
  policyVersion: Type.Integer({ minimum: 0 }),
  /** Of the contact settings it holds. */
  contact: ContactVersions,
  /** From one call to the next; only of a machine that polls. */
  pollSeconds: Type.Optional(ContactSettings.properties.intervalSeconds),
  /** Digest of what `primitives` would say; asked for by `describe` where it is not known. */
  primitives: hex64,
  /** Directives accepted and not yet reported, so that both ends agree after a restart. */
  pending: Type.Array(hex32, { maxItems: limits.maxAcceptedDirectives }),
});

/** Which primitives it has, in the answer to `describe`: some hundred kilobytes, the same for all machines of one release. */
export const PrimitivesTold = exact({ kind: Type.Literal('primitives'), primitives: Type.Array(PrimitiveDescription, { maxItems: 2000 }) });

/** The nonce changed. */
export const NonceChanged = exact({ kind: Type.Literal('nonce'), nonce: hex32 });

/** Journaled: from here on the agent owes exactly one report. One that starts at once says only `started`. */
export const Accepted = exact({ kind: Type.Literal('accepted'), directiveId: hex32 });
export const Started = exact({ kind: Type.Literal('started'), directiveId: hex32, atMs: Type.Integer({ minimum: 0 }) });
export const Progress = exact({
  kind: Type.Literal('progress'),
  directiveId: hex32,
  percent: Type.Number({ minimum: 0, maximum: 100 }),
  note: Type.Optional(Type.String({ maxLength: 200 })),
});
/** Sent until `report-stored` answers it; the same report any number of times. */
export const ReportMessage = exact({ kind: Type.Literal('report'), directiveId: hex32, envelope: Envelope });
/** A policy, a root or settings that the agent would not take; it stands in the audit log. */
export const StatementRefused = exact({
  kind: Type.Literal('statement-refused'),
  code: Type.String({ maxLength: 64 }),
  detail: Type.String({ maxLength: 1000 }),
});

/** One way to the intermediary: by which transport, along which path (`directly`, or the proxy without its credentials), to which address. */
export const ContactWay = exact({
  transport: Type.String({ maxLength: 32 }),
  path: Type.String({ maxLength: 300 }),
  address: Type.String({ maxLength: 256 }),
  /** Where the proxy was found, in words that follow "found in": `HTTPS_PROXY of the environment`. */
  foundBy: Type.Optional(Type.String({ maxLength: 300 })),
});
export type ContactWay = Static<typeof ContactWay>;
export const FailedWay = exact({
  ...ContactWay.properties,
  code: Type.String({ maxLength: 64 }),
  detail: Type.String({ maxLength: 300 }),
  atMs: Type.Integer({ minimum: 0 }),
});
export type FailedWay = Static<typeof FailedWay>;
/** How the agent got here, said at the start of every session and whenever the session has moved to another way. */
export const Reached = exact({
  kind: Type.Literal('reached'),
  way: ContactWay,
  /** What was tried in vain on the way here, newest first. */
  failed: Type.Array(FailedWay, { maxItems: 20 }),
});

/** What became of the wake-ups since the agent started, said at the start of a session when there is something to say. */
export const WakeUpsTold = exact({
  kind: Type.Literal('wake-ups'),
  received: Type.Integer({ minimum: 0 }),
  /** Numbers that were skipped. */
  missed: Type.Integer({ minimum: 0 }),
  /** Not authentic, not new or not of this time. */
  refused: Type.Integer({ minimum: 0 }),
});

export const FromAgent = Type.Union([CheckIn, PrimitivesTold, NonceChanged, Accepted, Started, Progress, ReportMessage, StatementRefused, Reached, WakeUpsTold]);
export type FromAgent = Static<typeof FromAgent>;

// --- intermediary to agent -----------------------------------------------------------------------------------------

export const RootChain = exact({ kind: Type.Literal('roots'), envelopes: Type.Array(Envelope, { maxItems: 64 }) });
export const PolicyMessage = exact({ kind: Type.Literal('policy'), envelope: Envelope });
/** Signed settings of one scope (statements/contact.ts), newer than what the check-in named. */
export const ContactSettingsMessage = exact({ kind: Type.Literal('contact-settings'), envelope: Envelope });
export const DirectiveMessage = exact({
  kind: Type.Literal('directive'),
  directiveId: hex32,
  envelope: Envelope,
  /** The way from this machine's leaf up to `targets.root`, with the nonce in that leaf if it is interactive (statements/merkle.ts). */
  proof: exact({
    index: Type.Integer({ minimum: 0 }),
    siblings: Type.Array(bytes(32), { maxItems: limits.maxProofDepth }),
    nonce: Type.Optional(hex32),
  }),
});
export const CancelMessage = exact({ kind: Type.Literal('cancel'), directiveId: hex32, envelope: Envelope });
export const ReportStored = exact({ kind: Type.Literal('report-stored'), directiveIds: Type.Array(hex32, { maxItems: 1000 }) });

/** The primitives of the check-in are not known here. */
export const Describe = exact({ kind: Type.Literal('describe') });

/** Where to listen for wake-ups (wake-up.ts) while there is no session, said in every session. */
export const WakeUpChannel = exact({
  kind: Type.Literal('wake-up-channel'),
  /** Of an ntfy server. */
  server: Type.String({ pattern: '^https?://', maxLength: 512 }),
  topic: Type.String({ pattern: '^behest-[0-9a-f]{32}$' }),
  /** For the MAC. */
  key: bytes(32),
  run: Type.Integer({ minimum: 0 }),
  /** The next wake-up of this run will have this number. */
  next: Type.Integer({ minimum: 1 }),
});

export const ToAgent = Type.Union([RootChain, PolicyMessage, ContactSettingsMessage, DirectiveMessage, CancelMessage, ReportStored, Describe, WakeUpChannel]);
export type ToAgent = Static<typeof ToAgent>;

// --- streams of a session ------------------------------------------------------------------------------------------

/** Opened by the agent for the output of a run. Each chunk begins with one byte: 1 standard output, 2 standard error. */
/** `firing`: of that firing of a standing directive, by its time in the schedule, seconds since 1970. */
export const OutputLabel = exact({ kind: Type.Literal('output'), directiveId: hex32, firing: Type.Optional(Type.Integer({ minimum: 0 })) });
export type OutputLabel = Static<typeof OutputLabel>;
/** Opened by the intermediary for a console: what flows is sealed between console and agent (protocol/live-stream.ts). */
export const LiveLabel = exact({ kind: Type.Literal('live'), directiveId: hex32 });
export const StreamLabel = Type.Union([OutputLabel, LiveLabel]);
export type StreamLabel = Static<typeof StreamLabel>;

/** What an agent says of itself in the first record of its enrolment, after the 32 bytes of its identity key. */
export const EnrolmentIntroduction = exact({ facts: MachineFacts, site: Type.String({ maxLength: 80 }), enrolmentId: hex32 });
/** The intermediary's answer to record 0. `digest` is of the root it holds. */
export const Welcome = exact({ level: Type.Integer({ minimum: 1 }), quarantined: Type.Boolean(), rootDigest: hex64 });
