/**
 * Contact: keeps one session with the intermediary, as long as the agent runs. Tries every way in turn, waits with full
 * jitter in between, resumes the session after a cut, and remembers why each attempt failed.
 */
import type { Clock, Random, Timer } from '../../protocol/clock.ts';
import { openChannel } from '../../protocol/channel/channel.ts';
import { concat } from '../../protocol/bytes.ts';
import type { ErrorCode } from '../../protocol/errors.ts';
import type { MachineFacts } from '../../protocol/messages/agent.ts';
import { encodeMessage } from '../../protocol/messages/codec.ts';
import { failure } from '../../protocol/outcome.ts';
import type { Failure } from '../../protocol/outcome.ts';
import { joinSession } from '../../protocol/session/hello.ts';
import type { Home, Trust } from '../trust/trust.ts';
import { directPath } from '../../transports/path.ts';
import { Backoff } from './backoff.ts';
import { Conversation } from './conversation.ts';
import type { ConversationOptions } from './conversation.ts';
import { Ladder } from './ladder.ts';
import type { Way } from './ladder.ts';
import type { DialFailure, Rung } from './transports.ts';

export type ContactState =
  | { readonly state: 'connecting' }
  | { readonly state: 'connected'; readonly address: string; readonly transport: string }
  | { readonly state: 'waiting'; readonly code: ErrorCode; readonly detail: string; readonly nextAttemptAtMs: number }
  | { readonly state: 'stopped' };

export type ConnectionOptions = {
  readonly trust: Trust;
  readonly rungs: readonly Rung[];
  readonly clock: Clock;
  readonly random: Random;
  readonly facts: () => MachineFacts;
  readonly conversation: Omit<ConversationOptions, 'interrupted' | 'resumed' | 'ended' | 'trust' | 'clock' | 'facts'>;
  changed(state: ContactState): void;
  /** One way was tried in vain. */
  failed(way: { readonly address: string; readonly transport: string }, reason: Failure): void;
};

/** A connection that held this long counts as a good one: the next wait begins small again. */
const settledAfterMs = 10_000;

export class Connection {
  readonly #options: ConnectionOptions;
  readonly #ladder: Ladder;
  readonly #backoff: Backoff;
  readonly #stopping = new AbortController();
  #conversation: Conversation | undefined;
  #timer: Timer | undefined;
  /** When the present link came up, on the monotonic clock; undefined while there is none. */
  #connectedAt: number | undefined;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#ladder = new Ladder(options.rungs);
    this.#backoff = new Backoff(options.random);
  }

  /** Begins to call, and goes on until `stop`. */
  start(): void {
    void this.#round();
  }

  /** Makes the agent check in again now, if it is connected. */
  checkIn(): void {
    this.#conversation?.checkIn();
  }

  /** Ends the session in good order; resolves when nothing that came is still being taken in. */
  async stop(): Promise<void> {
    const conversation = this.#conversation;
    this.#stopping.abort();
    this.#timer?.cancel();
    conversation?.session.close();
    await conversation?.settle();
    this.#options.changed({ state: 'stopped' });
  }

  /** Tries every way once. */
  async #round(): Promise<void> {
    const { home } = this.#options.trust;
    this.#options.changed({ state: 'connecting' });
    let last: DialFailure = failure('not-enrolled', 'no address is known');
    for (const way of home === undefined ? [] : this.#ladder.ways(home.addresses)) {
      const tried = home === undefined ? last : await this.#try(way, home);
      if (this.#stopping.signal.aborted || tried === undefined) return;
      last = tried;
      this.#options.failed({ address: way.address, transport: way.rung.name }, last);
    }
    this.#waitAndTryAgain(last);
  }

  /** Undefined when it worked: what follows is told by the session. */
  async #try(way: Way, home: Home): Promise<DialFailure | undefined> {
    const { trust, clock, rungs } = this.#options;
    let retryAfterMs: number | undefined;
    const opened = await openChannel({
      dial: async () => {
        const dialled = await way.rung.dial({ address: way.address, path: directPath, authority: home.authority, signal: this.#stopping.signal, clock });
        if (!dialled.ok) ({ retryAfterMs } = dialled);
        return dialled;
      },
      offered: rungs.map((rung) => rung.name),
      serverKey: home.key,
      keys: trust.keys,
      introduction: this.#introduction(home),
      clock,
    });
    if (!opened.ok) return retryAfterMs === undefined ? opened : { ...opened, retryAfterMs };
    return this.#join(opened.value.channel, way);
  }

  async #join(channel: Parameters<typeof joinSession>[0], way: Way): Promise<Failure | undefined> {
    const { clock } = this.#options;
    if (this.#stopping.signal.aborted) {
      channel.close();
      return undefined;
    }
    let made: Conversation | undefined;
    const joined = await joinSession(channel, {
      clock,
      previous: this.#conversation?.session,
      make: (id) => {
        made = this.#converse(id);
        this.#connectedAt = clock.monotonic();
        return made.session;
      },
    });
    if (!joined.ok) {
      this.#connectedAt = undefined;
      return joined;
    }
    this.#ladder.worked(way);
    // it may have been lost again already, and then that has been seen to
    if (this.#connectedAt !== undefined) this.#options.changed({ state: 'connected', address: way.address, transport: way.rung.name });
    if (made === undefined) return undefined;
    this.#conversation = made;
    made.begin();
    return undefined;
  }

  #converse(id: Uint8Array): Conversation {
    const { trust, clock, facts, conversation } = this.#options;
    const made: Conversation = new Conversation(id, {
      ...conversation,
      trust,
      clock,
      facts,
      interrupted: ({ code, detail }) => this.#lost(code === 'closed' ? 'connection-lost' : code, detail),
      resumed: () => {
        this.#connectedAt = clock.monotonic();
      },
      ended: (code) => {
        if (this.#conversation === made) this.#conversation = undefined;
        this.#lost(code, 'the session ended');
      },
    });
    return made;
  }

  /** A session that ends while there is no link changes nothing: the next attempt is under way. */
  #lost(code: ErrorCode, detail: string): void {
    if (this.#connectedAt === undefined) return;
    if (this.#options.clock.monotonic() - this.#connectedAt > settledAfterMs) this.#backoff.reset();
    this.#connectedAt = undefined;
    this.#waitAndTryAgain(failure(code, detail));
  }

  #waitAndTryAgain({ code, detail, retryAfterMs }: DialFailure): void {
    if (this.#stopping.signal.aborted) return;
    const { clock } = this.#options;
    const delayMs = this.#backoff.next(retryAfterMs);
    this.#timer?.cancel();
    this.#timer = clock.after(delayMs, () => void this.#round());
    this.#options.changed({ state: 'waiting', code, detail, nextAttemptAtMs: Math.round(clock.now() + delayMs) });
  }

  /** Said until the machine holds a key of its own: who it is, under the secret of the enrolment string. */
  #introduction({ site, enrolmentId }: Home): Uint8Array {
    const { trust, facts } = this.#options;
    if (trust.keys.chains().every(({ number }) => number > 0)) return new Uint8Array();
    return concat(trust.identity.publicKey, encodeMessage({ facts: facts(), site, enrolmentId }));
  }
}
