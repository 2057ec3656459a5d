import test from 'ava';
import { LiveSocket } from '../../console/client/live-socket.ts';
import type { Dial, LiveState } from '../../console/client/live-socket.ts';
import type { Clock } from '../../protocol/clock.ts';
import { systemClock, systemRandom } from '../../protocol/clock.ts';
import { encodeMessage, messageDecoder } from '../../protocol/messages/codec.ts';
import { FromConsole } from '../../protocol/messages/live.ts';
import type { ToConsole } from '../../protocol/messages/live.ts';
import type { Envelope } from '../../protocol/envelope.ts';

const decode = messageDecoder(FromConsole);
const id = 'ab'.repeat(16);

/** The intermediary's end of one socket after the other, in memory. */
function fakeIntermediary() {
  const sockets: { received: FromConsole[]; send(message: ToConsole): void; cut(reason?: string): void }[] = [];
  const dial: Dial = (handlers) => {
    const received: FromConsole[] = [];
    sockets.push({
      received,
      send: (message) => handlers.message(encodeMessage(message)),
      cut: (reason = 'gone') => handlers.closed(reason),
    });
    queueMicrotask(() => handlers.opened());
    return {
      send: (bytes) => {
        const message = decode(bytes);
        if (message.ok) received.push(message.value);
      },
      close: () => {},
    };
  };
  return { sockets, dial };
}

/** Timers fire at once. */
const hastyClock: Clock = { ...systemClock, after: (_, task) => systemClock.after(0, task) };

function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 5));
}

const envelope: Envelope = { payloadType: 'x', payload: Uint8Array.of(1), signatures: [{ keyId: id, signature: Uint8Array.of(2) }] };

test('what was watched is watched again after a cut, under the same number', async (t) => {
  const { sockets, dial } = fakeIntermediary();
  const live = new LiveSocket({ dial, clock: hastyClock, random: systemRandom });
  const states: string[] = [];
  live.onState((state: LiveState) => states.push(state.is));
  const stop = live.watch({ of: 'machines' }, { event: () => {} });
  await settled();
  sockets[0]!.cut();
  await settled();
  t.is(sockets.length, 2);
  t.deepEqual(sockets[1]!.received, sockets[0]!.received);
  t.deepEqual(states, ['live', 'reconnecting', 'live']);
  stop();
  t.is(sockets[1]!.received.at(-1)?.kind, 'unwatch');
});

test('a directive whose answer was lost is sent again, and counts once', async (t) => {
  const { sockets, dial } = fakeIntermediary();
  const live = new LiveSocket({ dial, clock: hastyClock, random: systemRandom });
  await settled();
  const answer = live.submit(envelope, [{ agentId: id }]);
  const first = sockets[0]!.received[0];
  sockets[0]!.cut();
  await settled();
  t.deepEqual(sockets[1]!.received[0], first);
  sockets[1]!.send({ kind: 'failed', ref: first!.ref, code: 'replayed', detail: '' });
  t.true((await answer).ok);
});

test('a directive given to be followed is watched under its own number, also after a cut', async (t) => {
  const { sockets, dial } = fakeIntermediary();
  const live = new LiveSocket({ dial, clock: hastyClock, random: systemRandom });
  await settled();
  const kinds: string[] = [];
  const given = live.submitAndWatch({ id, envelope, targets: [{ agentId: id }] }, { event: ({ kind }) => kinds.push(kind) });
  const { ref } = sockets[0]!.received[0]!;
  sockets[0]!.cut();
  await settled();
  t.like(sockets[1]!.received, [{ kind: 'submit', ref, follow: true }], 'the answer was lost: it is handed in again');
  sockets[1]!.send({ kind: 'submitted', ref, directiveId: id });
  t.true((await given.taken).ok);
  sockets[1]!.send({ kind: 'target', ref, directiveId: id, target: { agentId: id, state: 'running', changedAtMs: 1 } });
  t.deepEqual(kinds, ['target']);
  sockets[1]!.cut();
  await settled();
  t.like(sockets[2]!.received, [{ kind: 'watch', ref, topic: { of: 'directive', directiveId: id } }], 'it was accepted: it is only watched');
  given.stop();
  t.like(sockets[2]!.received.at(-1), { kind: 'unwatch', ref });
});

test('a refusal of a directive that was sent once is a refusal', async (t) => {
  const { sockets, dial } = fakeIntermediary();
  const live = new LiveSocket({ dial, clock: hastyClock, random: systemRandom });
  await settled();
  const answer = live.submit(envelope, [{ agentId: id }]);
  sockets[0]!.send({ kind: 'failed', ref: sockets[0]!.received[0]!.ref, code: 'replayed', detail: 'again' });
  t.deepEqual(await answer, { ok: false, code: 'replayed', detail: 'again' });
});

test('an attachment is told of the cut and is not joined again by the socket itself', async (t) => {
  const { sockets, dial } = fakeIntermediary();
  const live = new LiveSocket({ dial, clock: hastyClock, random: systemRandom });
  await settled();
  const told: string[] = [];
  live.attach({ directiveId: id, agentId: id }, { attached: () => told.push('attached'), frame: () => {}, credit: () => {}, detached: ({ code }) => told.push(code) });
  sockets[0]!.send({ kind: 'attached', ref: sockets[0]!.received[0]!.ref });
  sockets[0]!.cut();
  await settled();
  t.deepEqual(told, ['attached', 'connection-lost']);
  t.deepEqual(sockets[1]!.received, []);
});

test('an attachment that attaches again at once when it is lost does not hang the loop', async (t) => {
  const { sockets, dial } = fakeIntermediary();
  const live = new LiveSocket({ dial, clock: hastyClock, random: systemRandom });
  await settled();
  let times = 0;
  const attach = (): void => {
    live.attach({ directiveId: id, agentId: id }, { attached: () => {}, frame: () => {}, credit: () => {}, detached: () => (times += 1) < 3 && attach() });
  };
  attach();
  sockets[0]!.cut();
  await settled();
  t.is(times, 1);
  t.is(sockets[1]!.received.length, 1);
});

test('a sign-in that ended ends the socket for good and everything that waits', async (t) => {
  const { sockets, dial } = fakeIntermediary();
  const live = new LiveSocket({ dial, clock: hastyClock, random: systemRandom });
  await settled();
  const answer = live.submit(envelope, [{ agentId: id }]);
  sockets[0]!.send({ kind: 'signed-out', code: 'not-signed-in' });
  const ended = await answer;
  t.is(ended.ok ? '' : ended.code, 'not-signed-in');
  t.is(live.state.is, 'closed');
  const later = await live.submit(envelope, [{ agentId: id }]);
  t.false(later.ok);
});
