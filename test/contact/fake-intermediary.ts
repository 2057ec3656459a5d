/**
 * An intermediary for one agent over memory transports: real channel, real session, and a mouth to say what the test wants.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { startAgent } from '../../agent/agent.ts';
import type { Agent } from '../../agent/agent.ts';
import { steadyNetwork } from '../../agent/contact/network/network.ts';
import { readStatus } from '../../agent/status-file.ts';
import type { Rung } from '../../agent/contact/ways/transports.ts';
import { base64Url, hex } from '../../protocol/bytes.ts';
import { acceptChannel, chainKeys, loadStaticKey, UnderWay } from '../../protocol/channel/channel.ts';
import type { KeyRegistry, LiveKey } from '../../protocol/channel/channel.ts';
import { systemClock, systemRandom } from '../../protocol/clock.ts';
import type { Random } from '../../protocol/clock.ts';
import { defaultContactSettings } from '../../protocol/contact-settings.ts';
import { FromAgent, StreamLabel } from '../../protocol/messages/agent.ts';
import type { ToAgent } from '../../protocol/messages/agent.ts';
import { encodeMessage, messageDecoder } from '../../protocol/messages/codec.ts';
import { failure, success } from '../../protocol/outcome.ts';
import type { Failure } from '../../protocol/outcome.ts';
import { admitSession } from '../../protocol/session/hello.ts';
import { Session } from '../../protocol/session/session.ts';
import { directiveType } from '../../protocol/statements/directive.ts';
import { payloadDigest, signStatement } from '../../protocol/statements/dsse.ts';
import { encodeEnrolment } from '../../protocol/statements/enrolment.ts';
import { merkleTree } from '../../protocol/statements/merkle.ts';
import { policyType } from '../../protocol/statements/policy.ts';
import { readReport } from '../../protocol/statements/read.ts';
import type { Report } from '../../protocol/statements/report.ts';
import { rootType } from '../../protocol/statements/root.ts';
import { until } from '../execution/support.ts';
import { memoryTransports } from '../support/memory-transport.ts';
import type { MemoryPair } from '../support/memory-transport.ts';
import { namedSigner } from '../support/signers.ts';

const readMessage = messageDecoder(FromAgent);
const readLabel = messageDecoder(StreamLabel);
const owner = namedSigner('contact owner');
const technician = namedSigner('contact technician');
const staticKey = loadStaticKey(new Uint8Array(32).fill(7));
const secret = new Uint8Array(32).fill(3);

/** The jitter asks for four bytes: so the first waits are of some milliseconds. */
const shortWaits: Random = (length) => (length === 4 ? Uint8Array.of(1, 0, 0, 0) : systemRandom(length));

const now = Math.floor(Date.now() / 1000);
const root = { version: 1, issuedAt: now - 10, owners: [owner.publicKey], threshold: 1, intermediary: { key: base64Url(staticKey.publicKey.raw), addresses: ['relay.example:443'] } };
const role = { name: 'all', sites: ['*'], agents: [], allow: ['*'], deny: [], highestRisk: 'control', maxTargets: 1, administers: false };
const policy = {
  version: 1,
  issuedAt: now - 5,
  people: [{ id: '1'.repeat(32), name: 'technician', keys: [{ ...technician.publicKey, kind: 'cli', notAfter: now + 3600 }], roles: ['all'] }],
  roles: [role],
  keyKinds: { web: 'read', cli: 'control', webauthn: 'control' },
  approvals: [],
};

export class FakeIntermediary {
  readonly folder = mkdtempSync(join(tmpdir(), 'behest-contact-'));
  readonly said: FromAgent[] = [];
  readonly reports = new Map<string, Report>();
  readonly output = new Map<string, Buffer[]>();
  /** How many times the agent has dialled. */
  dialled = 0;
  sessions = 0;
  refusal: (Failure & { retryAfterMs?: number }) | undefined;
  /** Says that a report is stored. */
  storing = true;
  agent: Agent | undefined;
  failed: Failure | undefined;
  session: Session | undefined;
  #pair: MemoryPair | undefined;
  #live: LiveKey | undefined;
  #liveKeyId = '';
  #last: ToAgent | undefined;

