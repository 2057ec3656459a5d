import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import test from 'ava';
import { concat, utf8 } from '../../protocol/bytes.ts';
import { systemRandom } from '../../protocol/clock.ts';
import { limits } from '../../protocol/limits.ts';
import { answerLive, LiveConsole, makeStreamKeyPair, maxLiveBytes, receivedIn, streamKeyOf } from '../../protocol/live-stream.ts';
import type { Accepted, Answered, LiveAnswerOptions, LiveEvent, StreamKeyPair } from '../../protocol/live-stream.ts';
import type { Outcome } from '../../protocol/outcome.ts';

const directiveId = '00112233445566778899aabbccddeeff';

function makeIdentity(): LiveAnswerOptions['identity'] & { readonly agentId: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const raw = publicKey.export({ type: 'spki', format: 'der' }).subarray(-32);
  return {
    publicKey: new Uint8Array(raw),
    sign: (bytes) => new Uint8Array(sign(null, bytes, privateKey)),
    agentId: createHash('sha256').update(raw).digest('hex').slice(0, 32),
  };
}

const identity = makeIdentity();

type Scene = {
  readonly streamKeyPair: StreamKeyPair;
  readonly live: LiveConsole;
  answer(changes?: Partial<LiveAnswerOptions>, hello?: Uint8Array): Promise<Outcome<Answered>>;
};

async function scene(received = 0): Promise<Scene> {
  const streamKeyPair = await makeStreamKeyPair();
  const live = LiveConsole.begin({ directiveId, agentId: identity.agentId, streamKeyPair, received, random: systemRandom });
  const streamKey = await streamKeyOf(streamKeyPair);
  const usual: LiveAnswerOptions = { directiveId, streamKey, identity, inputReceived: 0, outputFrom: received, random: systemRandom };
  return { streamKeyPair, live, answer: (changes = {}, hello = live.hello) => answerLive(hello, { ...usual, ...changes }) };
}

function value<T>(outcome: Outcome<T>): T {
  if (outcome.ok) return outcome.value;
  throw new Error(outcome.detail);
}

function codeOf(outcome: Outcome<unknown>): string {
  return outcome.ok ? 'accepted' : outcome.code;
}

async function attached(): Promise<{ atConsole: Accepted; atAgent: Answered }> {
  const { live, answer } = await scene();
  const atAgent = value(await answer());
  return { atAgent, atConsole: value(await live.accept(atAgent.welcome)) };
}

const input = (text: string): LiveEvent => ({ type: 'input', bytes: utf8(text) });

test('events cross both ways, sealed', async (t) => {
  const { atConsole, atAgent } = await attached();
  const secret = utf8('rm -rf / # nobody must see or write this');
  const frame = await atConsole.seal({ type: 'input', bytes: secret });
  t.false(Buffer.from(frame).includes(Buffer.from(secret)));
  t.deepEqual(value(await atAgent.open(frame)), { type: 'input', bytes: secret.slice() });
  const events: LiveEvent[] = [{ type: 'output', channel: 'stderr', bytes: utf8('no') }, { type: 'ended', exitCode: null, signal: 'SIGKILL' }];
  for (const event of events) t.deepEqual(value(await atConsole.open(await atAgent.seal(event))), event);
});

test('the largest event fits into one message of a session', async (t) => {
  const { atConsole, atAgent } = await attached();
  const frame = await atAgent.seal({ type: 'output', channel: 'stdout', bytes: new Uint8Array(maxLiveBytes) });
  t.is(frame.byteLength, limits.maxMessageBytes);
  t.is(value(await atConsole.open(frame)).type, 'output');
});

test('frames keep the order of the calls, though they are sealed and opened asynchronously', async (t) => {
  const { atConsole, atAgent } = await attached();
  const frames: Uint8Array[] = [];
  const seen: (number | undefined)[] = [];
  const sizeOf = (index: number): number => index % 7 === 0 ? 50_000 : 1;
  await Promise.all(Array.from({ length: 300 }, async (_, index) => {
    frames.push(await atConsole.seal({ type: 'input', bytes: new Uint8Array(sizeOf(index)).fill(index) }));
  }));
  await Promise.all(frames.map(async (frame) => {
    const event = value(await atAgent.open(frame));
    seen.push(event.type === 'input' ? event.bytes[0] : undefined);
  }));
  t.deepEqual(seen, Array.from({ length: 300 }, (_, index) => index % 256));
});

test('offsets cross: what the console has, what the run has, and where output goes on', async (t) => {
  const { live, answer } = await scene(1000);
  const atAgent = value(await answer({ inputReceived: 2 ** 40, outputFrom: 1234 }));
  t.deepEqual([atAgent.received, receivedIn(live.hello)], [1000, 1000]);
  const atConsole = value(await live.accept(atAgent.welcome));
  t.deepEqual([atConsole.inputReceived, atConsole.outputFrom], [2 ** 40, 1234]);
});

test('output that goes on before what the console has makes no sense', async (t) => {
  const { live, answer } = await scene(1000);
  t.is(codeOf(await live.accept(value(await answer({ outputFrom: 999 })).welcome)), 'handshake-malformed');
});

