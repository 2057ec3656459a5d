/**
 * One agent's session: brings it the owners' statements and what its outbox holds, and hands on what it says. What cannot
 * be read ends the session: an agent of good will does not send it.
 */
import type { FastifyBaseLogger } from 'fastify';
import { base64Url } from '../../protocol/bytes.ts';
import type { Clock } from '../../protocol/clock.ts';
import { noContactVersions, reachOf } from '../../protocol/contact-settings.ts';
import type { ContactScope, ContactVersions } from '../../protocol/contact-settings.ts';
import type { Envelope } from '../../protocol/envelope.ts';
import type { SessionStream } from '../../protocol/session/stream.ts';
import { limits } from '../../protocol/limits.ts';
import { FromAgent, StreamLabel } from '../../protocol/messages/agent.ts';
import type { ToAgent } from '../../protocol/messages/agent.ts';
import { encodeMessage, messageDecoder } from '../../protocol/messages/codec.ts';
import { success } from '../../protocol/outcome.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import { Session } from '../../protocol/session/session.ts';
import type { Priority } from '../../protocol/session/wire.ts';
import type { PublicKey } from '../../protocol/statements/root.ts';
import type { Transport } from '../../protocol/transport.ts';
import type { AuditLog } from '../audit-log/audit-log.ts';
import type { Bus } from '../bus/bus.ts';
import type { Directives } from '../directives/directives.ts';
import { AgentOutbox } from '../directives/outbox.ts';
import type { OutputIntake } from '../directives/output-intake.ts';
import type { ReportIntake } from '../directives/report-intake.ts';
import type { StatementKeeper } from '../people/statement-keeper.ts';
import type { MachineIndex } from '../store/machine-index.ts';
import { keptContact, scopesOf } from '../store/contact.ts';
import { keepPrimitives, keepReached, updateMachine } from '../store/machines.ts';
import type { Store } from '../store/store.ts';
import type { WakeUps } from '../wake-up/wake-ups.ts';

export type ConnectionNeeds = {
  readonly store: Store;
  readonly audit: AuditLog;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly machines: MachineIndex;
  readonly statements: StatementKeeper;
  readonly directives: Directives;
  readonly reports: ReportIntake;
  readonly outputs: OutputIntake;
  readonly log: FastifyBaseLogger;
  readonly wakeUps?: WakeUps | undefined;
};

/** Who is at the other end, as the handshake proved it. */
export type ProvenAgent = { readonly agentId: string; readonly identityKey: Uint8Array; readonly quarantined: boolean };

type CheckIn = Extract<FromAgent, { kind: 'check-in' }>;
type Reached = Extract<FromAgent, { kind: 'reached' }>;

const readMessage = messageDecoder(FromAgent);
const readLabel = messageDecoder(StreamLabel);
const heardAtOnce: readonly FromAgent['kind'][] = ['check-in', 'primitives', 'report', 'reached'];
/** Roots in one message (messages/agent.ts). */
const rootsPerMessage = 64;

export class AgentConnection {
  readonly agentId: string;
  readonly session: Session;
  readonly #needs: ConnectionNeeds;
  readonly #agent: ProvenAgent;
  readonly #identityKey: PublicKey;
  readonly #ended: (connection: AgentConnection) => void;
  #transport: Transport;
  /** Off line while the session waits for another link. */
  #isOnline = true;
  #sinceMs: number;
  #isEnded = false;
  #nonce: string | undefined;
  #outbox: AgentOutbox | undefined;
  /** Versions of the contact settings that it has said it holds or was brought in this session. */
  #contact: ContactVersions = noContactVersions;
  /** Resolved when the agent has told the primitives it was asked for. */
  #told: PromiseWithResolvers<void> | undefined;
  /** Ids of reports that are stored and not yet acknowledged. */
  #stored: string[] = [];

  constructor(needs: ConnectionNeeds, agent: ProvenAgent, link: { readonly id: Uint8Array; readonly transport: Transport; ended(connection: AgentConnection): void }) {
    this.#needs = needs;
    this.#agent = agent;
    this.agentId = agent.agentId;
    this.#sinceMs = needs.clock.now();
    this.#identityKey = { id: agent.agentId, algorithm: 'Ed25519', key: base64Url(agent.identityKey) };
    this.#transport = link.transport;
    this.#ended = link.ended;
    const handlers = {
      message: (bytes: Uint8Array) => this.#received(bytes),
      opened: (stream: SessionStream) => this.#opened(stream),
      drained: () => this.#outbox?.drained(),
      interrupted: () => this.#changeLine(false),
      resumed: () => this.#changeLine(true),
      ended: () => this.#end(),
    };
    this.session = new Session({ role: 'intermediary', id: link.id, clock: needs.clock, handlers });
  }

