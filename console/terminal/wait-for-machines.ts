/**
 * Waiting until machines have said something, for as long as it is worth.
 */
import type { Clock } from '../../protocol/clock.ts';
import type { Connection } from './connection.ts';

type Wish = { /** Infinity waits for as long as it takes. */ readonly withinMs: number; until(): boolean };

/** Resolves when `until` holds, looked at after each change of a machine, or when the time is over. */
export function waitForMachines({ machines }: Pick<Connection, 'machines'>, clock: Clock, { withinMs, until }: Wish): Promise<void> {
  if (until()) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = withinMs === Number.POSITIVE_INFINITY ? undefined : clock.after(withinMs, () => end());
    const stop = machines.onChanged(() => {
      if (until()) end();
    });
    const end = (): void => {
      timer?.cancel();
      stop();
      resolve();
    };
  });
}
