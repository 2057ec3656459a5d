/**
 * What this agent believes and remembers: who it is, whom it obeys, what it has been told to do and what it has said of
 * it. Nothing starts that has not come through here, and nothing is said that is not on the disk.
 */
import type { Clock, Random } from '../../protocol/clock.ts';
import type { ContactOverrides, ContactVersions } from '../../protocol/contact-settings.ts';
import type { Envelope } from '../../protocol/envelope.ts';
import { failure, success } from '../../protocol/outcome.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import type { Platform } from '../../protocol/primitive.ts';
import type { Walk } from '../../protocol/procedure/stand.ts';
import type { Enrolment } from '../../protocol/statements/enrolment.ts';
import type { Proof } from '../../protocol/statements/merkle.ts';
import { permits } from '../../protocol/statements/policy-rules.ts';
import { readDirective } from '../../protocol/statements/read.ts';
import { Admitter } from './admission.ts';
import type { AcceptedDirective, Admission } from './admission.ts';
import { judgeCancel } from './cancel.ts';
import type { JudgedPrimitive, Registry, Situation } from './candidate.ts';
import { chainKeys } from './chain-keys.ts';
import type { AgentKeys } from './chain-keys.ts';
import { HeldContact } from './contact.ts';
import { loadIdentity } from './identity.ts';
import type { Identity } from './identity.ts';
import { acceptedOf, Journal } from './journal.ts';
import { Ledger } from './ledger.ts';
import { Marks } from './marks.ts';
import { tunnelRules } from '../../protocol/statements/policy-rules.ts';
import type { TunnelRule } from '../../protocol/statements/policy.ts';
import { SessionNonces } from './nonces.ts';
import { Pinned } from './pinned.ts';
import type { Home } from './pinned.ts';
import { ProcedureStands } from './procedure-stands.ts';
import type { Stand } from './procedure-stands.ts';
import { ReportWriter } from './reports.ts';
import type { Ending } from './reports.ts';
import { StandingBook } from './standing.ts';
import { openState } from './state.ts';
import type { AgentState } from './state.ts';

export type { AcceptedDirective, Admission, DirectiveSigner } from './admission.ts';
export type { Registry } from './candidate.ts';
export type { Ending } from './reports.ts';
export type { Stand } from './procedure-stands.ts';
export type { Home } from './pinned.ts';

