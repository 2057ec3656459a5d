import test from 'ava';
import { comingMoment, pastMoment } from '../../agent/primitives/moments.ts';

const now = new Date(2026, 10, 25, 6).getTime();
const hourMs = 3_600_000;

test('moments that are past are spans before now or dates', (t) => {
  t.is(pastMoment('90s', now), now - 90_000);
  t.is(pastMoment('2h', now), now - 2 * hourMs);
  t.is(pastMoment('7d', now), now - 7 * 24 * hourMs);
  t.is(pastMoment('2026-11-25T06:00Z', now), Date.UTC(2026, 10, 25, 6));
  t.is(pastMoment('2026-11-25 07:00:00+01:00', now), Date.UTC(2026, 10, 25, 6));
  t.is(pastMoment('2026-11-25 06:00', now), now);
  t.is(pastMoment('2026-11-25', now), new Date(2026, 10, 25).getTime());
  for (const text of ['', 'soon', '2026-13-01', '5y']) t.is(pastMoment(text, now), undefined, text);
});

test('moments that come are the next time of the clock or dates', (t) => {
  t.is(comingMoment('22:30', now), new Date(2026, 10, 25, 22, 30).getTime());
  t.is(comingMoment('6:00', now), new Date(2026, 10, 26, 6).getTime());
  t.is(comingMoment('2026-12-24 18:00', now), new Date(2026, 11, 24, 18).getTime());
  for (const text of ['', '24:00', '2h', 'now']) t.is(comingMoment(text, now), undefined, text);
});
