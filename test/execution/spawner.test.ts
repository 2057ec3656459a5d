import { once } from 'node:events';
import { fork } from 'node:child_process';
import test from 'ava';
import type { FromSpawner, ToSpawner } from '../../agent/execution/spawner/messages.ts';
import { makeWorkshop, isRunning, newId, until } from './support.ts';

test('there is no spawner before the first program, one for one after the other, two for many, and none when idle', async (t) => {
  const { run, executor, spawner } = makeWorkshop({ workerIdleMs: 500 });
  t.deepEqual(spawner.pids, []);
  for (let index = 0; index < 5; index += 1) await run('shell.execute', { command: 'true' });
  const [first = 0, ...none] = spawner.pids;
  t.deepEqual(none, []);
  t.true(isRunning(first));
  const { length } = await Promise.all(Array.from({ length: 100 }, () => run('shell.execute', { command: 'echo hi' })));
  t.is(length, 100);
  const [same, second = 0, ...more] = spawner.pids;
  t.deepEqual([same, more], [first, []]);
  await until(() => spawner.pids.length === 0 && !isRunning(first) && !isRunning(second), 'the spawners to end');
  t.is((await run('shell.execute', { command: 'true' })).ending.status, 'succeeded');
  await executor.stop();
});

test('a spawner that is killed takes its programs along: they are primitive-crashed, and the next one runs', async (t) => {
  const { run, executor, spawner } = makeWorkshop();
  const { promise: began, resolve: begin } = Promise.withResolvers<number>();
  const running = run('shell.execute', { command: 'echo $$; sleep 300' }, { output: (_, chunk) => begin(Number(Buffer.from(chunk).toString())) });
  const pid = await began;
  process.kill(spawner.pids[0] ?? 0, 'SIGKILL');
  const { ending } = await running;
  t.deepEqual([ending.status, ending.code], ['failed', 'primitive-crashed']);
  await until(() => !isRunning(pid), 'the program to end');
  t.is((await run('shell.execute', { command: 'true' })).ending.status, 'succeeded');
  await executor.stop();
});

test('when the agent is gone the spawner ends what it has started, and itself', async (t) => {
  const spawner = fork(new URL('../../agent/execution/spawner/spawner.ts', import.meta.url), { serialization: 'advanced' });
  const { promise: began, resolve: begin } = Promise.withResolvers<number>();
  spawner.on('message', (message: FromSpawner) => {
    if (message.kind === 'started') begin(message.pid);
  });
  const sleep: ToSpawner = { kind: 'start', id: 1, file: 'sleep', args: ['300'], workingDirectory: undefined, environment: { BEHEST_DIRECTIVE: newId() }, argsAreVerbatim: false, hasInput: false };
  spawner.send(sleep);
  const pid = await began;
  const ended = once(spawner, 'exit');
  spawner.disconnect();
  await ended;
  await until(() => !isRunning(pid), 'the program to end');
  t.pass();
});