  /** The nonce that interactive directives must name; absent before the check-in. */
  get nonce(): string | undefined {
    return this.#nonce;
  }

  get isOnline(): boolean {
    return this.#isOnline;
  }

  /** Since when it is on or off line, milliseconds since 1970. */
  get sinceMs(): number {
    return this.#sinceMs;
  }

  get transport(): Transport {
    return this.#transport;
  }

  /** The session goes on over another link. */
  movedTo(transport: Transport): void {
    this.#transport = transport;
  }

  send(message: ToAgent): boolean {
    return this.session.send(encodeMessage(message), message.kind === 'report-stored' ? 'interactive' : 'normal');
  }

  /** Opens a live stream for a console. Whether the run has one, and still has it, the agent knows. */
  openLive(directiveId: string, priority: Priority): Outcome<SessionStream> {
    return this.session.open(encodeMessage({ kind: 'live', directiveId }), priority);
  }

  /** Tells the agent of roots and a policy newer than those it has. */
  bringStatements(rootVersion: number, policyVersion: number): void {
    const { statements } = this.#needs;
    const roots = statements.rootEnvelopes.slice(rootVersion);
    for (let from = 0; from < roots.length; from += rootsPerMessage) {
      this.send({ kind: 'roots', envelopes: roots.slice(from, from + rootsPerMessage) });
    }
    if (policyVersion < statements.policy.version) this.send({ kind: 'policy', envelope: statements.policyEnvelope });
  }

  /** Contact settings newer than those it has and those it was brought in this session: what it refused, it would refuse again. */
  bringContact(settings: { readonly scope: ContactScope; readonly version: number; readonly envelope: Envelope }): void {
    const reach = reachOf(settings.scope);
    if (this.#outbox === undefined || settings.version <= this.#contact[reach]) return;
    this.#contact = { ...this.#contact, [reach]: settings.version };
    this.send({ kind: 'contact-settings', envelope: settings.envelope });
  }

  close(): void {
    this.session.close();
  }

  #received(bytes: Uint8Array): void {
    const message = readMessage(bytes);
    if (!message.ok) return this.#giveUp(message.detail);
    const said = message.value;
    // Of directives nothing is heard before the check-in, which says what the agent has.
    if (this.#outbox === undefined && !heardAtOnce.includes(said.kind)) return;
    switch (said.kind) {
      case 'check-in': return this.#contain(this.#checkIn(said));
      case 'primitives': return this.#contain(this.#keepPrimitives(said));
      case 'nonce': return this.#changeNonce(said.nonce);
      case 'reached': return this.#noteWay(said);
      case 'wake-ups': return this.#needs.wakeUps?.note(this.agentId, { received: said.received, missed: said.missed, refused: said.refused });
      case 'accepted':
      case 'started':
      case 'progress': return this.#outbox && this.#needs.directives.progressed(this.#outbox, said);
      case 'report': return this.#contain(this.#takeReport(said.directiveId, said.envelope));
      case 'statement-refused': return void this.#needs.audit.note('statement-refused', { agentId: this.agentId, code: said.code, detail: said.detail });
    }
  }

  #changeLine(isOnline: boolean): void {
    this.#isOnline = isOnline;
    this.#sinceMs = this.#needs.clock.now();
    this.#needs.bus.publish('machine-changed', { agentId: this.agentId });
  }

