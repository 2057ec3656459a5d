/**
 * The live socket of one console: gives directives on their way, watches, attaches. It ends with the sign-in behind it,
 * with the person's rights, and with the first message that cannot be read.
 */
import type { FastifyBaseLogger } from 'fastify';
import type { RawData, WebSocket } from 'ws';
import type { Clock, Timer } from '../../protocol/clock.ts';
import type { ErrorCode } from '../../protocol/errors.ts';
import { limits } from '../../protocol/limits.ts';
import { messageDecoder } from '../../protocol/messages/codec.ts';
import { FromConsole } from '../../protocol/messages/live.ts';
import type { Failure, Outcome } from '../../protocol/outcome.ts';
import { failure } from '../../protocol/outcome.ts';
import type { SessionStream } from '../../protocol/session/stream.ts';
import type { Directives } from '../directives/directives.ts';
import type { Visitor } from '../people/sign-ins.ts';
import type { Presence } from '../sessions/presence.ts';
import { isTarget } from '../store/directives.ts';
import { Attachment } from './attachment.ts';
import { Outlet } from './outlet.ts';
import { followNew, watchTopic } from './topics.ts';
import type { TopicNeeds } from './topics.ts';

export type LiveNeeds = TopicNeeds & { readonly directives: Directives; readonly presence: Presence; readonly clock: Clock; readonly log: FastifyBaseLogger };

const decode = messageDecoder(FromConsole);
/** RFC 6455, section 7.4.1. */
const closeCodes = { normal: 1000, unreadable: 1007, policy: 1008, goingAway: 1001 } as const;

export class LiveSocket {
  readonly visitor: Visitor;
  readonly #needs: LiveNeeds;
  readonly #socket: WebSocket;
  readonly #outlet: Outlet;
  /** What goes on under a `ref`, to be stopped with it. */
  readonly #running = new Map<number, { stop(): void }>();
  #ping: Timer;

  constructor(needs: LiveNeeds, socket: WebSocket, visitor: Visitor) {
    this.visitor = visitor;
    this.#needs = needs;
    this.#socket = socket;
    this.#outlet = new Outlet(socket);
    this.#ping = needs.clock.after(limits.pingAfterMs, () => this.#askAlive());
    socket.on('message', (data, isBinary) => this.#received(data, isBinary));
    socket.on('error', () => socket.terminate());
    socket.on('pong', () => this.#isAlive());
    socket.once('close', () => this.#closed());
  }

  /** Tells the console that its sign-in or its rights ended, and closes. */
  signOut(code: ErrorCode): void {
    this.#outlet.send({ kind: 'signed-out', code });
    this.#socket.close(closeCodes.policy, code);
  }

  close(): void {
    this.#socket.close(closeCodes.goingAway);
  }

  #received(data: RawData, isBinary: boolean): void {
    const message = isBinary && data instanceof Buffer ? decode(data) : failure('message-malformed', 'not one binary message');
    if (!message.ok) return this.#socket.close(closeCodes.unreadable, message.code);
    this.#handle(message.value);
  }

  #handle(message: FromConsole): void {
    switch (message.kind) {
      case 'submit': return this.#contain(this.#submit(message));
      case 'cancel': return this.#contain(this.#cancel(message));
      case 'watch': return this.#contain(this.#watch(message));
      case 'attach': return this.#contain(this.#attach(message));
      case 'unwatch':
      case 'detach': return this.#stop(message.ref);
      case 'frame': return this.#attachment(message.ref)?.frame(message.bytes);
      case 'credit': return this.#attachment(message.ref)?.credit(message.bytes);
    }
  }

  async #submit({ ref, envelope, targets, follow }: Extract<FromConsole, { kind: 'submit' }>): Promise<void> {
    const refusal = follow === true ? this.#whyNot(ref) : undefined;
    const taken = refusal ?? (await this.#needs.directives.submit(this.visitor, { envelope, targets }));
    if (!taken.ok) return this.#fail(ref, taken);
    const { directiveId, isNew } = taken.value;
    this.#outlet.send({ kind: 'submitted', ref, directiveId });
    if (follow !== true) return;
    if (!isNew) return this.#watch({ ref, topic: { of: 'directive', directiveId } });
    this.#running.set(ref, followNew(this.#needs, directiveId, { outlet: this.#outlet, ref, visitor: this.visitor }));
  }

  async #cancel({ ref, envelope }: Extract<FromConsole, { kind: 'cancel' }>): Promise<void> {
    const cancelled = await this.#needs.directives.cancel(this.visitor, envelope);
    if (cancelled.ok) this.#outlet.send({ kind: 'done', ref });
    else this.#fail(ref, cancelled);
  }

