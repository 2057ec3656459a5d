import { randomBytes } from 'node:crypto';
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { LiveRuns } from '../../agent/execution/live-runs.ts';
import { Executor } from '../../agent/execution/executor.ts';
import { WorkerPool } from '../../agent/execution/pool.ts';
import { Spawner } from '../../agent/execution/spawner/client.ts';
import { isAllowed } from '../../agent/primitives/tunnel/destination.ts';
import { nobody } from '../../agent/primitives/agent/self.ts';
import { tunnelPrimitive } from '../../agent/primitives/tunnel/open.ts';
import { systemClock } from '../../protocol/clock.ts';
import type { TunnelRule } from '../../protocol/statements/policy.ts';
import type { TunnelConnection } from '../../protocol/tunnel/connection.ts';
import { Tunnel } from '../../protocol/tunnel/tunnel.ts';
import { answerInClear, TestConsole } from '../execution/live-support.ts';
import { newId, until } from '../execution/support.ts';

const machine: TunnelRule = { to: 'machine', firstPort: 1, lastPort: 65_535 };

test('a tunnel connects where the policy allows, both ways, as often as the console asks', async (t) => {
  const port = await serving(t, (socket) => socket.pipe(socket));
  const { tunnel, end } = await open(t, { host: 'localhost', port }, () => [machine]);
  const sent = randomBytes(2_000_000);
  const received = await Promise.all(Array.from({ length: 20 }, () => exchange(tunnel.open()!, sent.subarray(0, 100_000))));
  t.true(received.every((bytes) => bytes.equals(sent.subarray(0, 100_000))));
  t.true((await exchange(tunnel.open()!, sent)).equals(sent));
  const ending = await end();
  t.is(ending.status, 'succeeded');
  t.deepEqual(ending.result, { connections: 21, failed: 0, sent: 4_000_000, received: 4_000_000 });
});

test('each direction ends by itself', async (t) => {
  const port = await serving(t, (socket) => {
    let asked = '';
    socket.on('data', (bytes) => (asked += String(bytes)));
    socket.on('end', () => socket.end(`you said ${asked}`));
  });
  const { tunnel } = await open(t, { host: '127.0.0.1', port }, () => [machine]);
  t.is((await exchange(tunnel.open()!, Buffer.from('hello'))).toString(), 'you said hello');
});

test('where nothing listens, the connection says so and the tunnel stays', async (t) => {
  const { server, port } = await listening();
  await new Promise((resolve) => server.close(resolve));
  const { tunnel, end } = await open(t, { host: '127.0.0.1', port }, () => [machine]);
  t.is(await brokenBy(tunnel.open()!), 'connection-refused');
  t.is(await brokenBy(tunnel.open()!), 'connection-refused');
  t.like((await end()).result as object, { connections: 2, failed: 2 });
});

test('what the policy does not allow is refused before anything is connected', async (t) => {
  for (const [host, rules] of [
    ['127.0.0.1', []],
    ['192.0.2.1', [machine, { to: 'private', firstPort: 1, lastPort: 65_535 }]],
    ['127.0.0.1', [{ to: 'machine', firstPort: 1, lastPort: 1023 }]],
    ['127.0.0.1', [{ to: '192.168.0.0/16', firstPort: 1, lastPort: 65_535 }]],
  ] as const) {
    const ending = await refused({ host, port: 5900 }, [...rules]);
    t.is(ending.code, 'tunnel-denied', `${host} ${JSON.stringify(rules)}`);
  }
  t.is((await refused({ host: 'no-such-host.invalid', port: 80 }, [machine])).code, 'unreachable');
});

test('who loses the right meanwhile opens no more connections', async (t) => {
  const port = await serving(t, (socket) => socket.end('here'));
  let rules = [machine];
  const { tunnel } = await open(t, { host: '127.0.0.1', port }, () => rules);
  t.is((await exchange(tunnel.open()!, Buffer.from(''))).toString(), 'here');
  rules = [];
  t.is(await brokenBy(tunnel.open()!), 'tunnel-denied');
});

test('without a live stream there is nothing to open', async (t) => {
  const { executor } = shop(() => []);
  const hooks = { onStarted: () => undefined, onOutput: () => undefined, onProgress: () => undefined };
  const primitive = tunnelPrimitive(nobody);
  const ending = await executor.run({ id: newId(), params: { port: 1 }, timeoutMs: 1000 }, primitive, hooks);
  t.is(ending.code, 'stream-required');
  await executor.stop();
});

