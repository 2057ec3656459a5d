/**
 * Both ends of a session over paths in memory that can be cut and replaced, with a clock that stands still.
 */
import { systemRandom } from '../../protocol/clock.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import { admitSession, joinSession } from '../../protocol/session/hello.ts';
import type { Joined } from '../../protocol/session/hello.ts';
import { Session } from '../../protocol/session/session.ts';
import type { SessionHandlers, SessionLink } from '../../protocol/session/session.ts';
import type { SessionStream } from '../../protocol/session/stream.ts';
import type { Role } from '../../protocol/session/streams.ts';
import type { Transport } from '../../protocol/transport.ts';
import { ManualClock } from './manual-clock.ts';
import { memoryTransports } from './memory-transport.ts';
import type { MemoryPair, Tap } from './memory-transport.ts';

/** A session over a bare transport: what a channel would do, less the secrecy. */
export function linkOver(transport: Transport): SessionLink {
  return {
    listen: (handlers) => transport.listen({ frame: handlers.message, drained: handlers.drained, closed: handlers.closed }),
    send: (record) => transport.send(record),
    close: () => transport.close(),
  };
}

/** Lets everything that is under way in memory arrive. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** One end, and what its session told it. */
export class SessionEnd implements SessionHandlers {
  readonly messages: Uint8Array[] = [];
  readonly streams: SessionStream[] = [];
  readonly events: string[] = [];
  readonly #clock: ManualClock;
  readonly #role: Role;
  #session: Session | undefined;
  /** What a test wants done at once. */
  onMessage: (bytes: Uint8Array) => void = () => undefined;
  onOpened: (stream: SessionStream) => void = () => undefined;
  onDrained: () => void = () => undefined;

  constructor(role: Role, clock: ManualClock) {
    this.#role = role;
    this.#clock = clock;
  }

  /** The session, of which there has been just one unless the last was ended. */
  get session(): Session {
    if (this.#session === undefined) throw new Error('no session was made');
    return this.#session;
  }

  readonly make = (id: Uint8Array): Session => {
    this.#session = new Session({ role: this.#role, id, clock: this.#clock, handlers: this });
    return this.#session;
  };

  message(bytes: Uint8Array): void {
    this.messages.push(bytes);
    this.onMessage(bytes);
  }

  opened(stream: SessionStream): void {
    this.streams.push(stream);
    this.onOpened(stream);
  }

  drained(): void {
    this.events.push('drained');
    this.onDrained();
  }

  interrupted(reason: { code: string }): void {
    this.events.push(`interrupted ${reason.code}`);
  }

  resumed(): void {
    this.events.push('resumed');
  }

  ended(code: string): void {
    this.events.push(`ended ${code}`);
  }
}

export class SessionPair {
  readonly clock = new ManualClock();
  readonly agent = new SessionEnd('agent', this.clock);
  readonly intermediary = new SessionEnd('intermediary', this.clock);
  #path: MemoryPair | undefined;
  #isBegun = false;

  /** Joins both ends over a new path; the second time they try to go on with the session that they have. */
  async connect(tap?: Tap): Promise<{ joined: Outcome<Joined>; admitted: Outcome<Joined> }> {
    const path = memoryTransports(tap);
    this.#path = path;
    const admitting = admitSession(linkOver(path.intermediary), {
      find: (id) => this.#isBegun && Buffer.from(id).equals(this.intermediary.session.id) ? this.intermediary.session : undefined,
      make: this.intermediary.make,
      random: systemRandom,
      clock: this.clock,
    });
    const previous = this.#isBegun ? this.agent.session : undefined;
    const [joined, admitted] = await Promise.all([joinSession(linkOver(path.agent), { previous, make: this.agent.make, clock: this.clock }), admitting]);
    this.#isBegun ||= joined.ok && admitted.ok;
    return { joined, admitted };
  }

  /** Connects, and it must work. */
  static async connected(tap?: Tap): Promise<SessionPair> {
    const pair = new SessionPair();
    const { joined, admitted } = await pair.connect(tap);
    if (!joined.ok || !admitted.ok) throw new Error('the two ends did not come together');
    return pair;
  }

  /** Loses the path; both ends notice. */
  async cut(): Promise<void> {
    this.#path?.cut();
    await settled();
  }

  get path(): MemoryPair {
    if (this.#path === undefined) throw new Error('not connected yet');
    return this.#path;
  }
}

/** A session end that stands against a peer which the test plays itself, record by record, from the given side. */
export async function againstRawPeer(role: Role): Promise<{ end: SessionEnd; peer: Transport; records: Uint8Array[]; clock: ManualClock; outcome: Promise<Outcome<Joined>> }> {
  const clock = new ManualClock();
  const end = new SessionEnd(role, clock);
  const path = memoryTransports();
  const [own, peer] = role === 'agent' ? [path.agent, path.intermediary] : [path.intermediary, path.agent];
  const records: Uint8Array[] = [];
  peer.listen({ frame: (record) => records.push(record), drained: () => undefined, closed: () => undefined });
  const outcome = role === 'agent'
    ? joinSession(linkOver(own), { make: end.make, clock })
    : admitSession(linkOver(own), { find: () => undefined, make: end.make, random: systemRandom, clock });
  await settled();
  return { end, peer, records, clock, outcome };
}