  async #watch({ ref, topic }: Pick<Extract<FromConsole, { kind: 'watch' }>, 'ref' | 'topic'>): Promise<void> {
    const refusal = this.#whyNot(ref);
    if (refusal !== undefined) return this.#fail(ref, refusal);
    let isWanted = true;
    this.#running.set(ref, { stop: () => (isWanted = false) });
    const watching = await watchTopic(this.#needs, topic, { outlet: this.#outlet, ref, visitor: this.visitor });
    if (watching.ok && isWanted) this.#running.set(ref, watching.value);
    else if (watching.ok) watching.value.stop();
    else if (isWanted) this.#failRunning(ref, watching);
  }

  async #attach({ ref, ...asked }: Extract<FromConsole, { kind: 'attach' }>): Promise<void> {
    const stream = this.#whyNot(ref) ?? (await this.#openLive(asked));
    if (!stream.ok) return this.#fail(ref, stream);
    this.#running.set(ref, new Attachment(this.#outlet, ref, { stream: stream.value, ended: () => this.#running.delete(ref) }));
  }

  /** The same answer for a machine out of reach and for one that is not there. */
  async #openLive({ directiveId, agentId, bulk }: Pick<Extract<FromConsole, { kind: 'attach' }>, 'directiveId' | 'agentId' | 'bulk'>): Promise<Outcome<SessionStream>> {
    const { authorizer, presence, store } = this.#needs;
    const isKnown = authorizer.mayReach(this.visitor, agentId) && (await isTarget(store.read, directiveId, agentId));
    if (!isKnown) return failure('no-such-directive', directiveId);
    return presence.get(agentId)?.openLive(directiveId, bulk === true ? 'bulk' : 'interactive') ?? failure('unreachable', 'the machine is off line');
  }

  /** A bug that one console brings out costs that console its socket, and no other. */
  #contain(work: Promise<void>): void {
    work.catch((error: unknown) => {
      this.#needs.log.error({ err: error, personId: this.visitor.personId }, 'a message of a console broke something');
      this.#socket.terminate();
    });
  }

  #attachment(ref: number): Attachment | undefined {
    const running = this.#running.get(ref);
    return running instanceof Attachment ? running : undefined;
  }

  #whyNot(ref: number): Failure | undefined {
    if (this.#running.has(ref)) return failure('conflict', 'this number is in use');
    return this.#running.size >= limits.maxWatchesPerSocket ? failure('too-many-streams', 'too much is watched at once') : undefined;
  }

  #stop(ref: number): void {
    this.#running.get(ref)?.stop();
    this.#running.delete(ref);
  }

  #failRunning(ref: number, refusal: Failure): void {
    this.#running.delete(ref);
    this.#fail(ref, refusal);
  }

  #fail(ref: number, { code, detail }: Extract<Outcome<never>, { ok: false }>): void {
    this.#outlet.send({ kind: 'failed', ref, code, detail });
  }

  #askAlive(): void {
    this.#socket.ping();
    this.#ping = this.#needs.clock.after(limits.pongWithinMs, () => this.#socket.terminate());
  }

  #isAlive(): void {
    this.#ping.cancel();
    this.#ping = this.#needs.clock.after(limits.pingAfterMs, () => this.#askAlive());
  }

  #closed(): void {
    this.#ping.cancel();
    for (const running of this.#running.values()) running.stop();
    this.#running.clear();
    this.#outlet.closed();
  }
}
