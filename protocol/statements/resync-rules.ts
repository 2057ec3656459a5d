/**
 * When a resync holds and whom it lets in. Agent and intermediary ask the same functions; each believes only itself.
 */
import type { Envelope } from '../envelope.ts';
import { limits } from '../limits.ts';
import { failure } from '../outcome.ts';
import type { Outcome } from '../outcome.ts';
import { readResync } from './read.ts';
import { resyncType } from './resync.ts';
import type { Resync } from './resync.ts';
import { signedByOwners } from './root-chain.ts';
import type { Root } from './root.ts';

export type Moment = {
  /** Seconds since 1970: what the clock says, and the latest that is known to have been. */
  readonly wall: number;
  readonly latest: number;
};

/**
 * The resync in `envelope`, if the owners of `root` have signed it and it holds now. Fails with `statement-type-unknown`,
 * `resync-refused`, `statement-malformed`, `issued-in-future`, `life-too-long` or `expired`.
 */
export async function acceptResync(root: Root, envelope: Envelope, { wall, latest }: Moment): Promise<Outcome<Resync>> {
  if (envelope.payloadType !== resyncType) return failure('statement-type-unknown', envelope.payloadType);
  if (!(await signedByOwners(root, envelope))) return failure('resync-refused', `not signed by ${root.threshold} owners of root ${root.version}`);
  const read = readResync(envelope.payload);
  if (!read.ok) return read;
  const { issuedAt, notAfter } = read.value;
  if (issuedAt > wall + limits.clockSkewMs / 1000) return failure('issued-in-future', 'look at the clocks');
  if (notAfter - issuedAt > limits.maxResyncMs / 1000) return failure('life-too-long', 'a resync holds for a day at most');
  return notAfter < latest ? failure('expired', 'the resync is past its time') : read;
}

/** Which copy of this machine it lets in; undefined if none. */
export function copyLetIn({ machines }: Resync, agentId: string): string | undefined {
  return machines === undefined ? 'first' : machines.find((machine) => machine.agentId === agentId)?.copy;
}

/** Whether it lets in a copy that was refused and calls itself `copy`. */
export function letsIn(resync: Resync, agentId: string, copy: string): boolean {
  const choice = copyLetIn(resync, agentId);
  return choice === 'first' || choice === copy;
}
