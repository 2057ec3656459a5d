/** Ways that race: when each starts, which one is given out, and what becomes of the others. */
import test from 'ava';
import { Race } from '../../agent/contact/ways/race.ts';
import type { Opened } from '../../agent/contact/ways/race.ts';
import type { Way } from '../../agent/contact/ways/ladder.ts';
import { failure, success } from '../../protocol/outcome.ts';
import { limits } from '../../protocol/limits.ts';
import { directPath } from '../../transports/path.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { memoryTransports } from '../support/memory-transport.ts';
import { settled } from '../support/session-pair.ts';

/** Each way opens after so many milliseconds, fails after so many if negative, or is silent. */
type Plan = readonly (number | 'silent')[];

class Racing {
  readonly clock = new ManualClock();
  /** When each started, in milliseconds. */
  readonly starts = new Map<string, number>();
  readonly failed: string[] = [];
  readonly closed = new Set<string>();
  readonly given: string[] = [];
  readonly race: Race;
  readonly ways: readonly Way[];

  constructor(plan: Plan, headStartMs: number = limits.headStartMs) {
    this.ways = plan.map((_, index) => ({ rung: { name: 'wss', dial: async () => failure('internal', '') }, address: `${index}`, path: directPath }));
    this.race = new Race({
      clock: this.clock,
      failed: ({ address }, { code }) => this.failed.push(`${address} ${code}`),
      dial: ({ address }, signal) => new Promise((resolve) => {
        this.starts.set(address, this.clock.monotonic());
        signal.addEventListener('abort', () => resolve(failure('cancelled', '')));
        const after = plan[Number(address)] ?? 'silent';
        if (after === 'silent') return;
        this.clock.after(Math.abs(after), () => resolve(after < 0 ? failure('unreachable', '') : success(this.#transport(address))));
      }),
    });
    this.race.enter(this.ways, headStartMs);
    this.race.close();
  }

  /** Asks for all of them, one after the other. */
  async take(): Promise<void> {
    for (let opened = await this.race.next(); opened !== undefined; opened = await this.race.next()) this.#give(opened);
    this.given.push('none');
  }

  async pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 10) {
      this.clock.advance(10);
      await settled();
    }
  }

  #give({ way }: Opened): void {
    this.given.push(`${way.address} at ${this.clock.monotonic()}`);
  }

  #transport(address: string) {
    const { agent } = memoryTransports();
    agent.listen({ frame: () => undefined, drained: () => undefined, closed: () => this.closed.add(address) });
    return agent;
  }
}

test('each starts a little after the one before it, and a failure starts the next at once', async (t) => {
  const racing = new Racing(['silent', 'silent', -100, -10, 'silent']);
  void racing.take();
  await racing.pass(2000);
  t.deepEqual([...racing.starts.values()], [0, 250, 500, 750, 1000]);
  const alone = new Racing([-20, -20, 100]);
  void alone.take();
  await alone.pass(200);
  t.deepEqual([...alone.starts.values()], [0, 20, 40]);
  t.deepEqual(alone.failed, ['0 unreachable', '1 unreachable']);
  t.deepEqual(alone.given, ['2 at 140', 'none']);
});

test('the remembered way goes alone for as long as it is given', async (t) => {
  const racing = new Racing(['silent', 10], limits.rememberedHeadStartMs);
  void racing.take();
  await racing.pass(limits.rememberedHeadStartMs - 10);
  t.is(racing.starts.size, 1);
  await racing.pass(20);
  t.is(racing.starts.size, 2);
});

test('of many ways the last one starts in seconds all the same', async (t) => {
  const racing = new Racing(Array.from({ length: limits.maxWays }, () => 'silent' as const));
  void racing.take();
  await racing.pass(4000);
  t.is(racing.starts.size, limits.maxWays);
});

test('a better way that comes within the grace is given first, one that comes later is not waited for', async (t) => {
  const within = new Racing([600, 50]);
  void within.take();
  await within.pass(1000);
  t.deepEqual(within.given, ['0 at 600', '1 at 600', 'none']);
  const later = new Racing([2000, 50]);
  void later.take();
  await later.pass(1000);
  t.deepEqual(later.given, ['1 at 800']);
});

test('when it is over, what is open is closed and what is being dialled is given up', async (t) => {
  const racing = new Racing([10, 300, 'silent']);
  const first = await Promise.all([racing.race.next(), racing.pass(700)]);
  t.is(first[0]?.way.address, '0');
  racing.race.end();
  await settled();
  t.deepEqual([...racing.closed], ['1']);
  t.is(await racing.race.next(), undefined);
  t.deepEqual(racing.failed, [], 'who was given up has not failed');
});

test('a better way that was overtaken is told with how long it did not answer', async (t) => {
  const racing = new Racing(['silent', 10]);
  const taken = racing.race.next();
  await racing.pass(1000);
  const opened = await taken;
  if (opened !== undefined) racing.race.overtakenBy(opened.way);
  t.deepEqual(racing.failed, ['0 timed-out']);
});
