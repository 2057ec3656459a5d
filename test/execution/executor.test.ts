import test from 'ava';
import { endTree, findTree } from '../../agent/execution/process-tree.ts';
import { failure } from '../../protocol/outcome.ts';
import { systemClock } from '../../protocol/clock.ts';
import { orphanMark } from './bad-primitives.ts';
import { badPrimitives, isRunning, makeWorkshop, newId, until } from './support.ts';

test.serial('a thousand echoes in flight all come back, each with its own text', async (t) => {
  const { run, executor } = makeWorkshop();
  const endings = await Promise.all(Array.from({ length: 1000 }, (_, index) => run('agent.echo', { text: `${index}` })));
  t.true(endings.every(({ ending }, index) => ending.status === 'succeeded' && JSON.stringify(ending.result) === `{"text":"${index}"}`));
  t.is(executor.size, 0);
  await executor.stop();
});

test('there is no thread before the first run and none when idle', async (t) => {
  const { run, executor, pool } = makeWorkshop({ workerIdleMs: 100 });
  t.is(pool.threads, 0);
  await run('agent.echo', { text: '' });
  t.true(pool.threads > 0);
  await until(() => pool.threads === 0, 'the threads to end');
  t.is((await run('agent.echo', { text: 'again' })).ending.status, 'succeeded');
  await executor.stop();
});

test('progress reaches the hooks in order', async (t) => {
  const { run, executor } = makeWorkshop({ primitivesModule: badPrimitives });
  const heard: unknown[] = [];
  await run('bad.progress', {}, { progress: (percent, note) => heard.push([percent, note]) });
  t.deepEqual(heard, [[25, 'a quarter'], [100, undefined]]);
  await executor.stop();
});

for (const deed of ['bad.throw', 'bad.crash', 'bad.exit']) {
  test(`${deed} is primitive-crashed, and the next run works`, async (t) => {
    const { run, executor } = makeWorkshop({ primitivesModule: badPrimitives });
    const { ending } = await run(deed, {});
    t.deepEqual([ending.status, ending.code], ['failed', 'primitive-crashed']);
    t.is((await run('agent.echo', { text: 'well' })).ending.status, 'succeeded');
    await executor.stop();
  });
}

test('a thread that dies harms only its own runs', async (t) => {
  const { run, executor } = makeWorkshop({ primitivesModule: badPrimitives, tasksPerWorker: 1 });
  const id = newId();
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  const waiting = run('bad.wait', {}, { id, progress: () => begin() });
  await begun;
  t.is((await run('bad.crash', {})).ending.code, 'primitive-crashed');
  executor.cancel(id);
  t.is((await waiting).ending.status, 'cancelled', 'the run in the other thread went on');
  await executor.stop();
});

test('children of a thread that died are ended', async (t) => {
  const { run, executor } = makeWorkshop({ primitivesModule: badPrimitives });
  const { ending } = await run('bad.orphan', {}, { id: orphanMark });
  t.is(ending.code, 'primitive-crashed');
  t.deepEqual(findTree({ directiveIds: [orphanMark] }), []);
  await executor.stop();
});

test('cancel reaches a queued run before it begins', async (t) => {
  const { run, executor } = makeWorkshop({ concurrentRuns: 1 });
  const [first, second] = [newId(), newId()];
  let secondStarted = false;
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  const running = run('shell.execute', { command: 'sleep 300' }, { id: first, started: begin });
  const queued = run('agent.echo', { text: '' }, { id: second, started: () => {
    secondStarted = true;
  } });
  await begun;
  t.true(executor.cancel(second));
  const { ending } = await queued;
  t.deepEqual([ending.status, secondStarted], ['cancelled', false]);
  executor.cancel(first);
  t.is((await running).ending.status, 'cancelled');
  t.is((await run('agent.echo', { text: '' })).ending.status, 'succeeded', 'the place was given back');
  t.false(executor.cancel(first));
  await executor.stop();
});

test('a reserved place is taken over by the run it was reserved for', async (t) => {
  const { run, executor } = makeWorkshop({ concurrentRuns: 1 });
  t.true(executor.tryReserve());
  t.false(executor.tryReserve());
  t.is((await run('agent.echo', { text: '' }, { reserved: true })).ending.status, 'succeeded');
  t.true(executor.tryReserve(), 'it was given back');
  executor.giveBack();
  await executor.stop();
});

test('what could not be marked as started is not done', async (t) => {
  const { run, executor, pool } = makeWorkshop();
  const { ending } = await run('agent.echo', { text: '' }, { marked: failure('disk-full', 'no room') });
  t.deepEqual([ending.status, ending.code, pool.threads], ['failed', 'disk-full', 0]);
  await executor.stop();
});

test('stop ends everything in time, what ignores signals too', async (t) => {
  const { run, executor, pool } = makeWorkshop();
  let printed = '';
  const ended = run('shell.execute', { command: 'trap "" TERM HUP; echo $$; while :; do sleep 0.2; done' }, { output: (_, chunk) => {
    printed += Buffer.from(chunk).toString();
  } });
  await until(() => printed.includes('\n'), 'the program to start');
  const began = performance.now();
  await executor.stop();
  t.true(performance.now() - began < 6000);
  t.is((await ended).ending.status, 'interrupted');
  t.false(isRunning(Number(printed)));
  t.is(pool.threads, 0);
  t.is((await run('agent.echo', { text: '' })).ending.code, 'stopping');
});

test('what a killed predecessor left running is found by its directive and ended', async (t) => {
  const { run, executor } = makeWorkshop();
  const id = newId();
  const { stdout } = await run('shell.execute', { command: 'setsid sleep 306 >/dev/null 2>&1 & echo $!' }, { id });
  const pid = Number(stdout.toString());
  await until(() => isRunning(pid), 'the daemon');
  await executor.endLeftovers([id]);
  t.false(isRunning(pid));
  await executor.stop();
});

test('a tree never holds the process that looks', async (t) => {
  t.false(findTree({ directiveIds: [], groupLeader: () => process.pid }).some((entry) => entry.pid === process.pid));
  await t.notThrowsAsync(endTree({ directiveIds: [newId()] }, { clock: systemClock, killAfterMs: 0, polite: 'SIGTERM' }));
});
