import test from 'ava';
import { isRunning, makeWorkshop, newId, until } from './support.ts';

const { run, executor } = makeWorkshop();
test.after.always(() => executor.stop());

/** Starts a script that prints the numbers of its processes, and cancels it once `count` are there. */
async function cancelled(t: { log(text: string): void }, command: string, count: number): Promise<{ pids: number[]; status: string; tookMs: number }> {
  const id = newId();
  let printed = '';
  const numbers = (): number[] => printed.split('\n').slice(0, -1).map(Number);
  const ended = run('shell.execute', { command }, { id, output: (_, chunk) => {
    printed += Buffer.from(chunk).toString();
  } });
  await until(() => numbers().length >= count, `${count} processes`);
  const began = performance.now();
  executor.cancel(id);
  const { ending } = await ended;
  t.log(`${performance.now() - began} ms`);
  return { pids: numbers(), status: ending.status, tookMs: performance.now() - began };
}

test('cancel ends children and grandchildren politely and at once', async (t) => {
  const { pids, status, tookMs } = await cancelled(t, 'echo $$; sh -c \'echo $$; sleep 300 & echo $!; wait\'', 3);
  t.is(status, 'cancelled');
  t.deepEqual(pids.filter(isRunning), []);
  t.true(tookMs < 2000);
});

test('cancel finds what has forked twice and left session and group', async (t) => {
  const { pids, status } = await cancelled(t, 'setsid sh -c \'setsid sleep 301 & echo $!\' & sleep 302 & echo $!; wait', 2);
  t.is(status, 'cancelled');
  t.deepEqual(pids.filter(isRunning), []);
});

test('what ignores SIGTERM is killed after the grace', async (t) => {
  const { pids, status, tookMs } = await cancelled(t, 'trap "" TERM; echo $$; while :; do sleep 0.2; done', 1);
  t.is(status, 'cancelled');
  t.deepEqual(pids.filter(isRunning), []);
  t.true(tookMs >= 2900 && tookMs < 7000);
});

test('a stopped process is ended too', async (t) => {
  const { pids, tookMs } = await cancelled(t, 'sleep 303 & echo $!; kill -STOP $!; wait', 1);
  t.deepEqual(pids.filter(isRunning), []);
  t.true(tookMs < 2500);
});

test('what dropped its environment mark is still found in its group', async (t) => {
  const { pids } = await cancelled(t, 'env -i sleep 304 & echo $!; wait', 1);
  t.deepEqual(pids.filter(isRunning), []);
});

test('the time limit ends the tree and says so', async (t) => {
  const { ending, stdout } = await run('shell.execute', { command: 'sleep 305 & echo $!; wait' }, { timeoutMs: 300 });
  t.deepEqual([ending.status, ending.code], ['failed', 'time-limit']);
  t.false(isRunning(Number(stdout.toString())));
});

test('cleaning up on SIGTERM is given its time', async (t) => {
  const id = newId();
  const ended = run('shell.execute', { command: 'trap "echo cleaned; exit 0" TERM; echo ready; while :; do sleep 0.05; done' }, { id, output: (_, chunk) => {
    if (Buffer.from(chunk).toString().includes('ready')) executor.cancel(id);
  } });
  const { ending, stdout } = await ended;
  t.is(ending.status, 'cancelled');
  t.true(stdout.toString().endsWith('cleaned\n'));
});
