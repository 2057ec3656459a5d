/**
 * One session with the intermediary: checks in, hands on what comes, and announces each new nonce. What comes is only
 * carried by the intermediary; whether it is obeyed, trust decides.
 */
import type { Logger } from 'pino';
import type { Clock, Timer } from '../../../protocol/clock.ts';
import type { ContactSettings } from '../../../protocol/contact-settings.ts';
import type { ErrorCode } from '../../../protocol/errors.ts';
import { limits } from '../../../protocol/limits.ts';
import { StreamLabel, ToAgent } from '../../../protocol/messages/agent.ts';
import type { ContactWay, FailedWay, MachineFacts } from '../../../protocol/messages/agent.ts';
import { messageDecoder } from '../../../protocol/messages/codec.ts';
import type { Outcome } from '../../../protocol/outcome.ts';
import { Session } from '../../../protocol/session/session.ts';
import type { SessionStream } from '../../../protocol/session/stream.ts';
import type { TransportClosed } from '../../../protocol/transport.ts';
import { protocolLevel } from '../../../protocol/version.ts';
import type { Registry } from '../../primitives/registry.ts';
import type { Trust } from '../../trust/trust.ts';
import type { Directives } from '../directives.ts';
import { Line } from './line.ts';
import type { WakeUps } from '../wake-up/wake-up.ts';

export type ConversationOptions = {
  readonly trust: Trust;
  readonly directives: Directives;
  readonly registry: Registry;
  readonly facts: () => MachineFacts;
  readonly clock: Clock;
  readonly log: Logger;
  readonly wakeUps: Pick<WakeUps, 'use' | 'told'>;
  readonly settings: () => ContactSettings;
  /** A newer root or policy, or other contact settings, are in force. */
  statementsChanged(): void;
  interrupted(reason: TransportClosed): void;
  ended(code: ErrorCode): void;
};

const readMessage = messageDecoder(ToAgent);
const readLabel = messageDecoder(StreamLabel);

export class Conversation {
  readonly session: Session;
  readonly #options: ConversationOptions;
  readonly #line: Line;
  #nonceTimer: Timer | undefined;
  #nonce = '';
  /** When the intermediary last said something, on the monotonic clock. */
  #heardAtMs: number;
  /** Roots, policies and settings that are being taken in; what comes behind them is judged by them. */
  #statements: Promise<void> | undefined;

  constructor(id: Uint8Array, options: ConversationOptions) {
    this.#options = options;
    this.#heardAtMs = options.clock.monotonic();
    this.session = new Session({
      role: 'agent',
      id,
      clock: options.clock,
      handlers: {
        message: (bytes) => this.#receive(bytes),
        opened: (stream) => this.#opened(stream),
        drained: () => this.#line.drained(),
        interrupted: (reason) => options.interrupted(reason),
        resumed: () => undefined, // whoever joined it knows
        ended: (code) => this.#ended(code),
      },
    });
    this.#line = new Line(this.session);
  }

  /** The session has begun: says who is here, and everything that is still owed. */
  begin(): void {
    const { trust, directives } = this.#options;
    this.#nonce = trust.rotateNonce();
    directives.use(this.#line);
    this.checkIn();
    void directives.sendUnsent(this.#line);
    this.#watchNonce();
  }

  /** Says again what the machine is and has. */
  checkIn(): void {
    const { trust, registry, facts } = this.#options;
    const { mode, intervalSeconds } = this.#options.settings();
    this.#line.send({
      kind: 'check-in',
      level: protocolLevel,
      facts: facts(),
      site: trust.home?.site ?? '',
      nonce: this.#nonce,
      rootVersion: trust.versions.root,
      policyVersion: trust.versions.policy,
      contact: trust.contact.versions,
      ...(mode === 'polling' ? { pollSeconds: intervalSeconds } : {}),
      primitives: registry.digest,
      pending: trust.pending(),
    });
  }