export type Trust = {
  readonly identity: Identity;
  /** For the channel. */
  readonly keys: AgentKeys;
  /** Where this machine was enrolled; undefined before. */
  readonly home: Home | undefined;
  /** 0 means none yet. */
  readonly versions: { readonly root: number; readonly policy: number };
  /** Takes the string of a fresh machine. Fails with `already-enrolled`. */
  enrol(enrolment: Enrolment): Outcome<void>;
  /** Walks forward from the root in force, oldest first. */
  acceptRoots(envelopes: readonly Envelope[]): Promise<Outcome<void>>;
  acceptPolicy(envelope: Envelope): Promise<Outcome<void>>;
  /** Takes signed contact settings: the table of contact-checks.ts. */
  acceptContact(envelope: Envelope): Promise<Outcome<void>>;
  /** The contact settings it has taken: what they set, from the farthest scope to the nearest. */
  readonly contact: { readonly versions: ContactVersions; readonly overrides: readonly ContactOverrides[] };
  /** The nonce to announce. It changes with time: ask again every `limits.nonceLifeMs` and tell when it is another. */
  nonce(): string;
  /** A new one, for a new session. The one before stays good for a while. */
  rotateNonce(): string;
  /**
   * The whole table of checks (checks.ts). When it says accepted, the entry is durable and the directive may start, after
   * `markStarted`; with `startAtMs` that is done already. Never throws, whatever comes.
   */
  admit(envelope: Envelope, proof: Proof, registry: Registry, startAtMs?: number): Promise<Admission>;
  /** The id of the unfinished directive that this cancel may end. */
  admitCancel(envelope: Envelope, registry: Registry): Promise<Outcome<string>>;
  /** Where the policy in force lets tunnels of this person lead from here. */
  tunnelRules(personId: string): readonly TunnelRule[];
  /** Durable when it returns; only then may the deed begin. Fails with `replayed` if it was begun before. */
  markStarted(directiveId: string, atMs: number): Promise<Outcome<void>>;
  /** Signs the one report; durable when it returns. A second call gives the same report. */
  report(directiveId: string, ending: Ending): Promise<Outcome<Envelope>>;
  /** The same of a firing. Where too many of its directive wait it is only counted, for the next report to tell, and there is none. */
  reportFiring(firingId: string, ending: Ending): Promise<Outcome<Envelope | undefined>>;
  /** Standing directives that have not ended. */
  standing(): readonly StandingDirective[];
  /**
   * Begins a firing if the newest policy still permits it: durable when it returns, and each at most once. Fails with the
   * codes of the checks, with `replayed`, or with a fault of the store.
   */
  fire(standingId: string, firing: { readonly at: number; readonly missed: number; readonly expiresAt: number }, registry: Registry): Promise<Outcome<AcceptedDirective>>;
  /** Decides firings up to here (seconds since 1970): so many of them never begin. */
  passOver(standingId: string, through: number, missed: number): Promise<Outcome<void>>;
  /** Reports that the intermediary has not said it has, refusals too, in the order they were signed. */
  unsent(): Iterable<{ readonly directiveId: string; readonly envelope: Envelope }>;
  /** The intermediary has said so. */
  stored(directiveIds: readonly string[]): void;
  /** Accepted and not yet reported. */
  pending(): string[];
  /** Whether it is a procedure that is taken up after a restart where it stands: what is under way of it is repeatable. */
  goesOn(directiveId: string): boolean;
  readonly procedures: {
    /** Where it stands, if it was begun. */
    read(directiveId: string): Stand | undefined;
    /** Durable when it returns; only then may the next deed begin. `before` was written last. */
    write(directiveId: string, stand: Stand, before: Walk | undefined): Promise<Outcome<void>>;
  };
  /** Whether the one who signed the directive may still do this, by the newest policy. */
  permitsStep(directiveId: string, primitive: Pick<JudgedPrimitive, 'name' | 'risk'>): Outcome<void>;
  /** Were running when the program before this one ended. The reports are made of those that do not go on. */
  interruptedAtStart(): readonly string[];
  /** Were accepted then and never started: whoever executes may start them, after `markStarted`. Those that go on have a time when they started. */
  resumable(): readonly AcceptedDirective[];
  close(): void;
};

export type StandingDirective = AcceptedDirective & { /** Every firing up to here is decided, seconds since 1970. */ readonly through: number };

export type TrustOptions = { readonly clock: Clock; readonly random: Random; readonly platform: Platform };

/** Opens the memory at `path` (DIR/agent.db), with the failures of `openState`, and settles what a crash left open. */
export function openTrust(path: string, options: TrustOptions): Outcome<Trust> {
  const state = openState(path);
  if (!state.ok) return state;
  const trust = assemble(state.value, options);
  if (!trust.ok) state.value.close();
  return trust;
}

function assemble(state: AgentState, options: TrustOptions): Outcome<Trust> {
  const { db, group } = state;
  const identity = group.writeNow(() => loadIdentity(db, options.random));
  if (!identity.ok) return identity;
  const marks = new Marks(db, options.clock);
  const pinned = Pinned.load(state, marks);
  if (!pinned.ok) return pinned;
  const contact = HeldContact.load(state);
  if (!contact.ok) return contact;
  const ledger = new Ledger(db, marks);
  const standing = new StandingBook(db);
  const reports = new ReportWriter({ identity: identity.value, marks, clock: options.clock, policyVersion: () => pinned.value.versions.policy });
  const nonces = new SessionNonces(options.clock, options.random);
  group.onRolledBack(() => {
    marks.reload();
    ledger.reload();
  });
  const stands = new ProcedureStands(db);
  const journal = new Journal({ ledger, standing, marks, reports, group, clock: options.clock, nonces, stands });
  const recovered = journal.recover();
  if (!recovered.ok) return recovered;
  const parts = { state, identity: identity.value, pinned: pinned.value, contact: contact.value, ledger, standing, marks, nonces, journal, stands, platform: options.platform, random: options.random };
  return success(trustOf(parts, new Admitter({ ledger, standing, marks, reports, group, nonces })));
}

type Parts = {
  readonly state: AgentState;
  readonly identity: Identity;
  readonly pinned: Pinned;
  readonly contact: HeldContact;
  readonly ledger: Ledger;
  readonly standing: StandingBook;
  readonly marks: Marks;
  readonly nonces: SessionNonces;
  readonly journal: Journal;
  readonly stands: ProcedureStands;
  readonly platform: Platform;
  readonly random: Random;
};

