import test from 'ava';
import { lineOf } from '../../console/client/machine-line.ts';

test('a machine that polls is away only when it has missed two of its calls', (t) => {
  const machine = { online: false, sinceMs: 100_000, pollSeconds: 30 };
  t.is(lineOf(machine, 159_999), 'polling');
  t.is(lineOf(machine, 160_000), 'off line');
  t.is(lineOf({ ...machine, online: true }, 999_999), 'on line');
  t.is(lineOf({ online: false, sinceMs: 100_000 }, 100_001), 'off line');
});
