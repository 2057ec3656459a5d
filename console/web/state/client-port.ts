/**
 * What the page needs of `console/client`, and nothing more: the page is written against this, so that it can be shown
 * and tested with another client behind it. All of it is already checked, verified and decoded.
 */
import type { ContactLayer, Machine, StateCounts, TargetState } from '../../../protocol/messages/live.ts';
import type { Rollout } from '../../../protocol/statements/directive.ts';
import type { AuditRow } from '../../../protocol/audit.ts';
import type { Audit } from '../../client/audits.ts';
import type { Change } from '../../client/contact.ts';
import type { RemoteFiles } from '../../client/files/remote-files.ts';
import type { StreamKeyPair } from '../../../protocol/live-stream.ts';
import type { Failure, Outcome } from '../../../protocol/outcome.ts';
import type { PrimitiveDescription } from '../../../protocol/primitive.ts';
import type { Signer } from '../../../protocol/statements/dsse.ts';
import type { KeyKind, Policy } from '../../../protocol/statements/policy.ts';
import type { OutputSummary, ReportStatus } from '../../../protocol/statements/report.ts';
import type { LiveValue } from './live-value.ts';

/** How the live socket is. `untilMs`: when the next attempt is made, on the page's clock. */
export type Connection = {
  readonly state: 'connecting' | 'live' | 'reconnecting' | 'ended';
  readonly sinceMs: number;
  readonly untilMs?: number;
};

export type Me = { readonly personId: string; readonly name: string; readonly keys: readonly MyKey[] };
export type MyKey = { readonly keyId: string; readonly kind: KeyKind; /** seconds since 1970 */ readonly notAfter: number };


export type ReportView = {
  readonly status: ReportStatus;
  readonly code?: string;
  readonly detail?: string;
  readonly result?: unknown;
  readonly output?: { readonly stdout: OutputSummary; readonly stderr: OutputSummary };
  readonly startedAtMs?: number;
  readonly endedAtMs: number;
  /** Whether the machine's own key signed exactly this, about exactly this directive; checked in this browser. */
  readonly verified: boolean;
};
export type TargetView = {
  readonly agentId: string;
  readonly state: TargetState;
  readonly changedAtMs: number;
  readonly percent?: number;
  readonly note?: string;
  readonly report?: ReportView;
};
export type DirectiveView = {
  readonly id: string;
  readonly primitive: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly timeoutMs: number;
  /** Present when it waits for machines that are off line. */
  readonly waitsUntilMs?: number;
  readonly live: boolean;
  readonly policyVersion: number;
  readonly signedBy: { readonly personId: string; readonly name: string; readonly keyId: string };
  readonly submittedAtMs: number;
  readonly rollout?: Rollout;
  /** Of more than `limits.targetsShown` machines none, or the one that was asked for: `counts` says how they fare. */
  readonly targets: readonly TargetView[];
  /** Present where `targets` are not all of them. */
  readonly counts?: StateCounts;
};

export type Act = {
  readonly agentIds: readonly string[];
  readonly primitive: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly timeoutMs?: number;
  /** How long machines that are off line may take to come back. */
  readonly waitMs?: number;
  /** In waves, and how many failures stop it. */
  readonly rollout?: Rollout;
  /** Raw X25519 public key: asks for a sealed live stream. */
  readonly streamKey?: Uint8Array;
};

export type MachineHandlers = { machine(machine: Machine): void; current(): void };
export type DirectiveHandlers = {
  directive(directive: DirectiveView): void;
  target(directiveId: string, target: TargetView): void;
  counts(directiveId: string, counts: StateCounts): void;
  current(): void;
  failed(code: string, detail: string): void;
};
export type OutputChunk = { readonly channel: 'stdout' | 'stderr'; readonly offset: number; readonly bytes: Uint8Array };

/** A live stream as a terminal sees it: taken up again by itself when the connection was cut, each byte once. */
export type StreamHandlers = {
  /** The next piece comes when the promise has resolved: that is the back-pressure. */
  output(bytes: Uint8Array): Promise<void>;
  /** So much output was forgotten by the machine while nobody was attached. */
  missed(bytes: number): void;
  state(state: 'attached' | 'interrupted'): void;
  ended(exit: { readonly exitCode: number | null; readonly signal: string | null }): void;
  failed(because: Failure): void;
};
export type TerminalStream = { write(bytes: Uint8Array): void; /** No more will be written: the deed ends. */ endInput(): void; resize(columns: number, rows: number): void; close(): void };
export type StreamAddress = { readonly directiveId: string; readonly agentId: string; readonly streamKeyPair: StreamKeyPair };

/** The files of one machine; every act is a directive signed by the key that was given. */
export type MachineFiles = Pick<RemoteFiles, 'list' | 'properties' | 'makeDirectory' | 'delete' | 'move' | 'download' | 'downloadArchive' | 'upload'>;

export type Stop = () => void;

export type ConsoleClient = {
  readonly connection: LiveValue<Connection>;
  me(): Promise<Outcome<Me>>;
  signIn(name: string, password: string): Promise<Outcome<Me>>;
  signOut(): Promise<Outcome<void>>;
  acceptInvitation(request: { id: string; secret: Uint8Array; name: string; password: string; publicKey: Uint8Array }): Promise<Outcome<{ requestId: string }>>;
  invitationState(requestId: string): Promise<Outcome<'waiting' | 'signed'>>;
  policy(): Promise<Outcome<Policy>>;
  primitives(agentId: string): Promise<Outcome<readonly PrimitiveDescription[]>>;
  /** Newest first; `before` is the id of the last one of the page before. */
  directives(filter: { agentId?: string | undefined; before?: string | undefined; limit: number }): Promise<Outcome<readonly DirectiveView[]>>;
  /** A page of a directive's machines, in the order in which they were named. */
  targets(directiveId: string, page: { state?: TargetState | undefined; offset: number; limit: number }): Promise<Outcome<readonly TargetView[]>>;
  watchMachines(handlers: MachineHandlers): Stop;
  watchDirectives(handlers: DirectiveHandlers): Stop;
  watchDirective(directiveId: string, handlers: DirectiveHandlers): Stop;
  watchOutput(directiveId: string, agentId: string, onChunk: (chunk: OutputChunk) => void): Stop;
  submit(act: Act, signer: Signer): Promise<Outcome<{ directiveId: string }>>;
  /** Contact settings that were set for this machine, its site and everywhere. */
  contact(agentId: string): Promise<Outcome<readonly ContactLayer[]>>;
  /** Newest first, those up to `before`. */
  audits(agentId: string, page: { before?: number; limit: number }): Promise<Outcome<readonly Audit[]>>;
  auditRows(agentId: string, digest: string): Promise<Outcome<readonly AuditRow[]>>;
  /** Succeeds when the machine's own signed report names the state of this audit; checked in this browser. */
  verifyAudit(agentId: string, audit: Audit): Promise<Outcome<void>>;
  setContact(change: Change, signer: Signer): Promise<Outcome<{ version: number }>>;
  cancel(directiveId: string, signer: Signer): Promise<Outcome<void>>;
  attach(address: StreamAddress, handlers: StreamHandlers): TerminalStream;
  files(agentId: string, signer: Signer): Promise<Outcome<MachineFiles>>;
};
