import test from 'ava';
import { makeWorkshop } from './support.ts';

const { run, executor } = makeWorkshop();
test.after.always(() => executor.stop());

test('an endless output and a slow reader do not grow the memory', async (t) => {
  // threads started and warm: what grows from here on is the output
  for (let count = 0; count < 5; count += 1) await run('shell.execute', { command: 'head -c 2000000 /dev/zero' });
  const { promise: held, resolve: letGo } = Promise.withResolvers<void>();
  const before = process.memoryUsage.rss();
  let received = 0;
  const id = 'a'.repeat(32);
  const { promise: stalled, resolve: stall } = Promise.withResolvers<void>();
  const ending = run('shell.execute', { command: 'yes' }, {
    id,
    output: (_, chunk) => {
      received += chunk.byteLength;
      if (received >= 262_144) stall();
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
  letGo();
  executor.cancel(id);
  t.is((await ending).ending.status, 'cancelled');
});
