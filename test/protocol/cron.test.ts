import test from 'ava';
import { nextMatch, parseCron } from '../../protocol/cron.ts';

/** The next matches, in UTC. */
function matches(text: string, zone: string, after: string, count = 1): (string | undefined)[] {
  const cron = parseCron(text);
  if (!cron.ok) throw new Error(cron.detail);
  const found: (string | undefined)[] = [];
  for (let at = Date.parse(after); found.length < count; ) {
    const next = nextMatch(cron.value, zone, at);
    found.push(next === undefined ? undefined : new Date(next).toISOString().slice(0, 16));
    at = next ?? Number.POSITIVE_INFINITY;
    if (next === undefined) break;
  }
  return found;
}

test('a schedule follows the clock on the wall of its zone', (t) => {
  t.deepEqual(matches('0 3 * * mon', 'Europe/Berlin', '2026-01-01T00:00Z', 2), ['2026-01-05T02:00', '2026-01-12T02:00']);
  t.deepEqual(matches('*/20 9-10 1,15 * *', 'Asia/Kolkata', '2026-06-01T03:45Z', 5), ['2026-06-01T03:50', '2026-06-01T04:10', '2026-06-01T04:30', '2026-06-01T04:50', '2026-06-01T05:10']);
  t.deepEqual(matches('59 23 31 dec *', 'Pacific/Auckland', '2026-01-01T00:00Z'), ['2026-12-31T10:59']);
});

test('with a day of the month and a day of the week either fits', (t) => {
  t.deepEqual(matches('0 0 13 * fri', 'UTC', '2026-02-07T00:00Z', 3), ['2026-02-13T00:00', '2026-02-20T00:00', '2026-02-27T00:00']);
  t.deepEqual(matches('0 0 * * 7', 'UTC', '2026-02-07T00:00Z'), ['2026-02-08T00:00']);
});

test('what the clock leaves out in spring happens as much later', (t) => {
  t.deepEqual(matches('30 2 * * *', 'Europe/Berlin', '2026-03-28T02:00Z', 2), ['2026-03-29T01:30', '2026-03-30T00:30']);
  t.deepEqual(matches('30 * * * *', 'Europe/Berlin', '2026-03-29T00:00Z', 3), ['2026-03-29T00:30', '2026-03-29T01:30', '2026-03-29T02:30']);
});

test('what the clock leaves out in the evening happens on the next day', (t) => {
  t.deepEqual(matches('30 23 * * *', 'America/Nuuk', '2026-03-29T01:15Z', 2), ['2026-03-29T01:30', '2026-03-30T00:30']);
});

test('a step goes on from a number to the end', (t) => {
  t.deepEqual(matches('5/20 * * * *', 'UTC', '2026-06-01T00:00Z', 4), ['2026-06-01T00:05', '2026-06-01T00:25', '2026-06-01T00:45', '2026-06-01T01:05']);
});

test('what comes twice in autumn happens once, but for what happens every hour', (t) => {
  t.deepEqual(matches('30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00Z', 2), ['2026-10-25T00:30', '2026-10-26T01:30']);
  t.deepEqual(matches('0 2,3 * * *', 'Europe/Berlin', '2026-10-24T12:00Z', 2), ['2026-10-25T00:00', '2026-10-25T02:00']);
  t.deepEqual(matches('30 * * * *', 'Europe/Berlin', '2026-10-24T23:45Z', 3), ['2026-10-25T00:30', '2026-10-25T01:30', '2026-10-25T02:30']);
});

test('a leap day is found, and a day that never comes is not', (t) => {
  t.deepEqual(matches('0 0 29 2 *', 'UTC', '2026-03-01T00:00Z', 2), ['2028-02-29T00:00', '2032-02-29T00:00']);
  t.deepEqual(matches('0 0 29 2 *', 'UTC', '2096-03-01T00:00Z'), ['2104-02-29T00:00'], '2100 has none');
  t.deepEqual(matches('0 0 31 2 *', 'UTC', '2026-03-01T00:00Z'), [undefined]);
});

for (const text of ['', '* * * *', '* * * * * *', '60 * * * *', '* 24 * * *', '* * 0 * *', '* * * 13 *', '* * * * 8', '5-1 * * * *', '*/0 * * * *', '*-5 * * * *', '1,,2 * * * *', 'a * * * *', '@daily', '-1 * * * *']) {
  test(`no schedule: "${text}"`, (t) => {
    const cron = parseCron(text);
    t.false(cron.ok);
    t.is(cron.ok ? '' : cron.code, 'schedule-invalid');
  });
}
