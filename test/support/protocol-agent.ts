/**
 * An agent of nothing but the real protocol: real transport, channel, session and messages, keys in memory, and no
 * checks. It does at once what is asked, or what a test tells it. Many of them make a fleet.
 */
import { createHash, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { base64Url, concat, hex } from '../../protocol/bytes.ts';
import { agentIdOf, chainKeys, openChannel } from '../../protocol/channel/channel.ts';
import type { AgentKeys, Chain } from '../../protocol/channel/channel.ts';
import { systemClock, systemRandom } from '../../protocol/clock.ts';
import { noContactVersions } from '../../protocol/contact-settings.ts';
import type { ContactVersions } from '../../protocol/contact-settings.ts';
import type { SessionStream } from '../../protocol/session/stream.ts';
import { StreamLabel, ToAgent } from '../../protocol/messages/agent.ts';
import type { FromAgent } from '../../protocol/messages/agent.ts';
import { encodeMessage, messageDecoder } from '../../protocol/messages/codec.ts';
import { success } from '../../protocol/outcome.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import type { PrimitiveDescription } from '../../protocol/primitive.ts';
import { joinSession } from '../../protocol/session/hello.ts';
import { Session } from '../../protocol/session/session.ts';
import { signStatement } from '../../protocol/statements/dsse.ts';
import type { Envelope } from '../../protocol/envelope.ts';
import { reportType } from '../../protocol/statements/report.ts';
import type { Report } from '../../protocol/statements/report.ts';
import type { Transport } from '../../protocol/transport.ts';
import { dialWebSocket } from '../../transports/websocket/dial.ts';

export type AgentHome = { readonly port: number; readonly authority: string; readonly serverKey: Uint8Array };
export type Received = Extract<ToAgent, { kind: 'directive' }>;
type Behaviour = {
  /** What it does with a directive; by default it accepts, starts and succeeds at once. */
  directive?(agent: ProtocolAgent, message: Received): void;
  live?(agent: ProtocolAgent, stream: SessionStream, directiveId: string): void;
  /** In place of the digest of its primitives. */
  claims?: string;
  /** In place of telling its primitives. */
  describe?(agent: ProtocolAgent): void;
};

const decode = messageDecoder(ToAgent);
const decodeLabel = messageDecoder(StreamLabel);

function describe(name: string, risk: PrimitiveDescription['risk']): PrimitiveDescription {
  return { name, title: name, description: name, risk, streams: 'live', platforms: ['linux'], params: {}, result: {} };
}
const primitives = [describe('agent.echo', 'read'), describe('shell.execute', 'control'), describe('denied.echo', 'read'), describe('disk.wipe', 'destroy')];
const primitivesDigest = createHash('sha256').update(JSON.stringify(primitives)).digest('hex');

export class ProtocolAgent {
  readonly publicKey: Uint8Array;
  readonly agentId: string;
  readonly name: string;
  chains: Chain[];
  readonly received: ToAgent[] = [];
  readonly directives = new Map<string, Received>();
  readonly stored = new Set<string>();
  /** How often each directive came. */
  readonly deliveries = new Map<string, number>();
  readonly unsent = new Map<string, Envelope>();
  pending = new Set<string>();
  contact: ContactVersions = noContactVersions;
  nonce = hex(systemRandom(16));
  session: Session | undefined;
  transport: Transport | undefined;
  behaviour: Behaviour;
  #home: AgentHome;
  #counter = 0;
  #offer: Chain | undefined;
  #previous = '';
  readonly #key: KeyObject;
  readonly #listeners = new Set<() => void>();

  /** `secret` is that of an enrolment. */
  constructor(home: AgentHome, secret: Uint8Array, options: Behaviour & { name?: string; key?: KeyObject } = {}) {
    this.#key = options.key ?? generateKeyPairSync('ed25519').privateKey;
    this.publicKey = Uint8Array.from(createPublicKey(this.#key).export({ format: 'der', type: 'spki' }).subarray(-32));
    this.agentId = agentIdOf(this.publicKey);
    this.name = options.name ?? `machine-${this.agentId.slice(0, 6)}`;
    this.#home = home;
    this.chains = [{ secret, number: 0 }];
    this.behaviour = options;
  }

  /** The same machine as it was at this moment, as a copied disk would have it. */
  copy(): ProtocolAgent {
    const copy = new ProtocolAgent(this.#home, new Uint8Array(32), { ...this.behaviour, key: this.#key, name: this.name });
    copy.chains = [...this.chains];
    return copy;
  }

  sign(bytes: Uint8Array): Uint8Array {
    return Uint8Array.from(sign(null, bytes, this.#key));
  }

  moveTo(home: AgentHome): void {
    this.#home = home;
  }

  /** Dials, shakes hands and joins; resumes the session if it can. Checks in when the session is new. */
  async connect(): Promise<Outcome<{ resumed: boolean }>> {
    const isEnrolling = this.chains[0]?.number === 0;
    const introduction = isEnrolling ? concat(this.publicKey, encodeMessage({ facts: this.facts, site: 'home', enrolmentId: '0'.repeat(32) })) : new Uint8Array(0);
    const opened = await openChannel({
      dial: async () => {
        const dialled = await dialWebSocket({ address: `wss://localhost:${this.#home.port}/agent`, authority: this.#home.authority, clock: systemClock });
        if (dialled.ok) this.transport = dialled.value;
        return dialled;
      },
      offered: ['wss'],
      serverKey: this.#home.serverKey,
      keys: this.#keys,
      introduction,
      clock: systemClock,
    });
    if (!opened.ok) return opened;
    const joined = await joinSession(opened.value.channel, { previous: this.session, make: (id) => this.#make(id), clock: systemClock });
    if (!joined.ok) return joined;
    this.session = joined.value.session;
    if (!joined.value.resumed) this.checkIn();
    return { ok: true, value: { resumed: joined.value.resumed } };
  }

  /** Begins anew whenever it is let, without a look at who says so. */
  get #keys(): AgentKeys {
    return {
      identity: { agentId: this.agentId, publicKey: this.publicKey, sign: (bytes) => this.sign(bytes) },
      chains: () => this.chains,
      store: (chains) => (this.chains = [...chains]),
      offer: () => (this.#offer ??= { secret: systemRandom(32), number: (this.chains[0]?.number ?? 0) + 1 }),
      adopt: async () => {
        if (this.#offer !== undefined) this.chains = [this.#offer];
        this.#offer = undefined;
        return success(undefined);
      },
    };
  }

  /** What tells this copy from others once it was refused. */
  get copyId(): string {
    return this.#offer === undefined ? '' : hex(chainKeys(this.#offer).keyId);
  }

  get facts() {
    return { hostname: this.name, platform: 'linux', architecture: 'x64', osName: 'Debian', agentVersion: '0', bootedAtMs: 0, addresses: ['127.0.0.1'] };
  }

  checkIn(): void {
    this.send({ kind: 'check-in', level: 1, facts: this.facts, site: 'home', nonce: this.nonce, rootVersion: 0, policyVersion: 0, contact: this.contact, primitives: this.behaviour.claims ?? primitivesDigest, pending: [...this.pending] });
    for (const [directiveId, envelope] of this.unsent) this.send({ kind: 'report', directiveId, envelope });
  }

  send(message: FromAgent): boolean {
    return this.session?.send(encodeMessage(message)) ?? false;
  }

  /** Signs a report and sends it, until it hears that it is stored. */
  async report(directiveId: string, part: Partial<Report> = {}): Promise<Envelope> {
    const directive = this.directives.get(directiveId);
    const report: Report = {
      directiveId,
      directiveDigest: base64Url(createHash('sha256').update(directive?.envelope.payload ?? '').digest()),
      agentId: this.agentId,
      counter: ++this.#counter,
      previous: this.#previous,
      status: 'succeeded',
      result: { text: 'hi' },
      endedAtMs: Date.now(),
      policy: 1,
      issuedAt: Math.floor(Date.now() / 1000),
      ...part,
    };
    const envelope = await signStatement(reportType, report, [{ keyId: this.agentId, sign: (bytes) => Promise.resolve(this.sign(bytes)) }]);
    this.#previous = base64Url(createHash('sha256').update(envelope.payload).digest());
    this.pending.delete(directiveId);
    this.unsent.set(directiveId, envelope);
    this.send({ kind: 'report', directiveId, envelope });
    return envelope;
  }

  /** Opens the output of a run, in frames; that of a firing where its time is given. */
  output(directiveId: string, firing?: number, reset: (code: string) => void = () => undefined): SessionStream {
    const stream = this.session?.open(encodeMessage({ kind: 'output', directiveId, ...(firing === undefined ? {} : { firing }) }), 'bulk');
    if (stream?.ok !== true) throw new Error('no stream');
    const framed = stream.value;
    framed.listen({ data: () => undefined, ended: () => undefined, reset, drained: () => undefined });
    return framed;
  }

  /** The link is cut as a network does it; the session waits. */
  cut(): void {
    this.transport?.close();
  }

  end(): void {
    this.session?.close();
  }

  /** Waits until `is` holds, looking after each message. */
  async until(is: (agent: ProtocolAgent) => boolean, withinMs = 10_000): Promise<void> {
    const deadline = performance.now() + withinMs;
    while (!is(this)) {
      const leftMs = deadline - performance.now();
      if (leftMs <= 0) throw new Error(`it did not come to it; received: ${this.received.map(({ kind }) => kind).slice(-20).join(' ')}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(done, leftMs);
        const listeners = this.#listeners;
        listeners.add(done);
        function done(): void {
          clearTimeout(timer);
          listeners.delete(done);
          resolve();
        }
      });
    }
  }

  #make(id: Uint8Array): Session {
    const handlers = {
      message: (bytes: Uint8Array) => this.#take(bytes),
      opened: (stream: Parameters<ConstructorParameters<typeof Session>[0]['handlers']['opened']>[0]) => {
        const label = decodeLabel(stream.label);
        if (label.ok) this.behaviour.live?.(this, stream, label.value.directiveId);
      },
      drained: () => undefined,
      interrupted: () => this.#tell(),
      resumed: () => this.#tell(),
      ended: () => {
        if (this.session?.id === id) this.session = undefined;
        this.#tell();
      },
    };
    return new Session({ role: 'agent', id, clock: systemClock, handlers });
  }

  #take(bytes: Uint8Array): void {
    const decoded = decode(bytes);
    if (!decoded.ok) throw new Error(decoded.detail);
    const message = decoded.value;
    this.received.push(message);
    if (message.kind === 'describe') (this.behaviour.describe ?? tellPrimitives)(this);
    if (message.kind === 'directive') this.#directive(message);
    if (message.kind === 'report-stored') for (const id of message.directiveIds) this.#isStored(id);
    this.#tell();
  }

  #directive(message: Received): void {
    const { directiveId } = message;
    this.deliveries.set(directiveId, (this.deliveries.get(directiveId) ?? 0) + 1);
    if (this.directives.has(directiveId)) return;
    this.directives.set(directiveId, message);
    this.pending.add(directiveId);
    if (this.behaviour.directive !== undefined) return this.behaviour.directive(this, message);
    this.send({ kind: 'accepted', directiveId });
    this.send({ kind: 'started', directiveId, atMs: Date.now() });
    void this.report(directiveId);
  }

  #isStored(directiveId: string): void {
    this.stored.add(directiveId);
    this.unsent.delete(directiveId);
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

/** Enrols and connects. */
function tellPrimitives(agent: ProtocolAgent): void {
  agent.send({ kind: 'primitives', primitives });
}

export async function connectedAgent(home: AgentHome, secret: Uint8Array, options: ConstructorParameters<typeof ProtocolAgent>[2] = {}): Promise<ProtocolAgent> {
  const agent = new ProtocolAgent(home, secret, options);
  const connected = await agent.connect();
  if (!connected.ok) throw new Error(`${connected.code}: ${connected.detail}`);
  return agent;
}
