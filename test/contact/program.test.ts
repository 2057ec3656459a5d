import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { base64Url } from '../../protocol/bytes.ts';
import { encodeEnrolment } from '../../protocol/statements/enrolment.ts';
import { until } from '../execution/support.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const main = fileURLToPath(new URL('../../agent/main.ts', import.meta.url));

/** Starts behest-agent; `ended` has its exit code, and `text` all it wrote. */
function start(...args: string[]) {
  return startWith({}, ...args);
}

function startWith(more: Record<string, string>, ...args: string[]) {
  const child = spawn(process.execPath, [main, ...args], { env: { ...process.env, ...more } });
  const text = { stdout: '', stderr: '' };
  child.stdout.on('data', (data: Buffer) => (text.stdout += data.toString()));
  child.stderr.on('data', (data: Buffer) => (text.stderr += data.toString()));
  const ended = new Promise<number | null>((resolve) => {
    child.once('close', resolve);
  });
  return { child, text, ended };
}

/** A string that is in order, for an intermediary that is not there. */
function enrolment(): string {
  const bytes = base64Url(new Uint8Array(32).fill(9));
  return encodeEnrolment({ addresses: ['127.0.0.1:9'], key: bytes, rootDigest: 'a'.repeat(64), site: 'home', enrolmentId: 'b'.repeat(32), secret: bytes, notAfter: Math.floor(Date.now() / 1000) + 600, uses: 1 });
}

for (const [command, text] of [['--help', 'status'], ['run --help', '--exit-with-parent'], ['status --help', 'Example']] as const) {
  test.serial(`${command} shows help and succeeds`, async (t) => {
    const agent = start(...command.split(' '));
    t.is(await agent.ended, 0);
    t.true(agent.text.stdout.includes(text));
  });
}

test.serial('what is wrong is said in one line with its code and advice, and nothing is half made', async (t) => {
  const folder = join(await temporaryFolder(t), 'data');
  for (const [args, code] of [[['run'], 'not-enrolled'], [['run', '--enrol', 'behest1.nonsense'], 'enrolment-malformed'], [['run', '--enrol-file', '/nowhere/at/all'], 'usage'], [['run', '--enrol', 'a', '--enrol-file', 'b'], 'usage'], [['run', '--enrol-file', '-', '--exit-with-parent'], 'usage'], [['status'], 'not-enrolled']] as const) {
    const agent = start(...args, '--data', folder);
    t.is(await agent.ended, 1);
    t.regex(agent.text.stderr, new RegExp(`^error\\[${code}\\]: .+\n  .+\n  .+\n$`));
    t.false(existsSync(folder));
  }
});

test.serial('an enrolment string from a file, from standard input or from the environment is taken, and never shows', async (t) => {
  const folder = await temporaryFolder(t);
  const file = join(folder, 'string');
  writeFileSync(file, `${enrolment()}\n`, { mode: 0o600 });
  const ways = [
    startWith({ BEHEST_ENROL: enrolment() }, 'run', '--data', join(folder, 'a')),
    start('run', '--enrol-file', file, '--data', join(folder, 'b')),
    start('run', '--enrol-file', '-', '--data', join(folder, 'c')),
  ];
  ways[2]?.child.stdin?.end(enrolment());
  for (const agent of ways) {
    await until(() => agent.text.stderr.includes('attempt failed'), 'the first attempt', 60_000);
    t.false(readFileSync(`/proc/${agent.child.pid}/cmdline`, 'utf8').includes('behest1.'));
    agent.child.kill('SIGTERM');
    t.is(await agent.ended, 0);
  }
});

test.serial('the agent runs with nobody there, says so in its status, keeps its folder for itself, and ends when told', async (t) => {
  const folder = await temporaryFolder(t);
  const agent = start('run', '--enrol', enrolment(), '--data', folder);
  await until(() => agent.text.stderr.includes('attempt failed'), 'the first attempt', 60_000);
  const second = start('run', '--data', folder);
  t.is(await second.ended, 1);
  t.true(second.text.stderr.startsWith('error[data-locked]'));
  const status = start('status', '--data', folder, '--json');
  t.is(await status.ended, 0);
  t.is(JSON.parse(status.text.stdout).failedAttempts[0].code, 'unreachable');
  agent.child.kill('SIGTERM');
  t.is(await agent.ended, 0);
  const after = start('status', '--data', folder);
  await after.ended;
  t.regex(after.text.stdout, /state +stopped/);
});

test.serial('with --exit-with-parent it ends with its standard input', async (t) => {
  const agent = start('run', '--enrol', enrolment(), '--data', await temporaryFolder(t), '--exit-with-parent');
  await until(() => agent.text.stderr.includes('attempt failed'), 'the first attempt', 60_000);
  agent.child.stdin.end();
  t.is(await agent.ended, 0);
});

test.serial('the log holds no secret of the enrolment', async (t) => {
  const agent = start('run', '--enrol', enrolment(), '--data', await temporaryFolder(t), '--log-level', 'debug');
  await until(() => agent.text.stderr.includes('attempt failed'), 'the first attempt', 60_000);
  agent.child.kill('SIGTERM');
  await agent.ended;
  t.false(agent.text.stderr.includes(base64Url(new Uint8Array(32).fill(9)).slice(0, 20)));
});
