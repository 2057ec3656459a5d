/**
 * The seam between "which ways out of this network are there" and the ladder that tries them.
 */
import { directPath } from '../../transports/path.ts';
import type { Path, Target } from '../../transports/path.ts';

/** The paths to a target worth trying now, best first; never empty, never failing: where nothing is found out, directly. */
export type FindPaths = (target: Target, signal: AbortSignal) => Promise<readonly Path[]>;

/** For a network that is known to have no proxy. */
export const onlyDirectly: FindPaths = () => Promise.resolve([directPath]);
