/**
 * What the rest of the agent sees of the session that is up at present.
 */
import { encodeMessage } from '../../../protocol/messages/codec.ts';
import type { FromAgent, OutputLabel } from '../../../protocol/messages/agent.ts';
import type { Outcome } from '../../../protocol/outcome.ts';
import type { Session } from '../../../protocol/session/session.ts';
import type { SessionStream } from '../../../protocol/session/stream.ts';

export class Line {
  readonly #session: Session;
  #waiting: (() => void)[] = [];

  constructor(session: Session) {
    this.#session = session;
  }

  /** Queues a message. False: much is waiting; a caller that has more waits for `room`. */
  send(message: FromAgent): boolean {
    return this.#session.send(encodeMessage(message));
  }

  /** Resolves when there is room after `send` returned false, or the session has ended. */
  room(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  /** For the session: there is room, or there never will be. */
  drained(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resume of waiting) resume();
  }

  /** A stream for the output of one run. */
  openOutput(label: OutputLabel): Outcome<SessionStream> {
    return this.#session.open(encodeMessage(label), 'bulk');
  }
}
