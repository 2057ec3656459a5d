import test from 'ava';
import { look } from '../../agent/schedules/due.ts';
import type { Plan } from '../../agent/schedules/due.ts';
import { parseCron } from '../../protocol/cron.ts';
import { limits } from '../../protocol/limits.ts';
import { spreadOf } from '../../protocol/statements/firing.ts';

const at = (text: string): number => Date.parse(`2026-06-${text}Z`);

function plan(text: string, part: Partial<Plan> = {}): Plan {
  const cron = parseCron(text);
  if (!cron.ok) throw new Error(cron.detail);
  return { cron: cron.value, zone: 'UTC', offsetMs: 0, windowMs: 3_600_000, catchUp: 'none', notAfterMs: at('30T00:00'), ...part };
}

test('a firing begins at its time, and within its window', (t) => {
  const daily = plan('0 3 * * *');
  t.deepEqual(look(daily, at('01T12:00'), at('02T02:59')), { missed: 0, throughMs: at('01T12:00'), nextMs: at('02T03:00') });
  t.is(look(daily, at('01T12:00'), at('02T03:00')).fireAtMs, at('02T03:00'));
  t.is(look(daily, at('01T12:00'), at('02T04:00')).fireAtMs, at('02T03:00'));
  t.deepEqual(look(daily, at('01T12:00'), at('02T04:01')), { missed: 1, throughMs: at('02T03:00'), nextMs: at('03T03:00') });
});

test('a machine that was off runs the last one once if it is to catch up, and counts the others', (t) => {
  const found = look(plan('0 3 * * *', { catchUp: 'once' }), at('01T12:00'), at('05T12:00'));
  t.deepEqual(found, { fireAtMs: at('05T03:00'), missed: 3, throughMs: at('05T03:00'), nextMs: at('06T03:00') });
  t.deepEqual(look(plan('0 3 * * *'), at('01T12:00'), at('05T12:00')), { missed: 4, throughMs: at('05T03:00'), nextMs: at('06T03:00') });
});

test('a clock that is put back finds everything decided', (t) => {
  const daily = plan('0 3 * * *');
  const { throughMs } = look(daily, at('01T12:00'), at('02T03:00'));
  t.is(look(daily, throughMs, at('01T23:00')).fireAtMs, undefined);
  t.is(look(daily, throughMs, at('02T03:00')).fireAtMs, undefined);
  t.is(look(daily, throughMs, at('03T03:00')).fireAtMs, at('03T03:00'));
});

test('after the end there is none', (t) => {
  const ending = plan('0 3 * * *', { notAfterMs: at('03T02:00') });
  t.deepEqual(look(ending, at('02T12:00'), at('03T12:00')), { missed: 0, throughMs: at('02T12:00') });
});

test('weeks of missed minutes cost little and are counted as far as is said', (t) => {
  const found = look(plan('* * * * *'), at('01T00:00'), at('21T00:00'));
  t.is(found.fireAtMs, at('21T00:00'));
  t.true(found.missed >= limits.maxMissedCounted);
});

test('of more that were missed than are counted the last one is still found, also where the last days had none', (t) => {
  const mondays = plan('* * * * mon', { catchUp: 'once' });
  const last = at('22T23:59');
  const found = look(mondays, at('01T00:00'), at('28T12:00'));
  t.is(found.fireAtMs, last);
  t.true(found.missed >= limits.maxMissedCounted);
  t.deepEqual(look(mondays, found.throughMs, at('28T12:01')), { missed: 0, throughMs: last, nextMs: at('29T00:00') }, 'caught up on once');
  t.deepEqual(look({ ...mondays, notAfterMs: at('09T12:00') }, at('01T00:00'), at('25T12:00')).throughMs, at('08T23:59'), 'none after the end');
});

test('nothing is caught up on after the end, though a firing may begin late within its window', (t) => {
  const ending = plan('0 3 * * *', { catchUp: 'once', notAfterMs: at('03T12:00') });
  t.is(look(ending, at('01T12:00'), at('03T12:00')).fireAtMs, at('03T03:00'));
  t.deepEqual(look(ending, at('01T12:00'), at('03T12:01')), { missed: 2, throughMs: at('03T03:00') });
  t.is(look({ ...ending, notAfterMs: at('03T03:00') }, at('02T12:00'), at('03T04:00')).fireAtMs, at('03T03:00'));
});

test('each machine has its own place in the spread, always the same', async (t) => {
  const places = await Promise.all(Array.from({ length: 200 }, (_, number) => spreadOf('a'.repeat(32), number.toString(16).padStart(32, '0'), 1800)));
  t.true(places.every((place) => place >= 0 && place <= 1800));
  t.true(new Set(places).size > 150);
  t.deepEqual([await spreadOf('a'.repeat(32), '7'.padStart(32, '0'), 1800)], places.slice(7, 8));
  const spread = plan('0 3 * * *', { offsetMs: 600_000 });
  t.is(look(spread, at('01T12:00'), at('02T03:09')).fireAtMs, undefined);
  t.is(look(spread, at('01T12:00'), at('02T03:10')).fireAtMs, at('02T03:00'));
});
