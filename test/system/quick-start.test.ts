import { chmodSync, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import test from 'ava';
import { behest, eventually, isAlive, startByNpm, startQuickly } from '../support/behest.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

test.serial('from nothing to a machine on line, and again from what is there', async (t) => {
  const data = join(await temporaryFolder(t), 'data');
  const first = await startQuickly(data);
  t.deepEqual(Object.keys(first.ready), ['ready', 'url', 'signInUrl', 'agentId', 'ownerFingerprint']);
  t.regex(first.ready.url, /^https:\/\/localhost:\d+$/);
  t.true(first.ready.signInUrl.startsWith(`${first.ready.url}/#/welcome/`));
  t.is(statSync(join(data, 'owner/owner-key.pem')).mode & 0o777, 0o600);
  t.is(statSync(join(data, 'profile.json')).mode & 0o777, 0o600);
  const [machine] = JSON.parse((await behest(data, ['agents', '--json'])).stdout.toString());
  t.is(machine.id, first.ready.agentId);
  t.true(machine.online);

  const ended = await first.stop('SIGTERM');
  t.is(ended.code, 0);
  t.deepEqual(ended.stdout.toString().trim().split('\n').length, 1, 'one line on standard output');

  const second = await startQuickly(data);
  t.log(`first start ${Math.round(first.readyAfterMs)} ms, second ${Math.round(second.readyAfterMs)} ms`);
  t.is(second.ready.agentId, first.ready.agentId);
  t.is(second.ready.ownerFingerprint, first.ready.ownerFingerprint);
  t.is(second.ready.url, first.ready.url);
  t.not(second.ready.signInUrl, first.ready.signInUrl);
  t.is((await second.stop('SIGINT')).code, 0);
});

test.serial('SIGTERM ends every process within five seconds', async (t) => {
  const running = await startQuickly(await temporaryFolder(t));
  const below = running.descendants();
  t.true(below.length >= 2, 'intermediary and agent');
  const askedMs = performance.now();
  t.is((await running.stop('SIGTERM')).code, 0);
  t.true(performance.now() - askedMs < 5000);
  t.deepEqual(below.filter(isAlive), []);
});

test.serial('killed outright, it leaves no process behind', async (t) => {
  const running = await startQuickly(await temporaryFolder(t));
  const below = running.descendants();
  t.true(below.length >= 2);
  await running.stop('SIGKILL');
  await eventually(() => below.every((pid) => !isAlive(pid)));
  t.pass();
});

for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
  test.serial(`npm start ended by ${signal} to npm itself leaves no process behind`, async (t) => {
    const npm = await startByNpm(await temporaryFolder(t));
    const below = npm.descendants();
    t.true(below.length >= 3, 'quick start, intermediary and agent');
    npm.child.kill(signal);
    await eventually(() => below.every((pid) => !isAlive(pid)), 5000);
    t.pass();
  });
}

test.serial('one quick start at a time in one folder', async (t) => {
  const data = await temporaryFolder(t);
  const running = await startQuickly(data);
  const other = await behest(data, ['start', '--port', '0']);
  t.is(other.code, 1);
  t.regex(other.stderr, /^error\[data-locked\]: /);
  t.is((await behest(data, ['agents'])).code, 0, 'the first one is not disturbed');
  await running.stop();
});

test.serial('without an agent on this machine', async (t) => {
  const data = await temporaryFolder(t);
  const running = await startQuickly(data, ['--no-agent']);
  t.is(running.ready.agentId, undefined as never);
  t.is((await behest(data, ['agents', '--json'])).stdout.toString().trim(), '[]');
  await running.stop();
});

test('a used port is said in one line, and nothing is half-made', async (t) => {
  const data = join(await temporaryFolder(t), 'data');
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, resolve));
  t.teardown(() => server.close());
  const { port } = server.address() as AddressInfo;
  const refused = await behest(data, ['start', '--port', String(port)]);
  t.is(refused.code, 1);
  t.regex(refused.stderr, /^error\[port-in-use\]: .*\n {4}.*\n$/);
  t.is(refused.stdout.toString(), '');
  t.false(existsSync(data));
});

test('a folder that cannot be written is said in one line', async (t) => {
  const file = join(await temporaryFolder(t), 'file');
  writeFileSync(file, '');
  const refused = await behest(join(file, 'data'), ['start', '--port', '0']);
  t.is(refused.code, 1);
  t.regex(refused.stderr, /^error\[data-unwritable\]: .*\n {4}.*\n$/);
  if (process.getuid?.() === 0) return;
  const locked = join(await temporaryFolder(t), 'locked');
  mkdirSync(locked);
  chmodSync(locked, 0o500);
  t.regex((await behest(locked, ['start', '--port', '0'])).stderr, /^error\[data-unwritable\]/);
});

test.serial('a damaged database is said in one line and left as it is', async (t) => {
  const data = await temporaryFolder(t);
  await (await startQuickly(data, ['--no-agent'])).stop();
  const folder = join(data, 'intermediary');
  const database = readdirSync(folder).find((name) => name.endsWith('.db') && statSync(join(folder, name)).size > 0);
  t.truthy(database);
  const damage = 'this is not a database at all '.repeat(400);
  writeFileSync(join(folder, database ?? ''), damage);
  for (const tail of ['-wal', '-shm']) if (existsSync(join(folder, `${database}${tail}`))) writeFileSync(join(folder, `${database}${tail}`), '');
  const refused = await behest(data, ['start', '--no-agent']);
  t.is(refused.code, 1);
  t.regex(refused.stderr, /^error\[store-damaged\]: /m);
  t.is(statSync(join(folder, database ?? '')).size, damage.length);
  t.true(existsSync(join(data, 'owner/owner-key.pem')), 'what was there before stays');
});
