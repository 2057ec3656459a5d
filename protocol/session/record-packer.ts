/**
 * Fills records: first what keeps the link going, then what must be sent again, then new bodies as their turn comes.
 */
import { concat } from '../bytes.ts';
import type { Clock } from '../clock.ts';
import { limits } from '../limits.ts';
import { Received } from './received.ts';
import type { SendQueue } from './send-queue.ts';
import { Sent } from './sent.ts';
import { ping, pong, priorities } from './wire.ts';

/** The largest an acknowledgement gets. */
const acknowledgementBytes = 16;

const urgent = priorities.slice(0, 1);

export class RecordPacker {
  readonly sent = new Sent();
  readonly received: Received;
  readonly #queue: SendQueue;
  readonly #toSay = new Set<'ping' | 'pong'>();

  /** `due` is called when an acknowledgement must leave, whether or not it has something to ride on. */
  constructor(queue: SendQueue, clock: Clock, due: () => void) {
    this.#queue = queue;
    this.received = new Received(clock, due);
  }

  /** Puts a ping or pong into the next record; several are one. */
  say(what: 'ping' | 'pong'): void {
    this.#toSay.add(what);
  }

  /** The link is gone, and with it what only meant this link. */
  interrupt(): void {
    this.#toSay.clear();
    this.received.clear();
  }

  /** Begins on a new link, whose other end has `received` so many messages. */
  resumeAfter(received: number): void {
    this.interrupt();
    this.sent.resumeAfter(received);
  }

  /** The next record, or undefined when nothing is to be sent, or may be. */
  next(): Uint8Array | undefined {
    const items = this.#linkItems();
    let room: number = limits.maxRecordBytes - acknowledgementBytes;
    for (const item of items) room -= item.byteLength;
    for (let message = this.#nextMessage(room); message !== undefined; message = this.#nextMessage(room)) {
      items.push(message);
      room -= message.byteLength;
    }
    return this.#seal(items);
  }

  #seal(items: Uint8Array[]): Uint8Array | undefined {
    const acknowledgement = this.received.takeAcknowledgement(items.length > 0);
    if (acknowledgement !== undefined) items.push(acknowledgement);
    return items.length > 1 ? concat(...items) : items[0];
  }

  #linkItems(): Uint8Array[] {
    const items: Uint8Array[] = [];
    if (this.#toSay.delete('pong')) items.push(pong);
    if (this.#toSay.delete('ping')) items.push(ping);
    return items;
  }

  /** What does not fit into this record has its number already and begins the next: no more than one body ever waits so. */
  #nextMessage(room: number): Uint8Array | undefined {
    if (!this.sent.isWaiting) this.#numberNext();
    return this.sent.next(room);
  }

  #numberNext(): void {
    const keepable = this.sent.room;
    if (keepable === 'none') return;
    const body = this.#queue.next(keepable === 'urgent' ? urgent : priorities);
    if (body !== undefined) this.sent.number(body);
  }
}
