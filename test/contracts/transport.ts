/**
 * What every transport promises (protocol/transport.ts), as one suite that each runs: `transportContract(name, makePair)`.
 */
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { limits } from '../../protocol/limits.ts';
import type { Transport, TransportClosed } from '../../protocol/transport.ts';
import { seeded } from '../support/seeded.ts';

export type TransportPair = {
  readonly agent: Transport;
  readonly intermediary: Transport;
  /** Ends the path without any good-bye, and for good: what would come again finds nobody. */
  cut(): void;
  /** Where the path can be held up: the intermediary's side stops reading from it, or goes on. */
  setReading?(isReading: boolean): void;
  /** Where there is a wire: puts bytes on it, to the intermediary, that are no part of the mapping. */
  sendGarbage?(): void;
};

/** A short poll takes up to 25 s to tell that nobody asks any more. */
const waitMs = 40_000;

/** Collects what one end is told, and waits for more with a limit. */
class Listener {
  readonly frames: Uint8Array[] = [];
  readonly reasons: TransportClosed[] = [];
  drains = 0;
  readonly #transport: Transport;
  #changed: (() => void) | undefined;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  listen(): this {
    this.#transport.listen({
      frame: (frame) => this.#note(() => this.frames.push(frame)),
      drained: () => this.#note(() => { this.drains += 1; }),
      closed: (reason) => this.#note(() => this.reasons.push(reason)),
    });
    return this;
  }

  get code(): string | undefined {
    return this.reasons[0]?.code;
  }

  async until(condition: () => boolean): Promise<void> {
    const deadline = performance.now() + waitMs;
    while (!condition()) {
      const leftMs = deadline - performance.now();
      if (leftMs <= 0) throw new Error(`still not so after ${waitMs} ms: ${condition.toString()}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, leftMs);
        this.#changed = () => { clearTimeout(timer); resolve(); };
      });
    }
  }

  #note(change: () => unknown): void {
    change();
    this.#changed?.();
  }
}

/** Sends frame after frame as the back-pressure allows. */
async function sendAll(transport: Transport, listener: Listener, frames: readonly Uint8Array[]): Promise<void> {
  for (const frame of frames) {
    const drains = listener.drains;
    if (!transport.send(frame)) await listener.until(() => listener.drains > drains || listener.code !== undefined);
  }
}

function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

export function transportContract(name: string, makePair: (t: ExecutionContext) => Promise<TransportPair>): void {
  const contract = (title: string, body: (t: ExecutionContext, pair: TransportPair) => Promise<void>): void => {
    test(`${name}: ${title}`, async (t) => {
      t.timeout(60_000);
      await body(t, await makePair(t));
    });
  };

  contract('frames of 0, 1 and the largest number of bytes arrive as they were sent, in order, both ways', async (t, { agent, intermediary }) => {
    const random = seeded(1);
    const frames = [0, 1, 2, 125, 126, 65_534, limits.maxFrameBytes, 0, 7].map((length) => random.bytes(length));
    const [low, high] = [new Listener(agent).listen(), new Listener(intermediary).listen()];
    for (const frame of frames) {
      agent.send(frame);
      intermediary.send(frame);
    }
    await low.until(() => low.frames.length === frames.length);
    await high.until(() => high.frames.length === frames.length);
    t.deepEqual(low.frames.map((frame) => Uint8Array.from(frame)), frames);
    t.deepEqual(high.frames.map((frame) => Uint8Array.from(frame)), frames);
  });

  contract('the receiver owns the bytes and the sender may not be surprised', async (t, { agent, intermediary }) => {
    const listener = new Listener(intermediary).listen();
    const frame = Uint8Array.of(1, 2, 3, 4);
    agent.send(frame);
    agent.send(frame);
    await listener.until(() => listener.frames.length === 2);
    listener.frames[0]?.fill(9);
    t.deepEqual([...listener.frames[1] ?? []], [1, 2, 3, 4]);
    t.deepEqual([...frame], [1, 2, 3, 4]);
  });

  contract('a frame one byte too large ends it on both ends as frame-too-large', async (t, { agent, intermediary }) => {
    const [low, high] = [new Listener(agent).listen(), new Listener(intermediary).listen()];
    t.false(agent.send(new Uint8Array(limits.maxFrameBytes + 1)));
    await low.until(() => low.reasons.length > 0);
    await high.until(() => high.reasons.length > 0);
    t.deepEqual([low.code, high.code, high.frames.length], ['frame-too-large', 'frame-too-large', 0]);
  });

  contract('frames that come before anybody listens are held and given first', async (t, { agent, intermediary }) => {
    const other = new Listener(agent).listen();
    for (let index = 0; index < limits.maxHeldFrames; index += 1) agent.send(Uint8Array.of(index));
    intermediary.send(Uint8Array.of(1));
    await other.until(() => other.frames.length === 1);
    const listener = new Listener(intermediary).listen();
    await listener.until(() => listener.frames.length === limits.maxHeldFrames);
    agent.send(Uint8Array.of(255));
    await listener.until(() => listener.frames.length === limits.maxHeldFrames + 1);
    t.deepEqual(listener.frames.map((frame) => frame[0]), [...Array.from({ length: limits.maxHeldFrames }, (_, index) => index), 255]);
  });

  contract('more frames than can be held end it as overrun on both ends, after those held', async (t, { agent, intermediary }) => {
    const sender = new Listener(agent).listen();
    for (let index = 0; index <= limits.maxHeldFrames; index += 1) agent.send(Uint8Array.of(index));
    await sender.until(() => sender.reasons.length > 0);
    t.is(sender.code, 'overrun');
    const listener = new Listener(intermediary).listen();
    await listener.until(() => listener.reasons.length > 0);
    t.is(listener.code, 'overrun');
    t.is(listener.frames.length, limits.maxHeldFrames);
  });

  contract('another listener takes over in the middle, and not a frame is lost or told twice', async (t, { agent, intermediary }) => {
    const later = new Listener(intermediary);
    const first: number[] = [];
    intermediary.listen({
      frame: (frame) => {
        first.push(frame[0] ?? -1);
        if (first.length === 3) later.listen();
      },
      drained: () => t.fail(),
      closed: () => t.fail('told to the one who left'),
    });
    for (let index = 0; index < 10; index += 1) agent.send(Uint8Array.of(index));
    agent.close();
    await later.until(() => later.reasons.length > 0);
    t.deepEqual([...first, ...later.frames.map((frame) => frame[0])], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    t.is(later.reasons.length, 1);
  });

  for (const side of ['agent', 'intermediary'] as const) {
    contract(`close by the ${side} lets queued frames through, then both hear closed, once`, async (t, pair) => {
      const [low, high] = [new Listener(pair.agent).listen(), new Listener(pair.intermediary).listen()];
      const other = side === 'agent' ? high : low;
      for (let index = 0; index < 50; index += 1) pair[side].send(new Uint8Array(1000).fill(index));
      pair[side].close();
      pair[side].close();
      pair[side].send(Uint8Array.of(99));
      await low.until(() => low.reasons.length > 0);
      await high.until(() => high.reasons.length > 0);
      await settled();
      t.is(other.frames.length, 50);
      t.deepEqual([low.code, high.code, low.reasons.length, high.reasons.length], ['closed', 'closed', 1, 1]);
    });
  }

  contract('an abrupt end is connection-lost on both ends, once, and sending afterwards does no harm', async (t, pair) => {
    const [low, high] = [new Listener(pair.agent).listen(), new Listener(pair.intermediary).listen()];
    pair.agent.send(Uint8Array.of(1));
    await high.until(() => high.frames.length === 1);
    pair.cut();
    await low.until(() => low.reasons.length > 0);
    await high.until(() => high.reasons.length > 0);
    t.false(pair.agent.send(Uint8Array.of(2)));
    pair.agent.close();
    await settled();
    t.deepEqual([low.code, high.code, low.reasons.length, high.reasons.length], ['connection-lost', 'connection-lost', 1, 1]);
  });

  contract('an end before anybody listens is told to whoever listens', async (t, pair) => {
    const low = new Listener(pair.agent).listen();
    pair.agent.send(Uint8Array.of(1));
    pair.agent.close();
    await low.until(() => low.reasons.length > 0);
    const high = new Listener(pair.intermediary).listen();
    await high.until(() => high.reasons.length > 0);
    t.deepEqual([high.frames.length, high.code], [1, 'closed']);
  });

  contract('a reader that does not read stops the sender at high water; drained comes when it reads', async (t, pair) => {
    const [low, high] = [new Listener(pair.agent).listen(), new Listener(pair.intermediary).listen()];
    pair.setReading?.(false);
    const frame = new Uint8Array(60_000);
    const maxFrames = 500; // 30 MB: far beyond what systems keep on a loopback path
    let sent = 0;
    while (sent < maxFrames) {
      sent += 1;
      if (!pair.agent.send(frame)) {
        if (pair.setReading === undefined) break;
        await settled(); // what the system takes at once is not a slow reader
        if (low.drains === 0) break;
        low.drains = 0;
      }
    }
    t.true(sent < maxFrames, `${sent} frames were taken`);
    pair.setReading?.(true);
    await high.until(() => high.frames.length === sent);
    await low.until(() => low.drains > 0);
    t.true(pair.agent.send(Uint8Array.of(1)));
  });

  contract('10,000 frames of many sizes cross at the same time in both directions', async (t, { agent, intermediary }) => {
    const [low, high] = [new Listener(agent).listen(), new Listener(intermediary).listen()];
    const traffic = (seed: number): Uint8Array[] => {
      const random = seeded(seed);
      return Array.from({ length: 10_000 }, (_, index) => {
        const frame = new Uint8Array(4 + random.below(random.below(50) === 0 ? limits.maxFrameBytes - 4 : 600));
        new DataView(frame.buffer).setUint32(0, index);
        return frame.fill(random.below(256), 4);
      });
    };
    const [down, up] = [traffic(2), traffic(3)];
    await Promise.all([sendAll(agent, low, up), sendAll(intermediary, high, down)]);
    await high.until(() => high.frames.length === up.length);
    await low.until(() => low.frames.length === down.length);
    t.true(high.frames.every((frame, index) => Buffer.from(frame).equals(up[index] ?? new Uint8Array(1))));
    t.true(low.frames.every((frame, index) => Buffer.from(frame).equals(down[index] ?? new Uint8Array(1))));
  });

  contract('garbage on the wire ends it and harms nothing else', async (t, pair) => {
    if (pair.sendGarbage === undefined) {
      t.pass('it has no wire');
      return;
    }
    const high = new Listener(pair.intermediary).listen();
    pair.sendGarbage();
    await high.until(() => high.reasons.length > 0);
    t.not(high.code, 'closed');
    t.is(high.frames.length, 0);
  });
}
