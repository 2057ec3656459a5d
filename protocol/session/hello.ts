/**
 * The first record in each direction of a fresh link: both ends say which session they hold and how much of it they have,
 * and go on with it or begin another.
 */
import { sameBytes } from '../bytes.ts';
import type { Clock, Random } from '../clock.ts';
import { limits } from '../limits.ts';
import { failure, success } from '../outcome.ts';
import type { Outcome } from '../outcome.ts';
import type { Session, SessionLink } from './session.ts';
import { decodeRecord, encodeHello, sessionIdBytes } from './wire.ts';
import type { Hello } from './wire.ts';

export type Joined = { readonly session: Session; readonly resumed: boolean };

export type JoinOptions = {
  /** The session to go on with. If the other side does not know it any more it ends here, too, with `session-lost`. */
  readonly previous?: Session | undefined;
  make(id: Uint8Array): Session;
  readonly clock: Clock;
};

export type AdmitOptions = {
  /** The live session of that id *of this agent*. */
  find(id: Uint8Array): Session | undefined;
  make(id: Uint8Array): Session;
  readonly random: Random;
  readonly clock: Clock;
};

/**
 * The agent's end: says hello and goes on as the intermediary answers. Events of the session may come before the promise
 * is settled. A failure has closed the link; `previous` goes on waiting unless it was refused.
 */
export function joinSession(link: SessionLink, { previous, make, clock }: JoinOptions): Promise<Outcome<Joined>> {
  const joined = afterHello(link, clock, (hello) => {
    if (hello.sessionId === null) return failure('message-malformed', 'the intermediary named no session');
    if (previous !== undefined && sameBytes(hello.sessionId, previous.id)) return resume(link, previous, hello.received);
    previous?.end('session-lost');
    return begin(link, make(hello.sessionId), hello.received);
  });
  link.send(encodeHello(previous?.id ?? null, previous?.received ?? 0));
  return joined;
}

/** The intermediary's end: answers the agent's hello with the session of that id, or with a new one. */
export function admitSession(link: SessionLink, { find, make, random, clock }: AdmitOptions): Promise<Outcome<Joined>> {
  return afterHello(link, clock, (hello) => {
    const known = hello.sessionId === null ? undefined : find(hello.sessionId);
    if (known?.canResumeAfter(hello.received) === true) {
      link.send(encodeHello(known.id, known.received));
      return known.isLinked ? takeOver(link, { session: known, peerReceived: hello.received, clock }) : resume(link, known, hello.received);
    }
    known?.end('session-lost');
    const session = make(random(sessionIdBytes));
    link.send(encodeHello(session.id, 0));
    return begin(link, session, 0);
  });
}

/**
 * The session still has a link that works as far as this side knows. It goes on over that one until the agent, who has
 * moved when it has our hello, speaks over the new one: a new link that is lost in between costs nothing.
 */
function takeOver(link: SessionLink, { session, peerReceived, clock }: { session: Session; peerReceived: number; clock: Clock }): Promise<Outcome<Joined>> {
  return firstRecord(link, clock, (record) => resume(link, session, peerReceived, record));
}

function resume(link: SessionLink, session: Session, peerReceived: number, first?: Uint8Array): Outcome<Joined> {
  if (!session.canResumeAfter(peerReceived)) {
    session.end('session-lost');
    return failure('session-lost', 'the two ends do not hold enough of the session to go on with it');
  }
  session.attach(link, peerReceived, first);
  return success({ session, resumed: true });
}

function begin(link: SessionLink, session: Session, peerReceived: number): Outcome<Joined> {
  if (peerReceived !== 0) return failure('message-malformed', 'the other side has received messages of a session that just began');
  session.attach(link, 0);
  return success({ session, resumed: false });
}

type Answer = Outcome<Joined> | Promise<Outcome<Joined>>;

/** Waits for the other side's hello and answers it. */
function afterHello(link: SessionLink, clock: Clock, answer: (hello: Hello) => Answer): Promise<Outcome<Joined>> {
  return firstRecord(link, clock, (record) => {
    const hello = readHello(record);
    return hello.ok ? answer(hello.value) : hello;
  });
}

/** Waits for one record, at most `limits.handshakeMs`, and goes on in the same tick: nothing that follows is missed. A failure closes the link. */
function firstRecord(link: SessionLink, clock: Clock, take: (record: Uint8Array) => Answer): Promise<Outcome<Joined>> {
  return new Promise((resolve) => {
    let isSettled = false;
    const settle = (make: () => Answer): void => {
      if (isSettled) return;
      isSettled = true;
      timer.cancel();
      const outcome = make();
      if ('ok' in outcome && !outcome.ok) link.close();
      resolve(outcome);
    };
    const timer = clock.after(limits.handshakeMs, () => settle(() => failure('timed-out', 'the other side did not say hello')));
    link.listen({
      message: (record) => settle(() => take(record)),
      drained: () => undefined, // a hello is far below the high water
      closed: ({ code, detail }) => settle(() => failure(code === 'closed' ? 'connection-lost' : code, detail)),
    });
  });
}

function readHello(record: Uint8Array): Outcome<Hello> {
  const messages = decodeRecord(record);
  if (!messages.ok) return messages;
  const [first, ...others] = messages.value;
  return first?.kind === 'hello' && others.length === 0 ? success(first) : failure('message-malformed', 'the first record is not a hello');
}
