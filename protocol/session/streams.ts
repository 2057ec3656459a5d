/**
 * The streams of one session by their number. The agent's have odd numbers, the intermediary's even ones, each end's
 * rising one by one, so that a number says who opened a stream and whether it was ever open.
 */
import type { ErrorCode } from '../errors.ts';
import { limits } from '../limits.ts';
import { failure, success } from '../outcome.ts';
import type { Outcome } from '../outcome.ts';
import type { SendQueue } from './send-queue.ts';
import { Stream } from './stream.ts';
import type { SessionStream, StreamHost } from './stream.ts';
import type { Priority, StreamBody } from './wire.ts';

export type Role = 'agent' | 'intermediary';

export type StreamsOptions = {
  readonly role: Role;
  readonly queue: SendQueue;
  /** Something waits in the queue. */
  wake(): void;
  opened(stream: SessionStream): void;
};

/** The streams that one end has opened. */
type Opened = { nextId: number; count: number };

export class Streams {
  readonly #options: StreamsOptions;
  readonly #byId = new Map<number, Stream>();
  readonly #ours: Opened;
  readonly #theirs: Opened;
  readonly #host: StreamHost;

  constructor(options: StreamsOptions) {
    this.#options = options;
    const [odd, even] = [{ nextId: 1, count: 0 }, { nextId: 2, count: 0 }];
    [this.#ours, this.#theirs] = options.role === 'agent' ? [odd, even] : [even, odd];
    this.#host = {
      enrol: (stream) => { options.queue.enrol(stream, stream.priority); options.wake(); },
      notice: (body) => { options.queue.notice(body); options.wake(); },
      closed: (stream) => this.#forget(stream.id),
    };
  }

  get count(): number {
    return this.#byId.size;
  }

  open(label: Uint8Array, priority: Priority): Outcome<SessionStream> {
    if (label.byteLength > limits.maxLabelBytes) throw new RangeError(`a label has at most ${limits.maxLabelBytes} bytes, not ${label.byteLength}`);
    if (this.#ours.count >= limits.maxStreams) return failure('too-many-streams', `${limits.maxStreams} streams are open`);
    const id = this.#ours.nextId;
    this.#host.notice({ kind: 'open', stream: id, priority, label });
    return success(this.#add(this.#ours, label, priority));
  }

  /** Takes what the other side sent. Returns why that was against the rules, if it was. */
  receive(body: StreamBody): ErrorCode | undefined {
    if (body.kind === 'open') return this.#receiveOpen(body.stream, body.label, body.priority);
    const stream = this.#byId.get(body.stream);
    if (stream !== undefined) return stream.receive(body);
    return this.#wasOpen(body.stream) ? undefined : 'stream-unknown';
  }

  /** Breaks off all of them. */
  breakOff(code: ErrorCode): void {
    for (const stream of this.#byId.values()) stream.breakOff(code);
  }

  #receiveOpen(id: number, label: Uint8Array, priority: Priority): ErrorCode | undefined {
    if (id !== this.#theirs.nextId) return 'message-malformed';
    if (this.#theirs.count >= limits.maxStreams) return 'too-many-streams';
    this.#options.opened(this.#add(this.#theirs, label, priority));
    return undefined;
  }

  #add(opened: Opened, label: Uint8Array, priority: Priority): Stream {
    const stream = new Stream({ id: opened.nextId, label, priority }, this.#host);
    this.#byId.set(stream.id, stream);
    opened.nextId += 2;
    opened.count += 1;
    return stream;
  }

  #forget(id: number): void {
    this.#byId.delete(id);
    this.#openerOf(id).count -= 1;
  }

  /** What is still under way for a stream that is over is no fault of the other side. */
  #wasOpen(id: number): boolean {
    return id > 0 && id < this.#openerOf(id).nextId;
  }

  #openerOf(id: number): Opened {
    return id % 2 === this.#ours.nextId % 2 ? this.#ours : this.#theirs;
  }
}
