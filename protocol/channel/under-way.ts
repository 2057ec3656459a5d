/**
 * Handshakes that were answered and await their proof. It may come late, over a slow way that its agent has left for another;
 * what it would change must then stand as the agent has found it since. Kept by the intermediary, in memory: with the process its transports end.
 */
import { hex } from '../bytes.ts';
import { failure, type Outcome } from '../outcome.ts';

type Turn = { isGivenUp: boolean; taking: Promise<unknown> | undefined };

/** A turn of a rolling key that waits for its proof. */
export type OpenTurn = {
  /** Makes the next key live, unless the turn was given up: `conflict`. */
  take<T>(commit: () => Promise<Outcome<T>>): Promise<Outcome<T>>;
  close(): void;
};

/** A machine out of step that waits to prove who it is. */
export type OpenReturn = {
  /** False: another proof under the same key was heard first, and what this agent was told then still holds. */
  take(): boolean;
  close(): void;
};

export class UnderWay {
  readonly #turns = new Map<string, Turn>();
  readonly #returns = new Map<string, Set<OpenReturn>>();

  /** A handshake under way to a key that none has shown yet. */
  beginTurn(nextKeyId: Uint8Array): OpenTurn {
    const id = hex(nextKeyId);
    const turn: Turn = { isGivenUp: false, taking: undefined };
    this.#turns.set(id, turn);
    return {
      take: async (commit) => {
        if (turn.isGivenUp) return failure('conflict', 'the agent has begun another handshake since');
        const taking = commit();
        turn.taking = taking;
        return taking;
      },
      close: () => void this.#turns.delete(id),
    };
  }

  /**
   * An agent that shows a key has left the handshake to it. Once this resolves, the key is live for good or never will be:
   * an answer `key-unknown` is a promise, and the agent may go on from an older key.
   */
  async giveUpTurn(keyId: Uint8Array): Promise<void> {
    const turn = this.#turns.get(hex(keyId));
    if (turn === undefined) return;
    turn.isGivenUp = true;
    await Promise.allSettled([turn.taking]);
  }

  /** An agent is about to prove itself under a key that opens no session. The first proof ends all others under that key. */
  beginReturn(shownKeyId: Uint8Array): OpenReturn {
    const id = hex(shownKeyId);
    const open = this.#returns.get(id) ?? new Set<OpenReturn>();
    const opened: OpenReturn = {
      take: () => {
        const isOpen = open.has(opened);
        if (isOpen) this.#end(id, open);
        return isOpen;
      },
      close: () => {
        open.delete(opened);
        if (open.size === 0) this.#end(id, open);
      },
    };
    this.#returns.set(id, open.add(opened));
    return opened;
  }

  #end(id: string, open: Set<OpenReturn>): void {
    open.clear();
    if (this.#returns.get(id) === open) this.#returns.delete(id);
  }
}