const spoilt: readonly (readonly [string, (frame: Uint8Array) => Uint8Array])[] = [
  ['with an altered byte', (frame) => frame.map((byte, index) => index === 5 ? byte ^ 1 : byte)],
  ['of another kind', (frame) => concat(Uint8Array.of(4), frame.subarray(1))],
  ['that is cut off', (frame) => frame.subarray(0, -1)],
  ['that is empty', () => new Uint8Array(0)],
];

for (const [name, spoil] of spoilt) {
  test(`a frame ${name} ends the attachment: record-unauthentic, also for every later one`, async (t) => {
    const { atConsole, atAgent } = await attached();
    const [first, second] = [await atConsole.seal(input('1')), await atConsole.seal(input('2'))];
    t.is(codeOf(await atAgent.open(spoil(first))), 'record-unauthentic');
    t.is(codeOf(await atAgent.open(second)), 'record-unauthentic');
  });
}

test('a frame that is replayed, left out, or swapped with the next does not open', async (t) => {
  for (const order of [[0, 0], [1], [1, 0]]) {
    const { atConsole, atAgent } = await attached();
    const frames = [await atConsole.seal(input('1')), await atConsole.seal(input('2'))];
    const codes = await Promise.all(order.map(async (index) => codeOf(await atAgent.open(frames[index]!))));
    t.is(codes.at(-1), 'record-unauthentic', order.join());
  }
});

test('a replayed hello gets new keys, a replayed welcome is none for another hello, and a frame does not open where it was sealed', async (t) => {
  const { live, answer, streamKeyPair } = await scene();
  const first = value(await answer());
  const atConsole = value(await live.accept(first.welcome));
  const frame = await atConsole.seal(input('x'));
  t.is(codeOf(await atConsole.open(frame)), 'record-unauthentic');
  t.is(codeOf(await value(await answer({}, live.hello)).open(frame)), 'record-unauthentic');
  const other = LiveConsole.begin({ directiveId, agentId: identity.agentId, streamKeyPair, received: 0, random: systemRandom });
  t.is(codeOf(await other.accept(first.welcome)), 'identity-refused');
});

test('a welcome counts once, since keys must never begin anew', async (t) => {
  const { live, answer } = await scene();
  const { welcome } = value(await answer());
  t.is(codeOf(await live.accept(welcome)), 'accepted');
  t.is(codeOf(await live.accept(welcome)), 'handshake-malformed');
});

test('a welcome of another machine, for another directive, or for another console’s key is identity-refused', async (t) => {
  const otherKey = await streamKeyOf(await makeStreamKeyPair());
  const impostor = makeIdentity();
  for (const changes of [{ identity: impostor }, { identity: { ...identity, sign: impostor.sign } }, { directiveId: 'f'.repeat(32) }, { streamKey: otherKey }]) {
    const { live, answer } = await scene();
    t.is(codeOf(await live.accept(value(await answer(changes)).welcome)), 'identity-refused', Object.keys(changes).join());
  }
});

test('a welcome of which any one byte is altered, or that is not whole, is refused', async (t) => {
  const { answer, streamKeyPair, live } = await scene();
  const { welcome } = value(await answer());
  const sameHello = (): LiveConsole => LiveConsole.begin({ directiveId, agentId: identity.agentId, streamKeyPair, received: 0, random: () => live.hello.slice(1, 17) });
  for (let at = 0; at < welcome.byteLength; at += 1) {
    const altered = welcome.map((byte, index) => index === at ? byte ^ 0x10 : byte);
    t.not(codeOf(await sameHello().accept(altered)), 'accepted', `byte ${at}`);
  }
  t.is(codeOf(await sameHello().accept(welcome.subarray(1))), 'handshake-malformed');
  t.is(codeOf(await sameHello().accept(welcome)), 'accepted');
});

test('an intermediary that alters what the console has received is found out', async (t) => {
  const { live, answer } = await scene(1000);
  const altered = live.hello.map((byte, index) => index === 24 ? 0 : byte);
  t.is(codeOf(await live.accept(value(await answer({}, altered)).welcome)), 'identity-refused');
});

test('what is no hello, or no key, is handshake-malformed', async (t) => {
  const { answer, live } = await scene();
  const beyond = concat(live.hello.subarray(0, 17), new Uint8Array(8).fill(0xff));
  for (const hello of [new Uint8Array(0), live.hello.subarray(1), concat(live.hello, Uint8Array.of(0)), concat(Uint8Array.of(2), live.hello.subarray(1)), beyond]) {
    t.is(codeOf(await answer({}, hello)), 'handshake-malformed');
  }
  for (const streamKey of [new Uint8Array(31), new Uint8Array(32), Uint8Array.of(1, ...new Uint8Array(31))]) {
    t.is(codeOf(await answer({ streamKey })), 'handshake-malformed');
  }
});

test('an agent that writes what only a console may is message-malformed', async (t) => {
  const { atConsole, atAgent } = await attached();
  t.is(codeOf(await atConsole.open(await atAgent.seal(input('x')))), 'message-malformed');
});

test('the private stream key cannot be exported', async (t) => {
  const { privateKey } = await makeStreamKeyPair();
  t.false(privateKey.extractable);
  await t.throwsAsync(crypto.subtle.exportKey('pkcs8', privateKey));
});
