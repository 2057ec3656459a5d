/** The program itself: its commands, what it prints, how it ends, and how it says that it cannot begin. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { WebSocket } from 'ws';
import { signStatement } from '../../protocol/statements/dsse.ts';
import { toJson } from '../../protocol/statements/envelope-json.ts';
import { policyType } from '../../protocol/statements/policy.ts';
import { rootType } from '../../protocol/statements/root.ts';
import { firstPolicy, owner } from '../support/relay.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const program = join(import.meta.dirname, '..', '..', 'intermediary', 'main.ts');

type Running = { readonly child: ChildProcess; readonly line: Promise<string>; readonly ended: Promise<{ code: number | null; out: string; err: string }> };

function start(t: ExecutionContext, ...args: string[]): Running {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
  t.teardown(() => child.kill('SIGKILL'));
  let [out, err] = ['', ''];
  const line = Promise.withResolvers<string>();
  child.stdout.on('data', (chunk) => {
    out += String(chunk);
    if (out.includes('\n')) line.resolve(out);
  });
  child.stderr.on('data', (chunk) => (err += String(chunk)));
  const ended = new Promise<{ code: number | null; out: string; err: string }>((resolve) => child.once('close', (code) => resolve({ code, out, err })));
  void ended.then((end) => line.resolve(`ended: ${end.err}`));
  return { child, line: line.promise, ended };
}

/** A data folder with keys, and the owner's statements over them. */
async function founded(t: ExecutionContext): Promise<{ data: string; first: string[] }> {
  const folder = await temporaryFolder(t);
  const data = join(folder, 'data');
  const { out } = await start(t, 'init', '--data', data, '--port', '9443').ended;
  const { key, authority, addresses } = JSON.parse(out);
  t.deepEqual(addresses, ['localhost:9443']);
  t.regex(authority, /^-----BEGIN CERTIFICATE-----/);
  const root = { version: 1, issuedAt: 1, owners: [owner.publicKey], threshold: 1, intermediary: { key, addresses } };
  writeFileSync(join(folder, 'root.json'), toJson(await signStatement(rootType, root, [owner])));
  writeFileSync(join(folder, 'policy.json'), toJson(await signStatement(policyType, firstPolicy(Date.now()), [owner])));
  return { data, first: ['--root', join(folder, 'root.json'), '--policy', join(folder, 'policy.json')] };
}

function run(t: ExecutionContext, data: string, ...more: string[]): Running {
  return start(t, 'run', '--data', data, '--port', '0', '--json', '--log-level', 'error', ...more);
}

test('it says when it answers, holds its folder alone, and ends when told or when its parent has gone', async (t) => {
  const { data, first } = await founded(t);
  const running = run(t, data, ...first);
  t.regex(await running.line, /^\{"listening":true,"url":"https:\/\/localhost:\d+"\}\n$/);
  const second = await run(t, data).ended;
  t.is(second.code, 1);
  t.regex(second.err, /^error\[data-locked\]: .*\n {4}.*\n$/);
  running.child.kill('SIGTERM');
  t.is((await running.ended).code, 0);
  const again = run(t, data, '--exit-with-parent');
  t.regex(await again.line, /listening/);
  again.child.stdin?.end();
  t.is((await again.ended).code, 0);
});

test('it ends in good order though a peer holds its socket open and does not answer', async (t) => {
  const { data, first } = await founded(t);
  const running = run(t, data, ...first);
  const { url } = JSON.parse(await running.line);
  const socket = new WebSocket(`${url.replace('https', 'wss')}/agent`, { rejectUnauthorized: false });
  t.teardown(() => socket.terminate());
  await new Promise((resolve) => socket.once('open', resolve));
  socket.pause();
  running.child.kill('SIGTERM');
  t.is((await running.ended).code, 0);
});

test('killed outright it starts again', async (t) => {
  const { data, first } = await founded(t);
  const running = run(t, data, ...first);
  await running.line;
  running.child.kill('SIGKILL');
  await running.ended;
  t.regex(await run(t, data).line, /listening/);
});

test('what it cannot begin with it says in one line', async (t) => {
  const { data, first } = await founded(t);
  const codeOf = async (running: Running): Promise<string> => {
    const { code, err, out } = await running.ended;
    t.is(code, 1, err);
    t.is(out, '');
    return /^error\[([a-z-]+)\]/.exec(err)?.[1] ?? err;
  };
  t.is(await codeOf(run(t, data)), 'usage');
  t.is(await codeOf(run(t, data, '--root', '/nowhere/root.json', '--policy', '/nowhere/policy.json')), 'not-found');
  t.is(await codeOf(run(t, data, '--root', first[3] ?? '', '--policy', first[1] ?? '')), 'statement-type-unknown');
  const taken = createServer().listen(0, '127.0.0.1');
  t.teardown(() => taken.close());
  await new Promise((resolve) => taken.once('listening', resolve));
  const { port } = taken.address() as AddressInfo;
  t.is(await codeOf(start(t, 'run', '--data', data, '--port', String(port), '--log-level', 'silent', ...first)), 'port-in-use');
  t.is(await codeOf(run(t, '/dev/null/data')), 'data-unwritable');
  writeFileSync(join(data, 'intermediary.db'), 'x'.repeat(5000));
  t.is(await codeOf(run(t, data)), 'store-damaged');
});

test('a store by a newer program is left alone', async (t) => {
  const { data, first } = await founded(t);
  const running = run(t, data, ...first);
  await running.line;
  running.child.kill('SIGTERM');
  await running.ended;
  const { DatabaseSync } = await import('node:sqlite');
  const database = new DatabaseSync(join(data, 'intermediary.db'));
  database.exec(`insert into kysely_migration values ('9-future', '2030-01-01')`);
  database.close();
  t.regex((await run(t, data).ended).err, /^error\[store-too-new\]/);
});

test('help names every option and shows how to begin', async (t) => {
  for (const args of [['--help'], ['run', '--help'], ['init', '--help']]) {
    const { code, out } = await start(t, ...args).ended;
    t.is(code, 0);
    t.regex(out, /Usage: behest-intermediary/);
  }
  const { code, err } = await start(t, 'run').ended;
  t.is(code, 1);
  t.regex(err, /--data/);
});
