/** Frames as bodies of plain HTTP requests: on paths that cut, buffer, forward and lie. */
import { once } from 'node:events';
import { createServer, request as httpRequest } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { systemClock } from '../../protocol/clock.ts';
import type { Clock } from '../../protocol/clock.ts';
import { limits } from '../../protocol/limits.ts';
import type { Transport } from '../../protocol/transport.ts';
import type { DialMemory } from '../../transports/dialling.ts';
import { byteOf } from '../../transports/good-bye.ts';
import { directPath } from '../../transports/path.ts';
import type { Path } from '../../transports/path.ts';
import { contentType, decodeAnswer, digestOf, encodeRequest, noDigest } from '../../transports/poll/bodies.ts';
import type { PollAnswer, PollRequest } from '../../transports/poll/bodies.ts';
import { HoldTime } from '../../transports/poll/hold-time.ts';
import { transportContract } from '../contracts/transport.ts';
import { agentPort, hurriedClock, pairOver } from '../support/agent-port.ts';
import type { AgentPort } from '../support/agent-port.ts';
import { FaultProxy } from '../support/fault-proxy.ts';
import { seeded } from '../support/seeded.ts';

for (const name of ['https-long-poll', 'https-short-poll', 'http-long-poll'] as const) transportContract(name, pairOver(name));

/** Numbers the frames of one direction, and resolves when so many have come, in order. */
function numbered(from: Transport, to: Transport, count: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let [sent, came] = [0, 0];
    to.listen({
      frame: (frame) => {
        if (new DataView(frame.buffer, frame.byteOffset).getUint32(0) !== came) reject(new Error(`frame ${came} did not come in its turn`));
        came += 1;
        if (came === count) resolve();
      },
      drained: () => undefined,
      closed: ({ code, detail }) => reject(new Error(`${code} after ${came} of ${count}: ${detail}`)),
    });
    const sendNext = (): void => {
      const frame = new Uint8Array(4);
      new DataView(frame.buffer).setUint32(0, sent);
      from.send(frame);
      sent += 1;
      if (sent < count) setTimeout(sendNext, 5);
    };
    sendNext();
  });
}

/** What a path does that cuts requests which wait for `cutMs`. Gives the polls it took to settle and the cuts among them. */
function settle(hold: HoldTime, cutMs: number, polls: number): number {
  let cuts = 0;
  for (let count = 0; count < polls; count += 1) {
    if (hold.ms < cutMs) hold.held();
    else {
      cuts += 1;
      hold.cut(cutMs);
    }
  }
  return cuts;
}

test('the hold settles just below what the path allows, and is handed out for the next time', (t) => {
  for (const cutMs of [8000, 20_000, 30_000, 60_000, 100_000, 240_000]) {
    const memory: DialMemory = {};
    const hold = new HoldTime(memory);
    const cuts = settle(hold, cutMs, 20);
    t.true(hold.ms < cutMs && hold.ms > cutMs * 0.9, `${hold.ms} of ${cutMs}`);
    t.true(cuts <= 5, `${cuts} cuts`);
    t.is(memory.holdMs, hold.ms);
    t.is(settle(new HoldTime(memory), cutMs, 1), 0, 'begins with what it knows');
  }
});

test('where the path allows everything an idle agent asks less than once a minute from the first hour on', (t) => {
  const hold = new HoldTime({});
  let [elapsedMs, polls] = [0, 0];
  while (elapsedMs < 3_600_000) {
    elapsedMs += hold.ms;
    polls += 1;
    hold.held();
  }
  t.is(hold.ms, limits.holdMaxMs);
  t.true(polls < 20, `${polls} polls`);
});

test('one cut that had another cause is forgotten, and one that came at once teaches nothing', (t) => {
  const hold = new HoldTime({});
  t.false(hold.cut(100));
  t.is(hold.ms, limits.holdFirstMs);
  t.true(hold.cut(12_000));
  t.true(hold.ms < 12_000);
  settle(hold, Infinity, 60);
  t.is(hold.ms, limits.holdMaxMs);
});

