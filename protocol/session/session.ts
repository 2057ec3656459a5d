/**
 * protocol/session: makes what crosses reliable, ordered, resumable, multiplexed and fair, over any link that carries
 * private records in order. A session outlives its links: messages are numbered, kept until they are acknowledged, and sent
 * again over the next link. `hello.ts` joins both ends over a fresh link; `wire.ts` says what crosses.
 */
import type { Clock, Timer } from '../clock.ts';
import type { ErrorCode } from '../errors.ts';
import { limits } from '../limits.ts';
import { failure } from '../outcome.ts';
import type { Outcome } from '../outcome.ts';
import type { TransportClosed } from '../transport.ts';
import { MessageAssembler, MessageSource } from './control-messages.ts';
import { KeepAlive } from './keep-alive.ts';
import { RecordPacker } from './record-packer.ts';
import { SendQueue } from './send-queue.ts';
import type { SessionStream } from './stream.ts';
import { Streams } from './streams.ts';
import type { Role } from './streams.ts';
import { decodeRecord, encodeBye } from './wire.ts';
import type { Body, Priority, SessionMessage } from './wire.ts';

/** What a session needs of a channel: records of at most `limits.maxRecordBytes`, private, whole and in order. */
export type SessionLink = {
  /** True: no pings are needed over it, since it notices by itself that the other side is gone. */
  readonly watchesItself?: boolean;
  listen(handlers: { message(plain: Uint8Array): void; drained(): void; closed(reason: TransportClosed): void }): void;
  /** False: wait for `drained`. */
  send(plain: Uint8Array): boolean;
  close(): void;
};

export type SessionHandlers = {
  /** One control message, whole; in order among those of its priority. */
  message(bytes: Uint8Array): void;
  /** The other side opened a stream. */
  opened(stream: SessionStream): void;
  /** After `send` returned false: there is room again. */
  drained(): void;
  /** The link was lost. Sending goes on as before and waits for the next one. */
  interrupted(reason: TransportClosed): void;
  resumed(): void;
  /** Exactly once, last; every stream has been reset before. `session-lost` when this or the other side closed it, or nobody resumed it in time. */
  ended(code: ErrorCode): void;
};

export type SessionOptions = {
  readonly role: Role;
  /** 16 bytes, chosen by the intermediary. */
  readonly id: Uint8Array;
  readonly clock: Clock;
  readonly handlers: SessionHandlers;
};

export class Session {
  readonly id: Uint8Array;
  readonly #clock: Clock;
  readonly #handlers: SessionHandlers;
  readonly #queue = new SendQueue();
  readonly #sources: Readonly<Record<Priority, MessageSource>> = { interactive: new MessageSource('interactive'), normal: new MessageSource('normal'), bulk: new MessageSource('bulk') };
  readonly #assemblers: Readonly<Record<Priority, MessageAssembler>> = { interactive: new MessageAssembler(), normal: new MessageAssembler(), bulk: new MessageAssembler() };
  readonly #streams: Streams;
  readonly #packer: RecordPacker;
  readonly #keepAlive: KeepAlive;
  #state: 'fresh' | 'connected' | 'interrupted' | 'ended' = 'fresh';
  #link: SessionLink | undefined;
  /** Replaced, and kept open until the new link has brought something: the other side may not have moved yet. */
  #oldLink: SessionLink | undefined;
  #isLinkFull = false;
  #isFlushComing = false;
  #isSenderWaiting = false;
  #resumeTimer: Timer | undefined;