  /** Starts the agent, with the enrolment string the first time. */
  async start(enrol: boolean): Promise<void> {
    const started = await startAgent({
      data: this.folder,
      ...(enrol ? { enrol: await enrolmentString() } : {}),
      version: 'test',
      clock: systemClock,
      random: shortWaits,
      log: pino({ level: 'silent' }),
      rungs: [this.#rung],
      metered: 'no',
      surroundings: { network: steadyNetwork, settings: { present: () => ({ ...defaultContactSettings, spacingSeconds: 1 }), onChanged: () => undefined } },
      connected: () => undefined,
      failed: (reason) => {
        this.failed = reason;
      },
    });
    if (!started.ok) throw new Error(`${started.code}: ${started.detail}`);
    this.agent = started.value;
  }

  async checkedIn(count = 1): Promise<Extract<FromAgent, { kind: 'check-in' }>> {
    const checkIns = () => this.said.filter((message) => message.kind === 'check-in');
    await until(() => checkIns().length >= count, `check-in ${count}`);
    const last = checkIns().at(-1);
    if (last === undefined) throw new Error('no check-in');
    return last;
  }

  /** Gives the agent its root and policy, and waits until it says that they are in force: from there on the test counts. */
  async rule(): Promise<void> {
    this.say({ kind: 'roots', envelopes: [await signStatement(rootType, root, [owner])] });
    this.say({ kind: 'policy', envelope: await signStatement(policyType, policy, [owner]) });
    await until(() => readStatus(this.folder)?.policyVersion === 1, 'the policy');
    const isInForce = (message: FromAgent): boolean => message.kind === 'check-in' && message.rootVersion === 1 && message.policyVersion === 1;
    await until(() => this.said.some(isInForce), 'a check-in with the policy');
    this.said.splice(0, this.said.findIndex(isInForce));
  }

  say(message: ToAgent): void {
    this.session?.send(encodeMessage(message));
  }

  /** Signs a directive for the agent's present session and sends it. */
  async direct(primitive: string, params: Record<string, unknown>): Promise<string> {
    const directiveId = hex(systemRandom(16));
    const { nonce } = await this.checkedIn();
    const tree = await merkleTree([{ agentId: this.agent?.agentId ?? '', nonce }]);
    const directive = { id: directiveId, level: 1, policy: 1, issuedAt: now, primitive, params, targets: { root: base64Url(tree.root), count: 1 }, life: { kind: 'interactive' }, timeoutMs: 20_000 };
    const envelope = await signStatement(directiveType, directive, [technician]);
    const { siblings, ...proof } = tree.proof(0);
    const message: ToAgent = { kind: 'directive', directiveId, envelope, proof: { ...proof, siblings: [...siblings] } };
    this.#last = message;
    this.say(message);
    return directiveId;
  }

  /** Sends the last directive once more. */
  repeat(): void {
    if (this.#last !== undefined) this.say(this.#last);
  }

  async report(directiveId: string): Promise<Report> {
    await until(() => this.reports.has(directiveId), `the report of ${directiveId}`);
    const report = this.reports.get(directiveId);
    if (report === undefined) throw new Error('no report');
    return report;
  }

  /** Loses the connection; the session may be resumed. */
  cut(): void {
    this.#pair?.cut();
  }

  async end(): Promise<void> {
    await this.agent?.stop();
    rmSync(this.folder, { recursive: true });
  }

  readonly #rung: Rung = {
    name: 'wss',
    dial: async () => {
      this.dialled += 1;
      if (this.refusal !== undefined) return this.refusal;
      const pair = memoryTransports();
      this.#pair = pair;
      void this.#accept(pair);
      return success(pair.agent);
    },
  };

  async #accept({ intermediary }: MemoryPair): Promise<void> {
    const accepted = await acceptChannel(intermediary, { staticKey, registry: this.#registry, clock: systemClock });
    if (!accepted.ok) return;
    await admitSession(accepted.value.channel, {
      clock: systemClock,
      random: systemRandom,
      find: (id) => (this.session !== undefined && hex(this.session.id) === hex(id) ? this.session : undefined),
      make: (id) => this.#make(id),
    });
  }

  #make(id: Uint8Array): Session {
    this.sessions += 1;
    const session = new Session({
      role: 'intermediary',
      id,
      clock: systemClock,
      handlers: { message: (bytes) => this.#hear(bytes), opened: (stream) => {
        const label = readLabel(stream.label);
        if (!label.ok) return;
        const pieces: Buffer[] = [];
        this.output.set(label.value.directiveId, pieces);
        stream.listen({ data: (chunk) => {
          pieces.push(Buffer.from(chunk.subarray(1)));
          stream.take(chunk.byteLength);
        }, ended: () => undefined, reset: () => undefined, drained: () => undefined });
      }, drained: () => undefined, interrupted: () => undefined, resumed: () => undefined, ended: () => {
        if (this.session === session) this.session = undefined;
      } },
    });
    this.session = session;
    return session;
  }

  #hear(bytes: Uint8Array): void {
    const message = readMessage(bytes);
    if (!message.ok) throw new Error(message.detail);
    this.said.push(message.value);
    if (message.value.kind !== 'report') return;
    const report = readReport(message.value.envelope.payload);
    if (report.ok) this.reports.set(message.value.directiveId, report.value);
    if (this.storing) this.say({ kind: 'report-stored', directiveIds: [message.value.directiveId] });
  }

  readonly #registry: KeyRegistry = {
    underWay: new UnderWay(),
    find: async (keyId) => {
      if (this.#live !== undefined && hex(keyId) === this.#liveKeyId) return this.#live;
      const isFirst = this.#live === undefined && hex(keyId) === hex(chainKeys({ secret, number: 0 }).keyId);
      return isFirst ? { status: 'enrolment', enrolmentId: 'e'.repeat(32), chain: { secret, number: 0 } } : { status: 'refused', code: 'key-unknown' };
    },
    commit: async ({ agentId, identityKey, next, nextKeyId }) => {
      this.#live = { status: 'live', agentId, identityKey, chain: next };
      this.#liveKeyId = hex(nextKeyId);
      return success(new Uint8Array());
    },
    outOfStep: async () => failure('key-retired', 'out of step'),
    failed: () => undefined,
  };
}

async function enrolmentString(): Promise<string> {
  const rootDigest = hex(await payloadDigest(await signStatement(rootType, root, [owner])));
  return encodeEnrolment({ addresses: root.intermediary.addresses, key: root.intermediary.key, rootDigest, site: 'home', enrolmentId: 'e'.repeat(32), secret: base64Url(secret), notAfter: now + 600, uses: 1 });
}

export const unreachable = failure('unreachable', 'nobody there');