  async #describe(): Promise<void> {
    this.#line.send({ kind: 'primitives', primitives: await this.#options.registry.describe() });
  }

  /** Says by which way the session goes now, and which others were tried in vain. */
  sayReached(way: ContactWay, failed: readonly FailedWay[]): void {
    this.#line.send({ kind: 'reached', way, failed: [...failed] });
  }

  /** Whether nothing is under way in either direction and nothing has come for so long: a link is not missed. */
  isQuiet(forMs: number): boolean {
    const { directives, clock } = this.#options;
    const { unacknowledgedMessages, streams } = this.session.load;
    const isStill = clock.monotonic() - this.#heardAtMs >= forMs && this.#statements === undefined;
    return isStill && unacknowledgedMessages === 0 && streams === 0 && !directives.areOwed;
  }

  /** Resolves when the roots, policies and settings that came are taken or refused. */
  async settle(): Promise<void> {
    await this.#statements;
  }

  #watchNonce(): void {
    this.#nonceTimer = this.#options.clock.after(limits.nonceLifeMs, () => {
      const nonce = this.#options.trust.nonce();
      if (nonce !== this.#nonce) this.#line.send({ kind: 'nonce', nonce });
      this.#nonce = nonce;
      this.#watchNonce();
    });
  }

  #receive(bytes: Uint8Array): void {
    this.#heardAtMs = this.#options.clock.monotonic();
    const message = readMessage(bytes);
    if (!message.ok) {
      this.#options.log.warn({ code: message.code, detail: message.detail }, 'message refused');
      return;
    }
    const { trust } = this.#options;
    const said = message.value;
    if (said.kind === 'roots') this.#takeStatement(() => trust.acceptRoots(said.envelopes));
    else if (said.kind === 'policy') this.#takeStatement(() => trust.acceptPolicy(said.envelope));
    else if (said.kind === 'contact-settings') this.#takeStatement(() => trust.acceptContact(said.envelope));
    else if (said.kind === 'report-stored') trust.stored(said.directiveIds);
    else if (said.kind === 'describe') void this.#describe();
    else if (said.kind === 'wake-up-channel') this.#useChannel(said);
    else this.#behindStatements(said);
  }

  /** One after the other, in the order they came. */
  #takeStatement(take: () => Promise<Outcome<void>>): void {
    const before = this.#statements ?? Promise.resolve();
    const now = before.then(take).then((taken) => {
      const isLast = this.#statements === now;
      if (isLast) this.#statements = undefined;
      if (taken.ok) this.#options.statementsChanged();
      // The versions of the last check-in are old news now.
      if (taken.ok && isLast) this.checkIn();
      if (taken.ok) return;
      const { code, detail } = taken;
      this.#options.log.warn({ code, detail }, 'statement refused');
      this.#line.send({ kind: 'statement-refused', code, detail: detail.slice(0, 1000) });
    });
    this.#statements = now;
  }

  #behindStatements(said: Extract<ToAgent, { kind: 'directive' | 'cancel' }>): void {
    const { directives } = this.#options;
    const go = (): void => {
      if (said.kind === 'directive') directives.receive(said);
      else directives.cancel(said.envelope);
    };
    if (this.#statements === undefined) go();
    else void this.#statements.then(go);
  }

  #useChannel(channel: Extract<ToAgent, { kind: 'wake-up-channel' }>): void {
    const { wakeUps } = this.#options;
    wakeUps.use(channel);
    if (wakeUps.told !== undefined) this.#line.send(wakeUps.told);
  }

  #opened(stream: SessionStream): void {
    const label = readLabel(stream.label);
    if (!label.ok || label.value.kind !== 'live') {
      stream.reset('message-malformed');
      return;
    }
    void this.#options.directives.attach(label.value.directiveId, stream);
  }

  #ended(code: ErrorCode): void {
    this.#nonceTimer?.cancel();
    this.#options.directives.use(undefined);
    this.#line.drained();
    this.#options.ended(code);
  }
}
