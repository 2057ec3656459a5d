/**
 * Who may send next: notices first, then the highest priority, and within one priority everybody in turn, a body at a time.
 */
import { Fifo } from './fifo.ts';
import type { Body, Priority, StreamBody } from './wire.ts';

/** Something that has bodies to send: the messages of one priority, or a stream. */
export type Source = {
  /** The next body, with at most `limits.maxMessageBytes` in it, or nothing (for now). Calls nobody. */
  next(): Body | undefined;
};

export class SendQueue {
  /** In the order of their turns. A source without bodies leaves and must be enrolled again. */
  readonly #turns: Readonly<Record<Priority, Set<Source>>> = { interactive: new Set(), normal: new Set(), bulk: new Set() };
  readonly #notices = new Fifo<StreamBody>();

  /** Says that `source` has something to send. Saying it twice does no harm. */
  enrol(source: Source, priority: Priority): void {
    this.#turns[priority].add(source);
  }

  /** Queues a short body that goes before all others: an opening must precede what is sent on the stream, and credit keeps the other side going. */
  notice(body: StreamBody): void {
    this.#notices.push(body);
  }

  /** The next body: a notice or one of the `allowed` priorities, which stand in order. */
  next(allowed: readonly Priority[]): Body | undefined {
    if (this.#notices.length > 0) return this.#notices.shift();
    for (const priority of allowed) {
      const body = nextInTurn(this.#turns[priority]);
      if (body !== undefined) return body;
    }
    return undefined;
  }
}

function nextInTurn(turns: Set<Source>): Body | undefined {
  for (const source of turns) {
    turns.delete(source);
    const body = source.next();
    if (body === undefined) continue;
    turns.add(source);
    return body;
  }
  return undefined;
}
