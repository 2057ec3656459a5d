import { createHash } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { isRunning, makeWorkshop } from './support.ts';

const { run, executor } = makeWorkshop();
const folder = mkdtempSync(join(tmpdir(), 'behest-children-'));
test.after.always(async () => {
  await executor.stop();
  rmSync(folder, { recursive: true });
});

const shell = (command: string, more: Record<string, unknown> = {}) => run('shell.execute', { command, ...more });

test('a command succeeds with its output and exit code 0', async (t) => {
  const { ending, stdout, stderr } = await shell('echo hi; echo no >&2');
  t.is(ending.status, 'succeeded');
  t.deepEqual(ending.result, { exitCode: 0, signal: null });
  t.is(stdout.toString(), 'hi\n');
  t.is(stderr.toString(), 'no\n');
  t.deepEqual(ending.output?.stdout, { bytes: 3, kept: 3, digest: createHash('sha256').update('hi\n').digest('base64url') });
});

test('an exit code other than 0 is a failure that carries the code', async (t) => {
  const { ending } = await shell('exit 37');
  t.is(ending.status, 'failed');
  t.is(ending.code, 'exit-nonzero');
  t.deepEqual(ending.result, { exitCode: 37, signal: null });
});

test('the signal that ended a program is named', async (t) => {
  const { ending } = await shell('kill -SEGV $$');
  t.is(ending.code, 'killed-by-signal');
  t.deepEqual(ending.result, { exitCode: null, signal: 'SIGSEGV' });
});

test('binary output arrives whole', async (t) => {
  const { ending, stdout } = await run('process.execute', { program: 'node', args: ['-e', 'process.stdout.write(Buffer.from(Array.from({length:300000},(_, i)=>i*7&255)))'] });
  const expected = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * 7) & 255));
  t.true(stdout.equals(expected));
  t.is(ending.output?.stdout.digest, createHash('sha256').update(expected).digest('base64url'));
});

test('output beyond the limit is counted and cut', async (t) => {
  const { ending, stdout } = await shell('head -c 3000000 /dev/zero');
  t.is(ending.status, 'succeeded');
  t.deepEqual([ending.output?.stdout.bytes, ending.output?.stdout.kept, stdout.byteLength], [3_000_000, 1_048_576, 1_048_576]);
});

test('an endless output is cut where it is kept, and ends with the time limit', async (t) => {
  const { ending, stdout } = await run('shell.execute', { command: 'yes endless' }, { timeoutMs: 1500 });
  t.deepEqual([ending.status, ending.code], ['failed', 'time-limit']);
  t.is(stdout.byteLength, 1_048_576);
  t.is(ending.output?.stdout.kept, 1_048_576);
  t.true((ending.output?.stdout.bytes ?? 0) > 1_048_576);
});

test('a program that ignores SIGTERM is ended by force when its time is up, with all it started', async (t) => {
  const { ending, stdout } = await run('shell.execute', { command: `trap '' TERM; (trap '' TERM; exec sleep 300) & echo $! $$; while :; do sleep 300; done` }, { timeoutMs: 1000 });
  t.is(ending.code, 'time-limit');
  const pids = stdout.toString().trim().split(' ').map(Number);
  t.is(pids.length, 2);
  for (const pid of pids) t.false(isRunning(pid), String(pid));
});

test('standard input, environment and working directory reach the program', async (t) => {
  const { stdout } = await shell('cat; pwd; echo "$GREETING"; echo "$BEHEST_DIRECTIVE" | wc -c', { stdin: 'typed\n', environment: { GREETING: 'grüß' }, workingDirectory: '/usr' });
  t.is(stdout.toString(), 'typed\n/usr\ngrüß\n33\n');
});

test('a program that never reads a large input ends in good order', async (t) => {
  const { ending } = await shell('exit 0', { stdin: 'x'.repeat(131_072) });
  t.is(ending.status, 'succeeded');
});

test('arguments reach a program untouched by any shell', async (t) => {
  const args = ['-e', 'process.stdout.write(JSON.stringify(process.argv.slice(1)))', 'a b', '$HOME', '*', '"; rm -rf /', ''];
  const { stdout } = await run('process.execute', { program: 'node', args });
  t.deepEqual(JSON.parse(stdout.toString()), args.slice(2));
});

for (const [what, params, code] of [
  ['a missing program', { program: '/nonexistent/program' }, 'not-found'],
  ['a missing name', { program: 'no-such-program-anywhere' }, 'not-found'],
  ['a missing working directory', { program: 'ls', workingDirectory: '/nonexistent' }, 'not-found'],
  ['a directory', { program: '/tmp' }, 'not-a-file'],
  ['a file that is not marked as runnable', { program: '/etc/passwd' }, 'not-permitted'],
] as const) {
  test(`${what} is ${code}`, async (t) => {
    const { ending } = await run('process.execute', params);
    t.deepEqual([ending.status, ending.code], ['failed', code]);
  });
}

test('file.execute runs a script and refuses what is not an ordinary runnable file', async (t) => {
  const script = join(folder, 'script');
  writeFileSync(script, '#!/bin/sh\necho "$1"\n');
  t.is((await run('file.execute', { path: script })).ending.code, 'not-permitted');
  chmodSync(script, 0o755);
  t.is((await run('file.execute', { path: script, args: ['given'] })).stdout.toString(), 'given\n');
  t.is((await run('file.execute', { path: folder })).ending.code, 'not-a-file');
  t.is((await run('file.execute', { path: '/dev/null' })).ending.code, 'not-a-file');
  t.is((await run('file.execute', { path: join(folder, 'absent') })).ending.code, 'not-found');
});

test('a daemon that keeps the pipes does not hold the answer, and lives on', async (t) => {
  const began = performance.now();
  const { ending, stdout } = await shell('sleep 20 & echo $!');
  t.is(ending.status, 'succeeded');
  t.true(performance.now() - began < 8000);
  t.notThrows(() => process.kill(Number(stdout.toString()), 'SIGKILL'));
});

test('the tail of the output is not lost on a reader slower than the wait for the pipes', async (t) => {
  let taken = 0;
  const { ending } = await run('shell.execute', { command: 'head -c 900000 /dev/zero' }, {
    output: async (_, chunk) => {
      taken += chunk.byteLength;
      // each piece takes longer than the one before; the program is long gone when the last one is read
      await new Promise((resolve) => {
        setTimeout(resolve, 20 * (taken / 32_768));
      });
    },
  });
  t.deepEqual([ending.output?.stdout.kept, taken], [900_000, 900_000]);
});