  #giveUp(detail: string): void {
    void this.#needs.audit.note('session-broken', { agentId: this.agentId, code: 'message-malformed', detail });
    this.session.close();
  }

  /** A bug that one agent brings out costs that agent its session, and no other. */
  #contain(work: Promise<void>): void {
    work.catch((error: unknown) => {
      this.#needs.log.error({ err: error, agentId: this.agentId }, 'a message of an agent broke something');
      this.session.close();
    });
  }

  async #checkIn(said: CheckIn): Promise<void> {
    const { store, clock, machines, bus } = this.#needs;
    this.#nonce = said.nonce;
    const site = machines.get(this.agentId)?.site ?? '';
    const about = { facts: said.facts, primitives: said.primitives, rootVersion: said.rootVersion, policyVersion: said.policyVersion, contact: { ...said.contact, ...(said.pollSeconds === undefined ? {} : { pollSeconds: said.pollSeconds }) }, atMs: clock.now() };
    const kept = await store.write(async (tx) => success(await updateMachine(tx, this.agentId, about)));
    if (kept.ok && kept.value) machines.set(this.agentId, { site, primitivesDigest: said.primitives });
    if (kept.ok && !kept.value) await this.#askForPrimitives();
    if (this.#isEnded) return;
    this.bringStatements(said.rootVersion, said.policyVersion);
    if (this.#outbox === undefined) this.#openOutbox(said.pending);
    await this.#bringAllContact(said.contact, site);
    bus.publish('machine-changed', { agentId: this.agentId });
  }

  /** Rights are judged by what a primitive is: nothing is given to a machine before that is known. */
  #askForPrimitives(): Promise<void> {
    this.#told = Promise.withResolvers();
    this.send({ kind: 'describe' });
    return this.#told.promise;
  }

  async #keepPrimitives({ primitives }: Extract<FromAgent, { kind: 'primitives' }>): Promise<void> {
    if (this.#told === undefined) return;
    const { resolve } = this.#told;
    this.#told = undefined;
    const { store, machines } = this.#needs;
    const kept = await store.write(async (tx) => success(await keepPrimitives(tx, this.agentId, primitives)));
    if (kept.ok) machines.set(this.agentId, { site: machines.get(this.agentId)?.site ?? '', primitivesDigest: kept.value });
    resolve();
  }

  async #bringAllContact(held: ContactVersions, site: string): Promise<void> {
    const brought = this.#contact;
    this.#contact = {
      everywhere: Math.max(held.everywhere, brought.everywhere),
      site: Math.max(held.site, brought.site),
      agent: Math.max(held.agent, brought.agent),
    };
    for (const settings of await keptContact(this.#needs.store.read, scopesOf(this.agentId, site))) this.bringContact(settings);
  }

  #openOutbox(pending: readonly string[]): void {
    const { store, clock, directives } = this.#needs;
    const changed: Directives['changed'] = (directiveId, target) => directives.changed(directiveId, target);
    this.#outbox = new AgentOutbox({ link: this, store, clock, pending, quarantined: this.#agent.quarantined, changed });
    if (this.#needs.wakeUps !== undefined) this.send(this.#needs.wakeUps.channelOf(this.agentId));
    directives.connected(this.#outbox);
    for (const directiveId of pending) directives.progressed(this.#outbox, { kind: 'accepted', directiveId });
  }

  #changeNonce(nonce: string): void {
    this.#nonce = nonce;
    this.#needs.bus.publish('machine-changed', { agentId: this.agentId });
  }

  #noteWay(said: Reached): void {
    const { store, clock, bus } = this.#needs;
    const reached = { way: said.way, failed: said.failed, atMs: clock.now() };
    void store.write(async (tx) => success(await keepReached(tx, this.agentId, reached))).then(() => bus.publish('machine-changed', { agentId: this.agentId }));
  }

  async #takeReport(directiveId: string, envelope: Envelope): Promise<void> {
    const { reports, directives } = this.#needs;
    const taken = await reports.take({ agentId: this.agentId, identityKey: this.#identityKey }, { directiveId, envelope }, (report, changedAtMs, others) =>
      directives.finished(directiveId, { agentId: this.agentId, state: report.status, changedAtMs, report: envelope }, others),
    );
    if (!taken.ok) return;
    if (this.#stored.push(directiveId) === 1) setImmediate(() => this.#acknowledge());
    this.#outbox?.finished(directiveId);
  }

  #acknowledge(): void {
    const directiveIds = this.#stored.splice(0, limits.maxIdsPerMessage);
    this.send({ kind: 'report-stored', directiveIds });
    if (this.#stored.length > 0) setImmediate(() => this.#acknowledge());
  }

  #opened(stream: SessionStream): void {
    const label = readLabel(stream.label);
    if (!label.ok || label.value.kind !== 'output') return stream.reset('message-malformed');
    const { directiveId, firing } = label.value;
    this.#contain(this.#needs.outputs.accept({ directiveId, agentId: this.agentId }, stream, firing !== undefined));
  }

  #end(): void {
    this.#isEnded = true;
    if (this.#outbox !== undefined) this.#needs.directives.disconnected(this.#outbox);
    this.#ended(this);
  }
}
