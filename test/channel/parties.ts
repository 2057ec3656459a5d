/** An agent and an intermediary whose durable state is memory: it can be copied, put back, and crash at every step. */
import { generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import { hex, noBytes, utf8 } from '../../protocol/bytes.ts';
import {
  acceptChannel, agentIdOf, chainKeys, loadStaticKey, openChannel, UnderWay,
  type AcceptedChannel, type AgentKeys, type Chain, type KeyFinding, type KeyRegistry, type KeyStep, type OpenedChannel, type StrayAgent,
} from '../../protocol/channel/channel.ts';
import type { Clock } from '../../protocol/clock.ts';
import type { ErrorCode } from '../../protocol/errors.ts';
import { failure, success, type Outcome } from '../../protocol/outcome.ts';
import type { Transport, TransportName } from '../../protocol/transport.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { memoryTransports, type MemoryPair, type Tap } from '../support/memory-transport.ts';

/** Where a party can die: right before or right after it has written. */
export type CrashPoint = 'before store' | 'after store' | 'before commit' | 'after commit' | 'before alarm' | 'after alarm';

export type Crash = (point: CrashPoint) => void;

export type Identity = { readonly agentId: string; readonly publicKey: Uint8Array; readonly privateKey: KeyObject };

export function newIdentity(): Identity {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const raw = Uint8Array.from(publicKey.export({ format: 'der', type: 'spki' }).subarray(-32));
  return { agentId: agentIdOf(raw), publicKey: raw, privateKey };
}

export function newChain(number = 0): Chain {
  return { secret: Uint8Array.from(randomBytes(32)), number };
}

export const keyName = (chain: Chain): string => hex(chainKeys(chain).keyId);

export class MemoryAgentKeys implements AgentKeys {
  readonly identity: AgentKeys['identity'];
  #offer: Chain | undefined;
  crash: Crash = () => undefined;
  #chains: readonly Chain[];

  constructor(identity: Identity, chains: readonly Chain[]) {
    this.identity = { agentId: identity.agentId, publicKey: identity.publicKey, sign: (bytes) => sign(null, bytes, identity.privateKey) };
    this.#chains = chains;
  }

  chains(): readonly Chain[] {
    return this.#chains;
  }

  store(chains: readonly Chain[]): void {
    this.crash('before store');
    this.#chains = chains;
    this.crash('after store');
  }

  offer(): Chain {
    return (this.#offer ??= newChain(this.#chains.length + 1));
  }

  async adopt(): Promise<Outcome<void>> {
    this.#chains = [this.offer()];
    this.#offer = undefined;
    return success(undefined);
  }
}

type Holder = { readonly agentId: string; readonly identityKey: Uint8Array };

export type RegistryState = {
  readonly live: ReadonlyMap<string, Holder & { readonly chain: Chain }>;
  readonly retired: ReadonlyMap<string, Holder>;
  readonly enrolments: ReadonlyMap<string, { readonly chain: Chain; readonly usesLeft: number }>;
  readonly alarms: readonly string[];
};

export const emptyRegistry: RegistryState = { live: new Map(), retired: new Map(), enrolments: new Map(), alarms: [] };

export class MemoryKeyRegistry implements KeyRegistry {
  readonly underWay = new UnderWay();
  state: RegistryState;
  readonly failures: ErrorCode[] = [];
  readonly shownKeys: string[] = [];
  commits = 0;
  crash: Crash = () => undefined;

  constructor(state: RegistryState = emptyRegistry) {
    this.state = state;
  }

  enrol(chain: Chain, usesLeft = 1): void {
    this.state = { ...this.state, enrolments: new Map([...this.state.enrolments, [keyName(chain), { chain, usesLeft }]]) };
  }

  async find(keyId: Uint8Array): Promise<KeyFinding> {
    const name = hex(keyId);
    this.shownKeys.push(name);
    const { live, retired, enrolments, alarms } = this.state;
    const holder = live.get(name) ?? retired.get(name);
    if (holder && alarms.includes(holder.agentId)) return { status: 'refused', code: 'quarantined' };
    const current = live.get(name);
    if (current) return { status: 'live', ...current };
    const former = retired.get(name);
    if (former) return { status: 'retired', ...former };
    const enrolment = enrolments.get(name);
    if (!enrolment) return { status: 'refused', code: 'key-unknown' };
    if (enrolment.usesLeft === 0) return { status: 'refused', code: 'enrolment-used-up' };
    return { status: 'enrolment', enrolmentId: name, chain: enrolment.chain };
  }

  async commit(step: KeyStep): Promise<Outcome<Uint8Array>> {
    this.crash('before commit');
    const { finding, agentId, identityKey, next, nextKeyId } = step;
    const from = keyName(finding.chain);
    const live = new Map(this.state.live);
    const retired = new Map(this.state.retired);
    const enrolments = new Map(this.state.enrolments);
    if (finding.status === 'live') {
      if (!live.delete(from)) return failure('conflict', 'another session was first');
      retired.set(from, { agentId, identityKey });
    } else {
      const enrolment = enrolments.get(from);
      if (!enrolment || enrolment.usesLeft === 0) return failure('enrolment-used-up', 'another machine was first');
      enrolments.set(from, { ...enrolment, usesLeft: enrolment.usesLeft - 1 });
    }
    live.set(hex(nextKeyId), { agentId, identityKey, chain: next });
    this.state = { ...this.state, live, retired, enrolments };
    this.commits += 1;
    this.crash('after commit');
    return success(utf8('welcome'));
  }

  async outOfStep({ agentId, shown }: StrayAgent): Promise<Outcome<Uint8Array>> {
    this.crash('before alarm');
    this.state = { ...this.state, alarms: [...this.state.alarms, agentId] };
    this.crash('after alarm');
    return failure(shown === 'retired' ? 'key-retired' : 'key-unknown', 'out of step');
  }

  failed(event: { code: ErrorCode }): void {
    this.failures.push(event.code);
  }
}

export const staticKey = loadStaticKey(Uint8Array.from(randomBytes(32)));

export type SessionOptions = {
  readonly keys: AgentKeys;
  readonly registry: KeyRegistry;
  readonly tap?: Tap;
  /** Called with each pair before anything is sent over it: one, or two when the agent begins anew. */
  readonly joined?: (pair: MemoryPair) => void;
  /** Puts something between the intermediary and its end of the pair. */
  readonly between?: ((transport: Transport) => Transport) | undefined;
  readonly introduction?: Uint8Array;
  readonly serverKey?: Uint8Array;
  readonly offered?: readonly TransportName[];
  readonly clock?: Clock;
};

export type SessionResult = { readonly opened: Outcome<OpenedChannel>; readonly accepted: Outcome<AcceptedChannel>; readonly pair: MemoryPair };

/** One session of real code on both ends. */
export async function runSession(options: SessionOptions): Promise<SessionResult> {
  const { opened, accepting, join } = startSession(options);
  const agentSide = await opened;
  const { pair, accepted } = accepting() ?? join();
  return { opened: agentSide, accepted: await accepted, pair };
}

type Joined = { readonly pair: MemoryPair; readonly accepted: Promise<Outcome<AcceptedChannel>> };
type Started = { readonly opened: Promise<Outcome<OpenedChannel>>; /** The intermediary's side of the last dial. */ accepting(): Joined | undefined; join(): Joined };

/** The same, for whoever does not wait for both ends. */
export function startSession(options: SessionOptions): Started {
  const { keys, registry, tap, joined, introduction = noBytes } = options;
  const { between = (transport) => transport, serverKey = staticKey.publicKey.raw, offered = ['wss'], clock = new ManualClock() } = options;
  const join = (): Joined => {
    const pair = memoryTransports(tap);
    joined?.(pair);
    return { pair, accepted: acceptChannel(between(pair.intermediary), { staticKey, registry, clock }) };
  };
  let now: Joined | undefined;
  const dial = async (): Promise<Outcome<MemoryPair['agent']>> => {
    now = join();
    return success(now.pair.agent);
  };
  return { opened: openChannel({ dial, offered, serverKey, keys, introduction, clock }), accepting: () => now, join };
}

/** An agent that has enrolled and had one session more, with its intermediary. */
export async function enrolledAgent(): Promise<{ identity: Identity; keys: MemoryAgentKeys; registry: MemoryKeyRegistry }> {
  const identity = newIdentity();
  const enrolment = newChain();
  const keys = new MemoryAgentKeys(identity, [enrolment]);
  const registry = new MemoryKeyRegistry();
  registry.enrol(enrolment);
  for (const introduction of [identity.publicKey, noBytes]) {
    const { opened } = await runSession({ keys, registry, introduction });
    if (!opened.ok) throw new Error(`${opened.code}: ${opened.detail}`);
  }
  return { identity, keys, registry };
}