test('rules are held against the address, in whatever form it comes', (t) => {
  const rule = (to: string): TunnelRule[] => [{ to, firstPort: 1, lastPort: 65_535 }];
  const allowed = (address: string, to: string): boolean => isAllowed(address, 80, rule(to));
  for (const [address, to] of [
    ['127.0.0.1', 'machine'], ['127.9.9.9', 'machine'], ['::1', 'machine'], ['::ffff:127.0.0.1', 'machine'], ['10.1.2.3', 'private'], ['172.31.0.1', 'private'],
    ['fd12::1', 'private'], ['::ffff:192.168.1.1', 'private'], ['8.8.8.8', '*'], ['2001:db8::1', '*'], ['192.168.7.9', '192.168.7.0/24'], ['2001:db8::9', '2001:db8::/32'],
  ] as const) t.true(allowed(address, to), `${address} by ${to}`);
  for (const [address, to] of [
    ['169.254.169.254', 'private'], ['172.32.0.1', 'private'], ['8.8.8.8', 'private'], ['0.0.0.0', 'machine'], ['::', 'machine'], ['10.0.0.1', 'machine'], ['::ffff:8.8.8.8', 'private'],
    ['192.168.8.1', '192.168.7.0/24'], ['192.168.7.1', '192.168.7.0/64'], ['192.168.7.1', '999.1.1.1/8'], ['2001:db9::1', '2001:db8::/32'],
  ] as const) t.false(allowed(address, to), `${address} by ${to}`);
});

function shop(rules: () => readonly TunnelRule[]) {
  const spawner = new Spawner({ clock: systemClock, idleMs: 1000 });
  const live = new LiveRuns({ clock: systemClock, spawner, answer: answerInClear });
  const pool = new WorkerPool({ maxWorkers: 1, tasksPerWorker: 1, workerIdleMs: 1000 });
  const executor = new Executor({ clock: systemClock, pool, live, spawner });
  const primitive = tunnelPrimitive({ ...nobody, tunnelRules: rules });
  const run = (id: string, params: object) =>
    executor.run({ id, params: { ...params }, timeoutMs: 60_000, streamKey: 'AA', personId: 'f'.repeat(32) }, primitive, { onStarted: () => undefined, onOutput: () => undefined, onProgress: () => undefined });
  return { executor, live, run };
}

async function refused(to: { host: string; port: number }, rules: TunnelRule[]) {
  const { executor, live, run } = shop(() => rules);
  const id = newId();
  const ending = run(id, to);
  await until(() => executor.size === 1, 'the run');
  live.attach(id, new TestConsole().stream);
  const ended = await ending;
  await executor.stop();
  return ended;
}

/** A tunnel to there, its console's end in hand. */
async function open(t: ExecutionContext, to: { host: string; port: number }, rules: () => readonly TunnelRule[]) {
  const { executor, live, run } = shop(rules);
  const id = newId();
  const ending = run(id, to);
  const far = new TestConsole();
  let ready = false;
  const tunnel = new Tunnel((bytes) => far.send({ type: 'input', bytes }), { ready: () => (ready = true) });
  const pushed = far.output.stdout.push.bind(far.output.stdout);
  far.output.stdout.push = (...pieces) => {
    for (const piece of pieces) tunnel.receive(Uint8Array.from(piece));
    return pushed();
  };
  await until(() => executor.size === 1, 'the run');
  live.attach(id, far.stream);
  await until(() => ready, 'the tunnel');
  t.teardown(() => executor.stop());
  return { tunnel, end: () => (far.send({ type: 'input-end' }), ending) };
}

/** Writes it all, ends, and resolves with all that came back. */
function exchange(connection: TunnelConnection, bytes: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const got: Uint8Array[] = [];
    let at = 0;
    const pump = (): void => {
      while (at < bytes.byteLength) {
        const piece = bytes.subarray(at, at + 50_000);
        at += piece.byteLength;
        if (!connection.write(piece)) return;
      }
      connection.end();
    };
    connection.listen({
      data: (piece) => {
        got.push(piece);
        connection.take(piece.byteLength);
      },
      ended: () => resolve(Buffer.concat(got)),
      drained: pump,
      reset: reject,
    });
    pump();
  });
}

function brokenBy(connection: TunnelConnection): Promise<string> {
  return new Promise((resolve) => connection.listen({ data: () => undefined, ended: () => resolve('ended'), drained: () => undefined, reset: resolve }));
}

async function serving(t: ExecutionContext, serve: (socket: Socket) => void): Promise<number> {
  const { server, port } = await listening(serve);
  t.teardown(() => server.close());
  return port;
}

function listening(serve: (socket: Socket) => void = () => undefined): Promise<{ server: Server; port: number }> {
  const server = createServer({ allowHalfOpen: true }, serve);
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve({ server, port: (server.address() as { port: number }).port }));
  });
}
