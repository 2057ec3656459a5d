import { once } from 'node:events';
import { fork } from 'node:child_process';
import test from 'ava';
import type { FromSpawner, ToSpawner } from '../../agent/execution/spawner/messages.ts';
import { makeWorkshop, isRunning, newId, until } from './support.ts';

test('there is no spawner before the first program, one for many, and none when idle', async (t) => {
  const { run, executor, spawner } = makeWorkshop({ workerIdleMs: 100 });
  t.is(spawner.pid, undefined);
  await run('shell.execute', { command: 'true' });
  const first = spawner.pid ?? 0;
  t.true(isRunning(first));
  await Promise.all(Array.from({ length: 100 }, () => run('shell.execute', { command: 'echo hi' })));
  t.is(spawner.pid, first);
  await until(() => spawner.pid === undefined && !isRunning(first), 'the spawner to end');
  t.is((await run('shell.execute', { command: 'true' })).ending.status, 'succeeded');
  await executor.stop();
});

test('a spawner that is killed takes its programs along: they are primitive-crashed, and the next one runs', async (t) => {
  const { run, executor, spawner } = makeWorkshop();
  const { promise: began, resolve: begin } = Promise.withResolvers<number>();
  const running = run('shell.execute', { command: 'echo $$; sleep 300' }, { output: (_, chunk) => begin(Number(Buffer.from(chunk).toString())) });
  const pid = await began;
  process.kill(spawner.pid ?? 0, 'SIGKILL');
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
  const sleep: ToSpawner = { kind: 'start', id: 1, file: 'sleep', args: ['300'], workingDirectory: undefined, environment: { BEHEST_DIRECTIVE: newId() }, hasInput: false };
  spawner.send(sleep);
  const pid = await began;
  const ended = once(spawner, 'exit');
  spawner.disconnect();
  await ended;
  await until(() => !isRunning(pid), 'the program to end');
  t.pass();
});