test.serial('a proxy that cuts idle requests at 60 s: the hold settles below, and not a frame is lost', async (t) => {
  t.timeout(90_000);
  const factor = 25; // only what waits for long is hurried
  const clock: Clock = { now: systemClock.now, monotonic: () => systemClock.monotonic() * factor, after: (delayMs, task) => systemClock.after(delayMs >= 40_000 ? delayMs / factor : delayMs, task) };
  const server = await agentPort(t, clock);
  const proxy = await FaultProxy.open(t, server.port, { idleMs: 60_000 / factor });
  const holds: number[] = [];
  const memory: DialMemory = { set holdMs(ms: number) { holds.push(ms); } };
  const { agent, intermediary } = await server.pair('http-long-poll', { port: proxy.port, memory });
  const [came, ends]: [number[], string[]] = [[], []];
  const listen = (transport: Transport): void => transport.listen({ frame: (frame) => came.push(frame[0] ?? 0), drained: () => undefined, closed: ({ detail }) => ends.push(detail) });
  listen(agent);
  listen(intermediary);
  let sent = 0;
  while (sent < 9 && ends.length === 0) {
    const polls = holds.length;
    while (holds.length === polls && ends.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    intermediary.send(Uint8Array.of(sent));
    sent += 1;
    while (came.length < sent && ends.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  }
  t.deepEqual(ends, []);
  t.deepEqual(came, Array.from({ length: sent }, (_, index) => index));
  t.true(proxy.cuts > 0);
  const settled = holds.at(-1) ?? 0;
  t.true(settled > 50_000 && settled < 60_000, holds.join(' '));
});

test('connections that live for 300 ms and are cut at random carry everything, once and in order', async (t) => {
  const random = seeded(7);
  const server = await agentPort(t);
  for (const name of ['http-long-poll', 'https-long-poll', 'https-short-poll'] as const) {
    const proxy = await FaultProxy.open(t, server.port);
    const { agent, intermediary } = await server.pair(name, { port: proxy.port });
    proxy.faults = { lifeMs: 300 };
    const both = Promise.all([numbered(agent, intermediary, 150), numbered(intermediary, agent, 150)]);
    const cutting = setInterval(() => proxy.cutAll(random.below(2) === 0 ? 'reset' : 'end'), 211);
    await both.finally(() => clearInterval(cutting));
    t.true(proxy.connections > 2, `${proxy.connections} connections`);
  }
});

test('a proxy that buffers whole answers, or refuses upgrades, stops a WebSocket and no poll', async (t) => {
  const clock = hurriedClock(10);
  for (const [faults, code] of [[{ buffersAnswers: true }, 'timed-out'], [{ upgrade: 'refused' }, 'unreachable'], [{ upgrade: 'stripped' }, 'unreachable']] as const) {
    const server = await agentPort(t);
    const proxy = await FaultProxy.open(t, server.port, faults);
    const refused = await server.dial('ws', { port: proxy.port, clock });
    t.is(refused.ok ? 'ok' : refused.code, code);
    if (server.count > 0) await server.next(); // its answer only did not come back
    const { agent, intermediary } = await server.pair('http-long-poll', { port: proxy.port });
    await Promise.all([numbered(agent, intermediary, 50), numbered(intermediary, agent, 50)]);
  }
});

// --- the exchange itself, byte by byte ---------------------------------------------------------------------------

type Raw = { readonly status: number; readonly answer: PollAnswer | undefined; readonly body: Buffer };

/** One request as anybody could make it. */
function post(server: AgentPort, page: string, body: Uint8Array, headers: Record<string, string | number> = {}): Promise<Raw> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest({ host: '127.0.0.1', port: server.port, path: page, method: 'POST', headers: { 'content-type': contentType, 'content-length': body.byteLength, ...headers } }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const whole = Buffer.concat(chunks);
        resolve({ status: response.statusCode ?? 0, answer: response.statusCode === 200 ? decodeAnswer(whole) : undefined, body: whole });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

function poll(part: Partial<PollRequest>): Uint8Array {
  return encodeRequest({ holdMs: 0, lane: 'up', goodBye: 0, number: 0, previousDigest: noDigest, frames: [], ...part });
}

const page = `/agent/${'ab'.repeat(16)}`;

/** An open transport, and the answer with which it opened. */
async function opened(t: ExecutionContext): Promise<{ server: AgentPort; intermediary: Transport; previousDigest: Uint8Array }> {
  const server = await agentPort(t);
  const first = await post(server, page, poll({}));
  return { server, intermediary: await server.next(), previousDigest: digestOf(first.body) };
}

test('a gateway that answers in the place of the intermediary before even the shortest hold is over ends a long poll', async (t) => {
  const port = await agentPort(t);
  const proxy = await FaultProxy.open(t, port.port, { answerWithinMs: 300 });
  const { agent } = await port.pair('http-long-poll', { port: proxy.port });
  const { code, detail } = await new Promise<{ code: string; detail: string }>((resolve) => agent.listen({ frame: () => undefined, drained: () => undefined, closed: resolve }));
  t.is(code, 'connection-lost');
  t.regex(detail, /lets no request wait: HTTP 504/);
});

test('the same request again gets the same answer, and its frames are taken once', async (t) => {
  const { server, intermediary, previousDigest } = await opened(t);
  const frames: Uint8Array[] = [];
  intermediary.listen({ frame: (frame) => frames.push(frame), drained: () => undefined, closed: () => undefined });
  const up = poll({ number: 1, previousDigest, frames: [Uint8Array.of(7)] });
  const answers = [await post(server, page, up), await post(server, page, up), await post(server, page, up)];
  t.deepEqual(answers.map(({ body }) => body), Array.from({ length: 3 }, () => answers[0]?.body));
  t.is(frames.length, 1);
  intermediary.send(Uint8Array.of(1));
  const down = { lane: 'down', holdMs: 5000 } as const;
  const first = await post(server, page, poll(down));
  intermediary.send(Uint8Array.of(2));
  const again = await post(server, page, poll({ ...down, holdMs: 100 }));
  t.deepEqual(again.body, first.body, 'another hold is the same request');
  t.deepEqual([...again.answer?.frames[0] ?? []], [1]);
});

for (const [what, part] of [
  ['a number that is left out', { number: 2 }],
  ['a number of long ago', { number: 0xffff }],
  ['other frames under the same number', { number: 0, frames: [Uint8Array.of(1)], previousDigest: noDigest }],
  ['another record of the last answer', { number: 1, previousDigest: new Uint8Array(16).fill(1) }],
] as const) {
  test(`${what} ends the transport on both sides as exchange-mismatch`, async (t) => {
    const { server, intermediary, previousDigest } = await opened(t);
    const closed = new Promise((resolve) => intermediary.listen({ frame: () => t.fail(), drained: () => undefined, closed: ({ code }) => resolve(code) }));
    const { answer } = await post(server, page, poll({ previousDigest, ...part }));
    t.is(answer?.goodBye, byteOf('exchange-mismatch'));
    t.is(await closed, 'exchange-mismatch');
    t.is(server.count, 1);
  });
}

test('what is no poll is refused before it costs anything', async (t) => {
  const server = await agentPort(t);
  const statusOf = async (...[path, body, headers]: [string, Uint8Array, Record<string, string | number>?]): Promise<number> => (await post(server, path, body, headers)).status;
  t.is(await statusOf('/agent/ab', poll({})), 400);
  t.is(await statusOf(page, poll({}), { 'content-type': 'text/plain' }), 400);
  t.is(await statusOf(page, new Uint8Array(3)), 400);
  t.is(await statusOf(page, poll({}).fill(9, 4, 5)), 400);
  t.is(await statusOf(page, poll({ frames: [new Uint8Array(2000)] })), 410);
  t.is((await post(server, page, poll({ number: 4 }))).answer?.goodBye, byteOf('connection-lost'));
  t.is((await post(server, page, poll({ lane: 'turn' }))).answer?.goodBye, byteOf('connection-lost'), 'short polls come in TLS only');
  t.is(server.count, 0);
  server.welcome = false;
  t.is(await statusOf(page, poll({})), 503);
  server.welcome = true;
  t.is(await statusOf(page, poll({})), 200);
  t.is(await statusOf(page, new Uint8Array(limits.maxPollBytes + 1)), 413);
});

test('a body of unknown length is refused', async (t) => {
  const server = await agentPort(t);
  const status = await new Promise((resolve, reject) => {
    const sent = httpRequest({ host: '127.0.0.1', port: server.port, path: page, method: 'POST', headers: { 'content-type': contentType, 'transfer-encoding': 'chunked' } }, ({ statusCode }) => resolve(statusCode));
    sent.on('error', reject);
    sent.end(poll({}));
  });
  t.is(status, 411);
});

// --- what else may answer ------------------------------------------------------------------------------------------

async function serve(t: ExecutionContext, answer: (request: IncomingMessage, body: Buffer) => { status?: number; headers?: Record<string, string>; body?: Uint8Array }): Promise<Server & { readonly port: number }> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { status = 200, headers = {}, body = new Uint8Array() } = answer(request, Buffer.concat(chunks));
      response.writeHead(status, headers).end(body);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.close();
    server.closeAllConnections();
  });
  return Object.assign(server, { port: (server.address() as AddressInfo).port });
}

