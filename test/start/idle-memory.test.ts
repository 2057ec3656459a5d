import test from 'ava';
import { IdleMemory } from '../../agent/idle-memory.ts';
import { limits } from '../../protocol/limits.ts';
import { ManualClock } from '../support/manual-clock.ts';

function idleMemory() {
  const clock = new ManualClock();
  const seen = { collections: 0, young: 0 };
  const memory = new IdleMemory(clock, (garbage) => {
    if (garbage === 'all') seen.collections += 1;
    else seen.young += 1;
  });
  return { clock, memory, seen };
}

test('memory is given back when nothing has been done for a while, and what waiting makes as long as nothing is', (t) => {
  const { clock, memory, seen } = idleMemory();
  memory.used();
  clock.advance(limits.memoryIdleMs - 1);
  t.is(seen.collections, 0);
  clock.advance(1);
  const once = seen.collections;
  t.true(once > 0);
  clock.advance(limits.memoryIdleAgainMs - 1);
  t.is(seen.young, 0);
  clock.advance(1 + limits.memoryIdleAgainMs);
  t.is(seen.young, 2);
  t.is(seen.collections, once);
  t.is(clock.pending, 1);
});

test('what is done puts it off, and is the beginning of another wait', (t) => {
  const { clock, memory, seen } = idleMemory();
  for (let turn = 0; turn < 20; turn += 1) {
    memory.used();
    clock.advance(limits.memoryIdleMs / 2);
  }
  t.is(seen.collections, 0);
  t.is(clock.pending, 1);
  clock.advance(limits.memoryIdleMs / 2);
  const once = seen.collections;
  t.true(once > 0);
  memory.used();
  t.is(clock.pending, 1, 'nothing is collected beside it');
  clock.advance(limits.memoryIdleMs);
  t.is(seen.collections, 2 * once);
});

test('without the flag of Node for it, nothing happens', (t) => {
  const clock = new ManualClock();
  new IdleMemory(clock).used();
  t.notThrows(() => clock.advance(limits.memoryIdleMs));
});
