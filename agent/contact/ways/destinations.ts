/**
 * To each address the paths worth trying: directly, and through each proxy that was found in time.
 */
import type { Clock, Timer } from '../../../protocol/clock.ts';
import { limits } from '../../../protocol/limits.ts';
import { directPath, parseTarget } from '../../../transports/path.ts';
import type { Path } from '../../../transports/path.ts';
import type { FindPaths } from './find-paths.ts';
import type { Destination } from './ladder.ts';

export type Finder = { readonly findPaths: FindPaths; readonly clock: Clock; readonly signal: AbortSignal };

export function findDestinations(addresses: readonly string[], finder: Finder): Promise<Destination[]> {
  return Promise.all(addresses.map(async (address) => ({ address, paths: await pathsTo(address, finder) })));
}

/** For a race that must not wait: what is always there. */
export function directly(addresses: readonly string[]): Destination[] {
  return addresses.map((address) => ({ address, paths: [directPath] }));
}

async function pathsTo(address: string, { findPaths, clock, signal }: Finder): Promise<readonly Path[]> {
  const target = parseTarget(address);
  if (target === undefined) return [directPath];
  let timer: Timer | undefined;
  const late = new Promise<readonly Path[]>((resolve) => {
    timer = clock.after(limits.findPathsMs, () => resolve([directPath]));
  });
  const found = await Promise.race([findPaths(target, signal), late]);
  timer?.cancel();
  return found;
}
