/**
 * `behest tunnel` through a whole system: a page with many parts, a transfer each way, what the policy refuses, a cut.
 */
import { randomBytes } from 'node:crypto';
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { join } from 'node:path';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { behest, behestMain, startQuickly } from '../support/behest.ts';
import type { QuickStart } from '../support/behest.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const blob = randomBytes(8_000_000);

test('ports here lead to what the machine reaches, many connections under one directive each', async (t) => {
  t.timeout(120_000);
  const { data, machine } = await world(t);
  const first = await page(t, 'first');
  const second = await page(t, 'second');
  const { ports, leave } = await tunnel(t, data, [machine, `0:localhost:${first}`, '-L', `0:127.0.0.1:${second}`]);
  const parts = await Promise.all(Array.from({ length: 20 }, async (_, number) => (await fetch(`http://127.0.0.1:${ports[0]}/${number}`)).text()));
  t.deepEqual(parts, Array.from({ length: 20 }, (_, number) => `first /${number}`));
  t.is(await (await fetch(`http://127.0.0.1:${ports[1]}/x`)).text(), 'second /x');
  const began = performance.now();
  const down = Buffer.from(await (await fetch(`http://127.0.0.1:${ports[0]}/blob`)).arrayBuffer());
  t.true(down.equals(blob));
  t.log(`${blob.byteLength / 1e6} MB down in ${Math.round(performance.now() - began)} ms`);
  const up = await fetch(`http://127.0.0.1:${ports[0]}/back`, { method: 'POST', body: blob });
  t.true(Buffer.from(await up.arrayBuffer()).equals(blob));
  t.is(await leave(), 0);
  const work = (await behest(data, ['directives'])).stdout.toString();
  t.is(work.match(/tunnel\.open .* succeeded/g)?.length, 2, work);
});

test('where a tunnel may not lead, the command says so and opens nothing', async (t) => {
  t.timeout(120_000);
  const { data, machine } = await world(t);
  const denied = await behest(data, ['tunnel', machine, '192.0.2.1:80']);
  t.is(denied.code, 1);
  t.regex(denied.stderr, /error\[tunnel-denied\]: 192\.0\.2\.1 port 80/);
  t.is(denied.stdout.toString(), '');
  const nowhere = await behest(data, ['tunnel', machine, 'a b']);
  t.regex(nowhere.stderr, /error\[usage\]/);
});

async function world(t: ExecutionContext): Promise<{ data: string; machine: string; started: QuickStart }> {
  const data = join(await temporaryFolder(t), 'data');
  const started = await startQuickly(data);
  t.teardown(() => started.stop());
  return { data, started, machine: started.ready.agentId };
}

/** Starts the command; resolves when all its ports lead somewhere. */
async function tunnel(t: ExecutionContext, data: string, args: readonly string[]): Promise<{ ports: string[]; leave(): Promise<number | null> }> {
  const child = spawn(process.execPath, [behestMain, 'tunnel', ...args], { env: { ...process.env, BEHEST_DATA: data }, stdio: ['ignore', 'pipe', 'inherit'] });
  t.teardown(() => child.kill('SIGKILL'));
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  const wanted = args.length - 1 - args.filter((arg) => arg === '-L').length;
  let said = '';
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (bytes) => {
      said += String(bytes);
      if (said.split('\n').length > wanted) resolve();
    });
    child.on('close', () => reject(new Error(`behest tunnel ended: ${said}`)));
  });
  const ports = [...said.matchAll(/^127\.0\.0\.1:(\d+) leads to (\S+)/gm)].sort((left, right) => order(args, left[2]) - order(args, right[2]));
  return { ports: ports.map(([, port]) => port!), leave: () => (child.kill('SIGINT'), ended) };
}

/** Tunnels open in no order. */
function order(args: readonly string[], where = ''): number {
  return args.findIndex((arg) => arg.endsWith(where));
}

async function page(t: ExecutionContext, name: string): Promise<number> {
  const server: Server = createServer((request, response) => {
    if (request.url === '/blob') response.end(blob);
    else if (request.url === '/back') request.pipe(response);
    else response.end(`${name} ${request.url}`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  return (server.address() as { port: number }).port;
}