  constructor({ role, id, clock, handlers }: SessionOptions) {
    this.id = id;
    this.#clock = clock;
    this.#handlers = handlers;
    this.#packer = new RecordPacker(this.#queue, clock, () => this.#wake());
    this.#streams = new Streams({ role, queue: this.#queue, wake: () => this.#wake(), opened: (stream) => handlers.opened(stream) });
    this.#keepAlive = new KeepAlive(clock, {
      ping: () => this.#say('ping'),
      died: (withinMs) => this.#loseLink({ code: 'timed-out', detail: `a ping was not answered within ${withinMs} ms` }),
    });
  }

  /** What is kept for sending again, and the streams open: for statistics. */
  get load(): { readonly unacknowledgedBytes: number; readonly unacknowledgedMessages: number; readonly streams: number } {
    const { keptBytes, keptMessages } = this.#packer.sent;
    return { unacknowledgedBytes: keptBytes, unacknowledgedMessages: keptMessages, streams: this.#streams.count };
  }

  /**
   * Queues one control message of at most `limits.maxControlBytes`; more is the caller's bug and throws. The bytes must not
   * be changed afterwards. False: much is waiting, so pause until `drained` (the message was taken all the same).
   */
  send(message: Uint8Array, priority: Priority = 'normal'): boolean {
    if (message.byteLength > limits.maxControlBytes) throw new RangeError(`a control message has at most ${limits.maxControlBytes} bytes, not ${message.byteLength}`);
    if (this.#state === 'ended') return false;
    const source = this.#sources[priority];
    source.push(message);
    this.#queue.enrol(source, priority);
    this.#wake();
    this.#isSenderWaiting ||= this.#waitingBytes > limits.transportHighWaterBytes;
    return !this.#isSenderWaiting;
  }

  /** Opens a stream; `label` (at most `limits.maxLabelBytes`) tells the other side what it is for. Fails with `too-many-streams` or `session-lost`. */
  open(label: Uint8Array, priority: Priority): Outcome<SessionStream> {
    if (this.#state === 'ended') return failure('session-lost', 'the session has ended');
    return this.#streams.open(label, priority);
  }

  /** Ends the session on both sides. What fits into the link at once still leaves. */
  close(): void {
    this.#flush();
    this.end('session-lost');
  }

  /** Whether there is a link at present. */
  get isLinked(): boolean {
    return this.#link !== undefined;
  }

  /** There is reason to doubt the link (the machine slept, its network changed): it answers within so long, or is lost. */
  probe(withinMs: number): void {
    if (this.#link !== undefined) this.#keepAlive.probe(withinMs);
  }

  /** For `hello.ts`: the last number that came in order. */
  get received(): number {
    return this.#packer.received.last;
  }

  /** For `hello.ts`: whether both ends still hold what it takes to go on. */
  canResumeAfter(peerReceived: number): boolean {
    return this.#state !== 'ended' && this.#packer.sent.canResumeAfter(peerReceived);
  }

  /**
   * For `hello.ts`: goes on over `link`, after `canResumeAfter`. A link that was still in use is replaced without a word.
   * `first` came over the new one already.
   */
  attach(link: SessionLink, peerReceived: number, first?: Uint8Array): void {
    const previous = this.#state;
    this.#oldLink?.close();
    this.#oldLink = this.#link;
    this.#state = 'connected';
    this.#link = link;
    this.#isLinkFull = false;
    this.#resumeTimer?.cancel();
    this.#packer.resumeAfter(peerReceived);
    if (link.watchesItself === true) this.#keepAlive.stop();
    else this.#keepAlive.start();
    if (previous !== 'fresh') this.#say('ping'); // the first word over the new link: see `takeOver` in hello.ts
    if (previous === 'interrupted') this.#handlers.resumed();
    if (this.#link === link) this.#listenTo(link);
    if (this.#link === link && first !== undefined) this.#receive(first);
    this.#wake();
  }

  /** For `hello.ts` and within: ends the session, tells the other side why if it can be told, and everybody here. */
  end(code: ErrorCode): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    const link = this.#dropLink();
    link?.send(encodeBye(code));
    link?.close();
    this.#resumeTimer?.cancel();
    this.#streams.breakOff(code);
    this.#handlers.ended(code);
  }

  #listenTo(link: SessionLink): void {
    link.listen({
      message: (record) => {
        if (this.#link === link) this.#receive(record);
      },
      drained: () => {
        if (this.#link !== link) return;
        this.#isLinkFull = false;
        this.#flush();
      },
      closed: (reason) => {
        if (this.#link === link) this.#loseLink(reason);
      },
    });
  }

  #loseLink(reason: TransportClosed): void {
    this.#dropLink()?.close();
    this.#state = 'interrupted';
    this.#resumeTimer = this.#clock.after(limits.resumeWithinMs, () => this.end('session-lost'));
    this.#handlers.interrupted(reason);
  }

  #dropLink(): SessionLink | undefined {
    const link = this.#link;
    this.#link = undefined;
    this.#oldLink?.close();
    this.#oldLink = undefined;
    this.#keepAlive.stop();
    this.#packer.interrupt();
    return link;
  }

  #receive(record: Uint8Array): void {
    this.#keepAlive.heard();
    this.#oldLink?.close();
    this.#oldLink = undefined;
    const messages = decodeRecord(record);
    if (!messages.ok) return this.end(messages.code);
    const link = this.#link;
    for (const message of messages.value) {
      const fault = this.#receiveMessage(message);
      if (fault !== undefined) return this.end(fault);
      if (this.#link !== link) return; // a handler, or a bye, ended it
    }
    this.#packer.received.countRecord(record.byteLength);
  }

  /** Returns why a message was against the rules, if it was. */
  #receiveMessage(message: SessionMessage): ErrorCode | undefined {
    switch (message.kind) {
      case 'numbered': return this.#receiveNumbered(message.number, message.body);
      case 'acknowledge': return this.#receiveAcknowledgement(message.received);
      case 'ping': return this.#say('pong');
      case 'pong': return undefined;
      case 'bye': return message.code;
      case 'hello': return 'message-malformed';
    }
  }

  #receiveNumbered(number: number, body: Body): ErrorCode | undefined {
    const judgement = this.#packer.received.judge(number);
    if (judgement === 'skipped') return 'message-out-of-order';
    if (judgement === 'duplicate') return undefined;
    return body.kind === 'part' ? this.#receivePart(body) : this.#streams.receive(body);
  }

  #receivePart({ priority, bytes, isMore }: Extract<Body, { kind: 'part' }>): ErrorCode | undefined {
    const message = this.#assemblers[priority].add(bytes, isMore);
    if (message === 'malformed') return 'message-malformed';
    if (message !== 'waiting') this.#handlers.message(message);
    return undefined;
  }

  #receiveAcknowledgement(received: number): ErrorCode | undefined {
    if (!this.#packer.sent.acknowledge(received)) return 'message-out-of-order';
    this.#wake();
    return undefined;
  }

  #say(what: 'ping' | 'pong'): undefined {
    this.#packer.say(what);
    this.#wake();
  }

  /** Everything that is sent in one go leaves in as few records as possible: sending waits until the present task is done. */
  #wake(): void {
    if (this.#isFlushComing || this.#isLinkFull || this.#link === undefined) return;
    this.#isFlushComing = true;
    queueMicrotask(() => {
      this.#isFlushComing = false;
      this.#flush();
    });
  }

  #flush(): void {
    while (this.#link !== undefined && !this.#isLinkFull) {
      const record = this.#packer.next();
      if (record === undefined) break;
      if (!this.#link.send(record)) this.#isLinkFull = true;
    }
    this.#releaseSender();
  }

  #releaseSender(): void {
    if (!this.#isSenderWaiting || this.#waitingBytes > limits.transportHighWaterBytes / 2) return;
    this.#isSenderWaiting = false;
    this.#handlers.drained();
  }

  get #waitingBytes(): number {
    return this.#sources.interactive.waitingBytes + this.#sources.normal.waitingBytes + this.#sources.bulk.waitingBytes;
  }
}
