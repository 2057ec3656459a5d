import { randomInt } from 'node:crypto';
import test from 'ava';
import * as fc from 'fast-check';
import { concat, noBytes } from '../../protocol/bytes.ts';
import { acceptChannel } from '../../protocol/channel/channel.ts';
import { decodeHello, encodeHelloHeader } from '../../protocol/channel/frames.ts';
import { CipherState } from '../../protocol/channel/noise/cipher-state.ts';
import { HandshakeState, type NoiseSuite } from '../../protocol/channel/noise/handshake-state.ts';
import { generateKeyPair } from '../../protocol/channel/noise/x25519.ts';
import { decodeReject, refusalOf } from '../../protocol/channel/reject.ts';
import { isErrorCode } from '../../protocol/errors.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { memoryTransports } from '../support/memory-transport.ts';
import { enrolledAgent, MemoryKeyRegistry, runSession, staticKey } from './parties.ts';

const seed = Number(process.env['FUZZ_SEED'] ?? randomInt(2 ** 31));
const own = generateKeyPair();

/** Bytes that are nothing, or nearly something. */
function almost(real: Uint8Array): fc.Arbitrary<Uint8Array> {
  const flipped = fc.record({ at: fc.nat(real.length), with: fc.integer({ min: 1, max: 255 }) })
    .map(({ at, with: mask }) => real.map((byte, index) => (index === at ? byte ^ mask : byte)));
  const cut = fc.nat(real.length).map((length) => real.slice(0, length));
  const longer = fc.uint8Array({ minLength: 1, maxLength: 40 }).map((tail) => concat(real, tail));
  return fc.oneof(fc.uint8Array({ maxLength: 200 }), flipped, cut, longer);
}

function holds<T>(t: { log(...values: string[]): void; pass(): void }, numRuns: number, property: fc.IProperty<T>): void {
  t.log(`seed ${seed} (FUZZ_SEED repeats it)`);
  fc.assert(property, { seed, numRuns });
  t.pass();
}

const realHello = concat(
  encodeHelloHeader({ level: 1, mode: 'session', keyId: new Uint8Array(8).fill(9), offeredIds: [1, 2], chosenId: 1 }), own.publicKey.raw, new Uint8Array(16),
);

test('HELLO: whatever comes is read whole or refused, and what is read is what was written', (t) => {
  holds(t, 3000, fc.property(almost(realHello), (frame) => {
    const hello = decodeHello(frame);
    if (!hello.ok) return hello.code === 'handshake-malformed';
    return Buffer.from(concat(encodeHelloHeader(hello.value), hello.value.noise)).equals(frame);
  }));
});

test('REJECT: nothing but the intermediary’s own is believed', (t) => {
  const parties = { own, remote: staticKey.publicKey };
  const nearly = concat(Uint8Array.of(3, 1), new Uint8Array(32));
  holds(t, 1000, fc.property(almost(nearly), (frame) => {
    const read = decodeReject(frame, realHello, parties);
    return !read.ok && (read.code === 'handshake-malformed' || read.code === 'handshake-refused');
  }));
});

test('a refusal byte is a code of the catalogue, whatever it is', (t) => {
  holds(t, 300, fc.property(fc.nat(255), (byte) => isErrorCode(refusalOf(byte).code)));
});

for (const pattern of ['NK', 'NKpsk0', 'XX', 'IKpsk2', 'KKpsk0'] as const) {
  test(`handshake messages of ${pattern}: no altered one is accepted, and none throws`, (t) => {
    const suite: NoiseSuite = { pattern, cipher: 'AESGCM', hash: 'SHA256' };
    const psks = [new Uint8Array(32).fill(5)];
    const caller = generateKeyPair();
    const responder = (): HandshakeState =>
      new HandshakeState({ suite, role: 'responder', prologue: noBytes, ownStatic: staticKey, remoteStatic: caller.publicKey, psks });
    const initiator = new HandshakeState({ suite, role: 'initiator', prologue: noBytes, ownStatic: caller, remoteStatic: staticKey.publicKey, psks });
    const message = initiator.writeMessage(new Uint8Array(20));
    t.true(message.ok);
    if (!message.ok) return;
    t.true(responder().readMessage(message.value).ok);
    holds(t, 500, fc.property(almost(message.value), (altered) => {
      const same = Buffer.from(altered).equals(message.value);
      const read = responder().readMessage(altered);
      // The first message of XX is in the clear: anything of 32 bytes and more is one.
      return read.ok ? same || pattern === 'XX' : ['handshake-malformed', 'handshake-refused'].includes(read.code);
    }));
  });
}

for (const cipher of ['AESGCM', 'ChaChaPoly'] as const) {
  test(`records under ${cipher}: every size opens, nothing altered does`, (t) => {
    const key = new Uint8Array(32).fill(8);
    holds(t, 1000, fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(400), fc.integer({ min: 1, max: 255 }), (plain, at, mask) => {
      const sealed = new CipherState(cipher, key).encryptWithAd(noBytes, plain);
      const opened = new CipherState(cipher, key).decryptWithAd(noBytes, sealed);
      const altered = sealed.map((byte, index) => (index === at % sealed.length ? byte ^ mask : byte));
      const reader = new CipherState(cipher, key);
      const refused = reader.decryptWithAd(noBytes, altered) === undefined && reader.counter === 0;
      return refused && opened !== undefined && Buffer.from(opened).equals(plain);
    }));
    holds(t, 1000, fc.property(fc.uint8Array({ maxLength: 100 }), (noise) => new CipherState(cipher, key).decryptWithAd(noBytes, noise) === undefined));
  });
}

test('an intermediary survives any sequence of frames, and its registry is not touched', async (t) => {
  t.log(`seed ${seed} (FUZZ_SEED repeats it)`);
  await fc.assert(fc.asyncProperty(fc.array(almost(realHello), { maxLength: 5 }), async (frames) => {
    const registry = new MemoryKeyRegistry();
    const before = registry.state;
    const pair = memoryTransports();
    pair.agent.listen({ frame: () => undefined, drained: () => undefined, closed: () => undefined });
    const accepting = acceptChannel(pair.intermediary, { staticKey, registry, clock: new ManualClock() });
    for (const frame of frames) pair.agent.send(frame);
    pair.agent.close();
    const accepted = await accepting;
    return !accepted.ok && isErrorCode(accepted.code) && registry.state === before && registry.failures.length === 1;
  }), { seed, numRuns: 300 });
  t.pass();
});

test('an agent survives any answer, and keeps a key that works', async (t) => {
  t.log(`seed ${seed} (FUZZ_SEED repeats it)`);
  const { keys, registry } = await enrolledAgent();
  await fc.assert(fc.asyncProperty(almost(new Uint8Array(49).fill(2)), fc.nat(1), async (frame, nth) => {
    let count = -1;
    const { opened } = await runSession({
      keys, registry,
      tap: (original, direction) => {
        if (direction === 'toAgent') count += 1;
        return direction === 'toAgent' && count === nth ? frame : original;
      },
    });
    return !opened.ok && isErrorCode(opened.code);
  }), { seed, numRuns: 200 });
  t.true((await runSession({ keys, registry })).opened.ok);
  t.deepEqual(registry.state.alarms, []);
});
