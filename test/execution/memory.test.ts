import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import test from 'ava';
import { LiveRuns } from '../../agent/execution/live-runs.ts';
import { limits } from '../../protocol/limits.ts';
import { systemClock } from '../../protocol/clock.ts';
import { answerInClear, TestConsole } from './live-support.ts';
import { makeWorkshop, newId, until } from './support.ts';

const { run, executor, spawner } = makeWorkshop();
const live = new LiveRuns({ clock: systemClock, spawner, answer: answerInClear });
// the clock's timers let a process end that only waits; a test must not
const alive = setInterval(() => undefined, 60_000);
test.after.always(async () => {
  clearInterval(alive);
  await executor.stop();
});

/** Of a running process, from /proc. */
function residentBytes(pid: number | undefined): number {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;
}

/** Without what only waits to be collected. */
/** What is left after a collection; buffers are given back by another thread, which the second one waits for. */
function memoryInUse(): NodeJS.MemoryUsage {
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  collect();
  collect();
  return process.memoryUsage();
}

test.serial('an endless output and a slow reader do not grow the memory', async (t) => {
  // the spawner started and warm: what grows from here on is the output
  for (let count = 0; count < 5; count += 1) await run('shell.execute', { command: 'head -c 2000000 /dev/zero' });
  const { promise: held, resolve: letGo } = Promise.withResolvers<void>();
  const [before, spawnerBefore] = [process.memoryUsage.rss(), residentBytes(spawner.pids[0])];
  let received = 0;
  const id = 'a'.repeat(32);
  const { promise: stalled, resolve: stall } = Promise.withResolvers<void>();
  const ending = run('shell.execute', { command: 'yes' }, {
    id,
    output: (_, chunk) => {
      received += chunk.byteLength;
      stall();
      return held;
    },
  });
  await stalled;
  const atStall = received;
  await new Promise((resolve) => {
    setTimeout(resolve, 1000);
  });
  t.true(received - atStall <= 131_072, 'the program is held up by its reader');
  t.true(process.memoryUsage.rss() - before < 20 * 1024 * 1024);
  t.true(residentBytes(spawner.pids[0]) - spawnerBefore < 5 * 1024 * 1024);
  letGo();
  executor.cancel(id);
  t.is((await ending).ending.status, 'cancelled');
});

test.serial('an endless output on a terminal neither stops without a console nor fills the memory', async (t) => {
  const id = newId();
  const abort = new AbortController();
  const ended = live.run({ id, streamKey: 'AA' }, { file: 'yes', args: [], terminal: { columns: 80, rows: 24 } }, abort.signal);
  const console = new TestConsole();
  console.taking = false;
  live.attach(id, console.stream);
  await until(() => console.untaken >= 262_144, 'the window to fill');
  const before = memoryInUse().arrayBuffers;
  console.cut();
  await until(() => {
    const later = new TestConsole();
    live.attach(id, later.stream);
    return new Promise<boolean>((resolve) => {
      setTimeout(() => {
        later.cut();
        resolve((later.welcome?.outputFrom ?? 0) > 10_000_000);
      }, 50);
    });
  }, 'output to have been forgotten');
  t.true(memoryInUse().arrayBuffers - before < 20 * 1024 * 1024);
  abort.abort('cancelled');
  await ended;
});

test.serial('a thousand runs that ended without their console keep no more than their bounds', async (t) => {
  const forgetful = new LiveRuns({ clock: systemClock, spawner, answer: answerInClear, firstConsoleMs: 0 });
  const ids: string[] = [];
  const endOne = async (): Promise<void> => {
    const id = newId();
    const { outcome } = await forgetful.run({ id, streamKey: 'AA' }, { file: 'head', args: ['-c', '200000', '/dev/zero'] }, new AbortController().signal);
    t.true(outcome.ok);
    ids.push(id);
  };
  const endMany = async (count: number): Promise<NodeJS.MemoryUsage> => {
    for (let round = 0; round < count / 20; round += 1) await Promise.all(Array.from({ length: 20 }, endOne));
    return memoryInUse();
  };
  // beside the bound there are those that have just ended: their pipes are let go a little later
  const full = await endMany(200);
  const after = await endMany(1000);
  t.true(after.arrayBuffers - full.arrayBuffers < limits.endedRunsBytes, `${after.arrayBuffers - full.arrayBuffers} more bytes of output are kept`);
  t.true(after.arrayBuffers < 4 * limits.endedRunsBytes, `${after.arrayBuffers} bytes are kept`);
  t.true(after.heapUsed - full.heapUsed < 4 * 1024 * 1024, `${after.heapUsed - full.heapUsed} more bytes of objects are kept`);
  const [first, last] = [new TestConsole(), new TestConsole()];
  forgetful.attach(ids[0] ?? '', first.stream);
  t.is(first.reset, 'stream-unknown');
  forgetful.attach(ids.at(-1) ?? '', last.stream);
  await until(() => last.exit !== undefined, 'the exit');
  t.is(last.receivedBytes, 200_000);
  await forgetful.close();
});
