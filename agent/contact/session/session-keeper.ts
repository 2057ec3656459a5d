/**
 * Keeps the one session and its conversation over all the channels that carry it in turn.
 */
import type { SecureChannel } from '../../../protocol/channel/channel.ts';
import type { Clock } from '../../../protocol/clock.ts';
import type { MachineFacts } from '../../../protocol/messages/agent.ts';
import { failure, success } from '../../../protocol/outcome.ts';
import type { Failure, Outcome } from '../../../protocol/outcome.ts';
import { joinSession } from '../../../protocol/session/hello.ts';
import type { Trust } from '../../trust/trust.ts';
import { Conversation } from './conversation.ts';
import type { ConversationOptions } from './conversation.ts';

/** What the rest of the agent gives to every conversation. */
export type ConversationParts = Omit<ConversationOptions, 'interrupted' | 'ended' | 'trust' | 'clock' | 'facts'>;

export type SessionKeeperOptions = {
  readonly trust: Trust;
  readonly clock: Clock;
  readonly facts: () => MachineFacts;
  readonly conversation: ConversationParts;
  /** The session has no link any more, or has ended. */
  lost(reason: Failure): void;
};

export class SessionKeeper {
  readonly #options: SessionKeeperOptions;
  #conversation: Conversation | undefined;
  #isStopped = false;

  constructor(options: SessionKeeperOptions) {
    this.#options = options;
  }

  /** The session that is carried, or waits to be. */
  get conversation(): Conversation | undefined {
    return this.#conversation;
  }

  get isLinked(): boolean {
    return this.#conversation?.session.isLinked === true;
  }

  /** Goes on with the session over this channel, or begins one. A session that has a link keeps it until this has worked. */
  async join(channel: SecureChannel): Promise<Outcome<void>> {
    let made: Conversation | undefined;
    const joined = await joinSession(channel, {
      clock: this.#options.clock,
      previous: this.#conversation?.session,
      make: (id) => {
        made = this.#converse(id);
        this.#conversation = made;
        return made.session;
      },
    });
    if (!joined.ok) return joined;
    if (this.#isStopped) joined.value.session.close();
    else made?.begin();
    return success(undefined);
  }

  /** Ends the session, and whichever may still be about to begin; resolves when nothing that came is still being taken in. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    const conversation = this.#conversation; // closing forgets it
    conversation?.session.close();
    await conversation?.settle();
  }

  #converse(id: Uint8Array): Conversation {
    const { trust, clock, facts, conversation, lost } = this.#options;
    const made: Conversation = new Conversation(id, {
      ...conversation,
      trust,
      clock,
      facts,
      interrupted: ({ code, detail }) => lost(failure(code === 'closed' ? 'connection-lost' : code, detail)),
      ended: (code) => {
        if (this.#conversation !== made) return;
        this.#conversation = undefined;
        lost(failure(code, 'the session ended'));
      },
    });
    return made;
  }
}
