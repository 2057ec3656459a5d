/**
 * Notices that the machine slept: the wall clock went further than the clock that stands still in sleep, or the timer came
 * much too late. That somebody set the clock looks the same, and does no harm: a link is asked once whether it still works.
 */
import type { Clock, Timer } from '../../../protocol/clock.ts';
import { limits } from '../../../protocol/limits.ts';

/** Calls `woke` after each sleep. The result ends it. */
export function watchSleep(clock: Clock, woke: () => void): () => void {
  let timer: Timer;
  let [wallMs, monotonicMs] = [clock.now(), clock.monotonic()];
  const look = (): void => {
    const [wallPassedMs, passedMs] = [clock.now() - wallMs, clock.monotonic() - monotonicMs];
    [wallMs, monotonicMs] = [clock.now(), clock.monotonic()];
    timer = clock.after(limits.watchNetworkMs, look);
    if (Math.max(wallPassedMs, passedMs) > limits.watchNetworkMs + limits.sleptMs) woke();
  };
  timer = clock.after(limits.watchNetworkMs, look);
  return () => timer.cancel();
}