function trustOf(parts: Parts, admitter: Admitter): Trust {
  const { state, identity, pinned, contact, ledger, standing, nonces, journal } = parts;
  return {
    identity,
    keys: chainKeys({ state, identity, pinned, marks: parts.marks, random: parts.random }),
    get home() {
      return pinned.home;
    },
    get versions() {
      return pinned.versions;
    },
    enrol: (enrolment) => pinned.enrol(enrolment),
    acceptRoots: (envelopes) => pinned.acceptRoots(envelopes),
    acceptPolicy: (envelope) => pinned.acceptPolicy(envelope),
    acceptContact: (envelope) => contact.accept(envelope, { agentId: identity.agentId, site: pinned.home?.site ?? '', policy: pinned.policy, now: parts.marks.now() }),
    contact,
    nonce: () => nonces.present(),
    rotateNonce: () => nonces.rotate(),
    admit: (envelope, proof, registry, startAtMs) => {
      journal.tidy();
      return admitter.admit({ envelope, proof, ...(startAtMs === undefined ? {} : { startAtMs }) }, situationOf(parts, registry));
    },
    admitCancel: (envelope, registry) => judgeCancel(envelope, situationOf(parts, registry), ledger),
    tunnelRules: (personId) => {
      const { policy, home } = pinned;
      return policy === undefined ? [] : tunnelRules(policy, { personId, agentId: identity.agentId, site: home?.site ?? '', primitive: 'tunnel.open' });
    },
    markStarted: (id, atMs) => journal.start(id, atMs),
    report: (id, ending) => journal.report(id, ending),
    reportFiring: (id, ending) => journal.reportFiring(id, ending),
    standing: () => standing.all().flatMap(({ id, through }) => {
      const entry = ledger.accepted(id);
      return entry === undefined ? [] : [{ ...acceptedOf(entry), through }];
    }),
    fire: async (id, firing, registry) => {
      const entry = standing.find(id);
      return entry === undefined ? failure('no-such-directive', id) : admitter.fire(entry, firing, situationOf(parts, registry));
    },
    passOver: async (id, through, missed) => {
      const decided = await state.group.write(() => standing.decide(id, through, missed));
      return decided.ok ? success(undefined) : decided;
    },
    unsent: () => journal.unsent(),
    stored: (ids) => journal.acknowledge(ids),
    // the intermediary knows a firing by its report only
    pending: () => ledger.unfinished().flatMap(({ id, firing }) => (firing === undefined ? [id] : [])),
    ...whatGoesOn(parts),
    close: () => state.close(),
  };
}

/** Over a restart, and from step to step. */
function whatGoesOn(parts: Parts): Pick<Trust, 'goesOn' | 'procedures' | 'permitsStep' | 'interruptedAtStart' | 'resumable'> {
  const { state, stands, journal } = parts;
  return {
    goesOn: (id) => journal.goesOn(id),
    procedures: { read: (id) => stands.read(id), write: (id, stand, before) => state.group.write(() => stands.write(id, stand, before)) },
    permitsStep: (id, primitive) => permitsStep(parts, id, primitive),
    interruptedAtStart: () => journal.interrupted,
    resumable: () => journal.resumable,
  };
}

/** Taken afresh for each directive: one policy and one moment hold for all its checks. */
function situationOf({ identity, pinned, ledger, standing, marks, nonces, platform }: Parts, registry: Registry): Situation {
  return { agentId: identity.agentId, site: pinned.home?.site ?? '', platform, policy: pinned.policy, now: marks.now(), nonces: nonces.accepted(), registry, ledger, standing: standing.size };
}

/** Approvals are not asked for again: the signatures are not kept, and they were given for these very steps. */
function permitsStep({ identity, pinned, ledger, marks }: Parts, directiveId: string, { name, risk }: Pick<JudgedPrimitive, 'name' | 'risk'>): Outcome<void> {
  const accepted = ledger.accepted(directiveId)?.accepted;
  const directive = accepted === undefined ? undefined : readDirective(accepted.payload);
  if (accepted === undefined || directive?.ok !== true || pinned.policy === undefined) return failure('no-such-directive', directiveId);
  const targetCount = directive.value.targets.count;
  const answer = permits(pinned.policy, { keyId: accepted.keyId, nowSeconds: marks.now().latest, agentId: identity.agentId, site: pinned.home?.site ?? '', primitive: name, risk, targetCount });
  return answer.ok ? success(undefined) : answer;
}
