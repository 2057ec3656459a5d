/**
 * Directives that spread over their machines in waves. All that decides stands in the rows, and a wave is released in the
 * transaction that ends the one before, so that a restart changes nothing.
 */
import type { TargetState } from '../../protocol/messages/live.ts';
import { cancelWaiting } from './directives.ts';
import type { GivenUp } from './directives.ts';
import type { Tx } from './write-queue.ts';

/** What became of the rest when something of a directive ended: these may leave now, these never will. */
export type RolledOn = { readonly released: readonly string[]; readonly stopped: readonly GivenUp[] };

/** Ends that count against a rollout: somebody should look before more machines follow. */
const bad: readonly TargetState[] = ['failed', 'refused', 'interrupted'];
const notEnded: readonly TargetState[] = ['waiting', 'sent'];
const nothing: RolledOn = { released: [], stopped: [] };

type Wave = { readonly seq: number; readonly id: string; readonly waveSize: number; readonly released: number; readonly targetCount: number };

/** Goes on or stops, as the directive says. After each end of one of its targets. */
export async function rollOn(tx: Tx, seq: number, atMs: number): Promise<RolledOn> {
  const directive = await tx.selectFrom('directives').select(['id', 'wave_size', 'stop_after', 'released', 'target_count']).where('seq', '=', seq).executeTakeFirst();
  if (directive === undefined) return nothing;
  const { id, stop_after: stopAfter, wave_size: waveSize, released, target_count: targetCount } = directive;
  if (stopAfter !== null && (await hasFailed(tx, seq, stopAfter))) return { released: [], stopped: await cancelWaiting(tx, id, atMs) };
  if (waveSize === null || released === null) return nothing;
  const wave = { seq, id, waveSize, released, targetCount };
  return (await hasEnded(tx, wave)) ? { released: await releaseNext(tx, wave), stopped: [] } : nothing;
}

async function hasFailed(tx: Tx, seq: number, times: number): Promise<boolean> {
  const rows = await tx.selectFrom('targets').select('place').where('directive_seq', '=', seq).where('state', 'in', bad).limit(times).execute();
  return rows.length === times;
}

/**
 * Nothing of it is under way, and something of it has ended. Machines that are off line do not hold up the next wave, or
 * one of them would hold up a fleet for days; but a wave of which nobody was there has taught nothing, and waits.
 */
async function hasEnded(tx: Tx, { seq, waveSize, released }: Wave): Promise<boolean> {
  const underWay = await tx.selectFrom('targets').select('place').where('directive_seq', '=', seq).where('state', '=', 'sent').limit(1).execute();
  if (underWay.length > 0) return false;
  const ended = await tx
    .selectFrom('targets')
    .select('place')
    .where('directive_seq', '=', seq)
    .where('place', '>=', released - waveSize)
    .where('place', '<', released)
    .where('state', 'not in', notEnded)
    .limit(1)
    .execute();
  return ended.length > 0;
}

/** Gives the machines that may be given it now. */
async function releaseNext(tx: Tx, { seq, waveSize, released, targetCount }: Wave): Promise<string[]> {
  const next = released + waveSize;
  await tx.updateTable('directives').set({ released: next >= targetCount ? null : next }).where('seq', '=', seq).execute();
  const rows = await tx.selectFrom('targets').select('agent_id').where('directive_seq', '=', seq).where('place', '>=', released).where('place', '<', next).execute();
  return rows.map((row) => row.agent_id);
}
