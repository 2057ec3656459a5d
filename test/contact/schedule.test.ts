/** R9: whatever ten thousand machines lose at the same moment, they do not come back at the same moment. */
import test from 'ava';
import { Schedule } from '../../agent/contact/timing/schedule.ts';
import { defaultContactSettings } from '../../protocol/contact-settings.ts';
import { seeded } from '../support/seeded.ts';

const seed = 20261125;
const machines = 10_000;

/** How many arrivals fall into each of `bins` equal parts of the range. */
function histogram(times: readonly number[], fromMs: number, toMs: number): number[] {
  const bins = Array.from({ length: 20 }, () => 0);
  for (const time of times) {
    const bin = Math.floor(((time - fromMs) / (toMs - fromMs)) * bins.length);
    bins[bin] = (bins[bin] ?? 0) + 1;
  }
  return bins;
}

/** Pearson's statistic against an even spread; of 19 degrees of freedom one in ten thousand is beyond 52. */
function unevenness(bins: readonly number[]): number {
  const expected = bins.reduce((sum, count) => sum + count, 0) / bins.length;
  return bins.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

function fleet(): Schedule[] {
  const { bytes } = seeded(seed);
  return Array.from({ length: machines }, () => new Schedule(bytes));
}

const settings = defaultContactSettings;

test('ten thousand agents that lost the same intermediary call again evenly over a second', (t) => {
  const bins = histogram(fleet().map((schedule) => schedule.afterLoss()), 0, 1000);
  t.log(`seed ${seed}: ${bins.join(' ')}`);
  t.true(unevenness(bins) < 52);
});

test('while it stays away each round of attempts is spread wider than the one before', (t) => {
  const agents = fleet();
  let arrivals = agents.map((schedule) => schedule.afterLoss());
  let crowd = machines;
  for (let round = 1; round <= 9; round += 1) {
    arrivals = arrivals.map((time, index) => time + (agents[index]?.afterFailure(settings) ?? 0));
    const inEachSecond = new Map<number, number>();
    for (const time of arrivals) inEachSecond.set(Math.floor(time / 1000), (inEachSecond.get(Math.floor(time / 1000)) ?? 0) + 1);
    const largest = Math.max(...inEachSecond.values());
    t.log(`round ${round}: at most ${largest} in a second`);
    t.true(largest < crowd, `round ${round}`);
    crowd = largest;
  }
  t.true(crowd < machines / 50);
});

test('those who are told when to come again do not all come then', (t) => {
  const askedMs = 30_000;
  const waits = fleet().map((schedule) => schedule.afterFailure({ ...settings, retries: 0 }, askedMs));
  t.true(waits.every((wait) => wait >= askedMs), 'none before');
  t.true(Math.max(...histogram(waits, askedMs, 2 * askedMs + 1000)) < machines / 10);
});

test('machines that poll in step are out of step soon, and stay so', (t) => {
  const agents = fleet().slice(0, 2000);
  let times = agents.map(() => 0);
  for (let contacts = 0; contacts < 200; contacts += 1) times = times.map((time, index) => time + (agents[index]?.interval(settings) ?? 0));
  const phases = times.map((time) => time % (settings.intervalSeconds * 1000));
  const bins = histogram(phases, 0, settings.intervalSeconds * 1000);
  t.log(bins.join(' '));
  t.true(Math.max(...bins) < 2 * (agents.length / bins.length));
  const waits = agents.map((schedule) => schedule.interval(settings));
  t.true(waits.every((wait) => wait >= 27_000 && wait <= 33_000));
});

test('the retries of the settings come first, then the back-off up to a minute', (t) => {
  const most = new Schedule((length) => new Uint8Array(length).fill(255));
  const waits = Array.from({ length: 11 }, () => Math.round(most.afterFailure({ ...settings, retries: 2, spacingSeconds: 8 }) / 1000));
  t.deepEqual(waits, [10, 10, 1, 2, 4, 8, 16, 32, 60, 60, 60]);
  most.reset();
  t.is(Math.round(most.afterFailure({ ...settings, retries: 2, spacingSeconds: 8 }) / 1000), 10);
});