test('a portal that answers everything, and an old answer out of a cache, are not taken for the intermediary', async (t) => {
  const real = await agentPort(t);
  const old = await post(real, page, poll({}));
  const lies = [
    { headers: { 'content-type': 'text/html' }, body: Buffer.from('<h1>Welcome</h1>') },
    { headers: { 'content-type': contentType }, body: Buffer.from('x') },
    { headers: { 'content-type': contentType }, body: Buffer.alloc(limits.maxPollBytes + 1) },
    { headers: { 'content-type': contentType }, body: Buffer.concat([new Uint8Array(16), old.body.subarray(16)]) },
    { status: 302, headers: { location: 'http://portal/' } },
    { status: 407, headers: { 'proxy-authenticate': 'Basic realm="x"' } },
  ];
  for (const lie of lies) {
    const portal = await serve(t, () => lie);
    const dialled = await real.dial('http-long-poll', { port: portal.port });
    t.is(dialled.ok ? 'ok' : dialled.code, 'unreachable');
  }
  const busy = await serve(t, () => ({ status: 503, headers: { 'retry-after': '7' } }));
  const dialled = await real.dial('http-long-poll', { port: busy.port });
  t.like(dialled, { ok: false, code: 'rate-limited', retryAfterMs: 7000 });
});

test('through a proxy that forwards, requests are in absolute form and a challenge is answered once', async (t) => {
  const server = await agentPort(t);
  const asked: string[] = [];
  const proxy = createServer((request, response) => {
    asked.push(request.url ?? '');
    if (request.headers['proxy-authorization'] !== 'Basic right') return void response.writeHead(407, { 'proxy-authenticate': 'Basic realm="x"', 'content-length': 0 }).end();
    const { pathname } = new URL(request.url ?? '');
    request.pipe(httpRequest({ host: '127.0.0.1', port: server.port, path: pathname, method: request.method, headers: request.headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    }));
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  t.teardown(() => proxy.closeAllConnections());
  t.teardown(() => proxy.close());
  const target = { host: '127.0.0.1', port: (proxy.address() as AddressInfo).port };
  let authorization: string | undefined;
  const path: Path = {
    name: `http://127.0.0.1:${target.port}`,
    connect: () => Promise.reject(new Error('plain requests are forwarded')),
    forward: {
      connect: (signal) => directPath.connect(target, signal),
      authorization: () => authorization,
      challenged: (header) => {
        authorization = 'Basic right';
        return header.startsWith('Basic');
      },
    },
  };
  const { agent, intermediary } = await server.pair('http-long-poll', { path });
  await Promise.all([numbered(agent, intermediary, 20), numbered(intermediary, agent, 20)]);
  t.true(asked.every((url) => url.startsWith(`http://localhost:${server.port}/agent/`)));
});
