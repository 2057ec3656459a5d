import { createHash, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { LiveRuns } from '../../agent/execution/live-runs.ts';
import { Spawner } from '../../agent/execution/spawner/client.ts';
import type { Program } from '../../agent/execution/program.ts';
import { systemClock } from '../../protocol/clock.ts';
import { limits } from '../../protocol/limits.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { answerInClear, TestConsole } from './live-support.ts';
import { isRunning, newId, until } from './support.ts';

const spawner = new Spawner({ clock: systemClock, idleMs: 30_000 });
const runs = new LiveRuns({ clock: systemClock, spawner, answer: answerInClear, firstConsoleMs: 300 });
// the clock's timers let a process end that only waits; a test must not
const alive = setInterval(() => undefined, 60_000);
test.after.always(async () => {
  clearInterval(alive);
  await runs.close();
  spawner.close();
});

function start(program: Program) {
  const id = newId();
  const abort = new AbortController();
  const ended = runs.run({ id, streamKey: 'AA' }, program, abort.signal);
  return { id, abort, ended };
}

/** A run with its first console, once that is welcome. */
async function attached(program: Program) {
  const run = start(program);
  const console = new TestConsole();
  runs.attach(run.id, console.stream);
  await until(() => console.welcome !== undefined, 'the welcome');
  return { ...run, console };
}

const cat: Program = { file: 'cat', args: [] };
const shell = (command: string): Program => ({ file: '/bin/sh', args: ['-c', command] });
const terminal = (program: Program, columns = 80, rows = 24): Program => ({ ...program, terminal: { columns, rows } });

test('standard input goes to its end, both outputs come back, and the exit code', async (t) => {
  const { console, ended } = await attached(shell('cat; echo oops >&2; exit 5'));
  console.type('one\n');
  console.type('two\n');
  console.send({ type: 'input-end' });
  const { outcome, output } = await ended;
  await until(() => console.streamEnded, 'the end of the stream');
  t.is(console.text, 'one\ntwo\n');
  t.is(Buffer.concat(console.output.stderr).toString(), 'oops\n');
  t.deepEqual(console.exit, { exitCode: 5, signal: null });
  t.true(console.outputEnded);
  t.is(console.inputTaken, 8);
  t.true(!outcome.ok && outcome.code === 'exit-nonzero');
  t.is(output?.stdout.bytes, 8);
});

test('50 MB go in and come out unaltered', async (t) => {
  const { console, ended } = await attached(cat);
  const sent = createHash('sha256');
  const total = 50_000_000;
  for (let offset = 0; offset < total; offset += 50_000) {
    const chunk = randomBytes(50_000);
    sent.update(chunk);
    console.send({ type: 'input', bytes: chunk });
    await until(() => offset + 50_000 - console.inputTaken < 262_144, 'room for input');
  }
  console.send({ type: 'input-end' });
  await ended;
  await until(() => console.exit !== undefined, 'the exit');
  const received = createHash('sha256');
  for (const piece of console.output.stdout) received.update(piece);
  t.is(console.receivedBytes, total);
  t.is(received.digest('hex'), sent.digest('hex'));
});

test('a signal reaches the program', async (t) => {
  const { console, ended } = await attached(shell('trap "echo int; exit 9" INT; echo ready; while :; do sleep 0.05; done'));
  await console.sees('ready');
  console.send({ type: 'signal', name: 'NO-SUCH-SIGNAL' });
  console.send({ type: 'signal', name: 'SIGINT' });
  const { outcome } = await ended;
  t.true(!outcome.ok && outcome.code === 'exit-nonzero');
  await console.sees('int');
});

test('a program on pipes waits for its first console, but not for ever', async (t) => {
  const began = performance.now();
  const { outcome } = await start(shell('exit 0')).ended;
  t.true(outcome.ok && performance.now() - began >= 290);
});

test('a console that does not read holds the program up, and nothing is lost', async (t) => {
  const { console, ended } = await attached(shell('head -c 5000000 /dev/zero; echo end'));
  console.taking = false;
  await until(() => console.untaken >= limits.streamCreditBytes, 'the window to fill');
  const held = console.untaken;
  await new Promise((resolve) => {
    setTimeout(resolve, 300);
  });
  t.is(console.untaken, held);
  console.taking = true;
  console.takeAll();
  await ended;
  await console.sees('end');
  t.is(console.receivedBytes, 5_000_004);
});

test('output goes on at its offset after a cut, and input counts what had arrived', async (t) => {
  const { id, console, ended } = await attached(shell('read first; echo "$first"; i=0; while [ $i -lt 50000 ]; do echo "line $i"; i=$((i+1)); done; read last; echo "$last"'));
  console.type('begin\n');
  await until(() => console.receivedBytes > 100_000, 'the first part');
  console.cut();
  const second = new TestConsole(console.receivedBytes);
  runs.attach(id, second.stream);
  await until(() => second.welcome !== undefined, 'the second welcome');
  t.deepEqual(second.welcome, { inputReceived: 6, outputFrom: console.receivedBytes });
  second.type('done\n');
  await ended;
  await second.sees('done');
  const expected = ['begin', ...Array.from({ length: 50_000 }, (_, index) => `line ${index}`), 'done', ''].join('\n');
  t.true(console.text + second.text === expected);
});

test('a console that comes after the end still gets the last output', async (t) => {
  const sign = join(await temporaryFolder(t), 'sign');
  const { id, console, ended } = await attached(shell(`echo first; until [ -e ${sign} ]; do sleep 0.01; done; echo last`));
  await console.sees('first');
  console.cut();
  writeFileSync(sign, '');
  const { outcome } = await ended;
  t.true(outcome.ok);
  const late = new TestConsole(6);
  runs.attach(id, late.stream);
  await late.sees('last');
  await until(() => late.exit !== undefined, 'the exit');
  t.is(late.text, 'last\n');
});

test('a run whose console has all of it, the end included, is forgotten at once', async (t) => {
  const { id, console, ended } = await attached(shell('echo all'));
  await ended;
  await until(() => console.streamEnded, 'the end to be taken');
  const late = new TestConsole();
  runs.attach(id, late.stream);
  t.is(late.reset, 'stream-unknown');
});

test('what came behind the window of the pipes is there for a console that comes back, to the byte', async (t) => {
  const { id, console, ended } = await attached(shell(`head -c ${limits.streamCreditBytes - 144} /dev/zero; head -c 70000 /dev/zero >&2 & head -c 70000 /dev/zero; wait`));
  console.taking = false;
  await until(() => console.untaken >= limits.streamCreditBytes, 'the window to fill');
  console.cut();
  const second = new TestConsole(0);
  runs.attach(id, second.stream);
  await ended;
  await until(() => second.exit !== undefined, 'the exit');
  t.is(second.welcome?.outputFrom, 0);
  t.is(second.receivedBytes, limits.streamCreditBytes - 144 + 140_000);
});

test('a reader that is slow has all the time it needs, also past the end', async (t) => {
  const waiting = new ManualClock();
  const patient = new LiveRuns({ clock: waiting, spawner, answer: answerInClear });
  const id = newId();
  const ended = patient.run({ id, streamKey: 'AA' }, shell('head -c 250000 /dev/zero'), new AbortController().signal);
  const console = new TestConsole();
  console.taking = false;
  patient.attach(id, console.stream);
  await ended;
  await until(() => console.exit !== undefined, 'the exit');
  waiting.advance(3 * limits.resumeWithinMs);
  t.is(console.reset, undefined);
  t.is(console.receivedBytes, 250_000);
  console.cut();
  t.true(patient.areAwaited);
  waiting.advance(limits.resumeWithinMs - 1);
  t.true(patient.areAwaited);
  waiting.advance(1);
  t.false(patient.areAwaited);
  const late = new TestConsole(console.receivedBytes);
  patient.attach(id, late.stream);
  t.is(late.reset, 'stream-unknown');
});

test('what is being ended is not held up by a console that does not read, and that console is told what is missing', async (t) => {
  const { id, console, abort, ended } = await attached(shell('trap "" TERM; yes'));
  console.taking = false;
  await until(() => console.untaken >= limits.streamCreditBytes, 'the window to fill');
  abort.abort('time-limit');
  t.false((await ended).outcome.ok);
  await until(() => console.reset !== undefined, 'the console to be sent away');
  const second = new TestConsole(console.receivedBytes);
  runs.attach(id, second.stream);
  await until(() => second.exit !== undefined, 'the exit');
  t.true((second.welcome?.outputFrom ?? 0) > console.receivedBytes);
});

test('a run that is not there resets the stream', (t) => {
  const console = new TestConsole();
  runs.attach(newId(), console.stream);
  t.is(console.reset, 'stream-unknown');
});

test('a missing program is not-found, and the console hears the end', async (t) => {
  const { console, ended } = await attached({ file: 'no-such-program', args: [] });
  const { outcome } = await ended;
  t.true(!outcome.ok && outcome.code === 'not-found');
  await until(() => console.exit !== undefined, 'the end');
});

test('a terminal has its size, takes another, and gives its exit code', async (t) => {
  const { console, ended } = await attached(terminal(shell('stty size; read x; stty size; exit 4'), 100, 30));
  await console.sees('30 100');
  console.send({ type: 'resize', columns: 132, rows: 50 });
  console.type('\n');
  await console.sees('50 132');
  const { outcome } = await ended;
  t.deepEqual(!outcome.ok && 'result' in outcome ? outcome.result : undefined, { exitCode: 4, signal: null });
});

test('a terminal goes on without a console and keeps its last output for the next', async (t) => {
  const { id, console, abort, ended } = await attached(terminal(shell('echo before; read x; seq 1 100000; echo after; read y')));
  await console.sees('before');
  console.type('\n');
  await until(() => console.inputTaken === 1, 'the input to arrive');
  console.cut();
  const second = new TestConsole();
  runs.attach(id, second.stream);
  await second.sees('after');
  t.true(second.text.endsWith('after\r\n'));
  abort.abort('cancelled');
  t.false((await ended).outcome.ok);
});

test('a terminal has its whole last output when its console comes back in the midst of it', async (t) => {
  const { id, console, abort, ended } = await attached(terminal(shell('seq 1 2000000; echo after; read y')));
  for (let attachment = console, round = 0; round < 20; round += 1) {
    await until(() => attachment.receivedBytes > 0 || attachment.untaken > 0, 'some output');
    attachment.cut();
    attachment = new TestConsole();
    runs.attach(id, attachment.stream);
    await until(() => (attachment.welcome?.outputFrom ?? -1) >= 0 && attachment.text.length > 300_000, 'the window and more');
    const lines = attachment.text.split('\r\n').slice(1, -1).map(Number);
    t.true(lines.every((line, index) => index === 0 || line === (lines[index - 1] ?? 0) + 1), 'without a gap');
  }
  abort.abort('cancelled');
  await ended;
});

test('a terminal with a missing program is not-found', async (t) => {
  const { outcome } = await start(terminal({ file: 'no-such-program', args: [] })).ended;
  t.true(!outcome.ok && outcome.code === 'not-found');
});

test('cancel ends a terminal with what it runs', async (t) => {
  const { console, abort, ended } = await attached(terminal(shell('sleep 310 & echo pid $!; wait')));
  await console.sees('\n');
  const pid = Number(/pid (\d+)/.exec(console.text)?.[1]);
  t.true(isRunning(pid));
  abort.abort('cancelled');
  await ended;
  t.false(isRunning(pid));
});

test('a newer console takes the place of the one before', async (t) => {
  const { id, console, abort, ended } = await attached(cat);
  const newer = new TestConsole();
  runs.attach(id, newer.stream);
  await until(() => newer.welcome !== undefined, 'the welcome');
  t.is(console.reset, 'session-lost');
  newer.type('hello');
  await newer.sees('hello');
  abort.abort('cancelled');
  await ended;
});
