import { randomBytes } from 'node:crypto';
import test from 'ava';
import { LiveStream } from '../../console/client/attachments.ts';
import type { LiveStreamHandlers } from '../../console/client/attachments.ts';
import { LiveSocket } from '../../console/client/live-socket.ts';
import { concat, hex, sameBytes } from '../../protocol/bytes.ts';
import { systemClock, systemRandom } from '../../protocol/clock.ts';
import type { Clock } from '../../protocol/clock.ts';
import type { Failure } from '../../protocol/outcome.ts';
import { makeStreamKeyPair, streamKeyOf } from '../../protocol/live-stream.ts';
import { fakeAgent } from './fake-agent.ts';

const hastyClock: Clock = { ...systemClock, after: (_, task) => systemClock.after(1, task) };

async function attached(handlers: Partial<LiveStreamHandlers> = {}, agentId?: string) {
  const directiveId = hex(systemRandom(16));
  const streamKeyPair = await makeStreamKeyPair();
  const streamKey = await streamKeyOf(streamKeyPair);
  const agent = await fakeAgent(directiveId, streamKey);
  const live = new LiveSocket({ dial: agent.dial, clock: hastyClock, random: systemRandom });
  const output: Uint8Array[] = [];
  const ended = Promise.withResolvers<number | null>();
  const failed = Promise.withResolvers<Failure>();
  const stream = new LiveStream({
    live,
    clock: hastyClock,
    random: systemRandom,
    directiveId,
    agentId: agentId ?? agent.agentId,
    streamKeyPair,
    handlers: {
      output: (_, bytes) => void output.push(bytes),
      missed: (bytes) => failed.reject(new Error(`${bytes} bytes are missing`)),
      ended: ({ exitCode }) => ended.resolve(exitCode),
      failed: failed.resolve,
      ...handlers,
    },
  });
  return { agent, stream, output: () => concat(...output), ended: ended.promise, failed: failed.promise };
}

test('input goes in, output comes out, the exit comes last', async (t) => {
  const { stream, output, ended, agent } = await attached();
  stream.resize(100, 30);
  await stream.write(Uint8Array.of(1, 2, 3));
  stream.endInput();
  t.is(await ended, 0);
  t.deepEqual([...output()], [1, 2, 3]);
  while (agent.heard.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
  t.deepEqual(agent.heard, ['100x30', 'end-taken']);
});

test('each byte once and in order, however often the socket is cut', async (t) => {
  const whole = randomBytes(6_000_000);
  const { agent, stream, output, ended } = await attached();
  // the clock's own timers do not hold the process
  const holding = setInterval(() => undefined, 1000);
  t.teardown(() => clearInterval(holding));
  for (let at = 0; at < whole.byteLength; at += 50_000) {
    // counted in bytes, not in time: how many go before a cut must not depend on the machine
    if (at % 500_000 === 0) agent.cut();
    await stream.write(whole.subarray(at, at + 50_000));
  }
  stream.endInput();
  t.is(await ended, 0);
  t.true(sameBytes(agent.input(), whole));
  t.true(sameBytes(output(), whole));
  t.true(agent.attachments > 1, 'it was cut at least once');
});

test('a slow reader holds the output back', async (t) => {
  const gate = Promise.withResolvers<void>();
  let given = 0;
  const { agent, stream, ended } = await attached({
    output: async (_, bytes) => {
      given += bytes.byteLength;
      await gate.promise;
    },
  });
  const written = stream.write(randomBytes(1_000_000)).then(() => stream.endInput());
  while (agent.input().byteLength < 900_000) await new Promise((resolve) => setTimeout(resolve, 5));
  t.true(given <= 32 * 1024, 'one piece at a time');
  gate.resolve();
  await written;
  t.is(await ended, 0);
  t.is(given, 1_000_000);
});

test('an agent that is not the one named is not believed', async (t) => {
  const { failed } = await attached({}, 'ab'.repeat(16));
  t.false((await failed).ok);
});
