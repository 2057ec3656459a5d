/**
 * The rolling secrets of the channel at rest. The newest and the one it came from are replaced together or not at all:
 * with half of it the machine would be locked out.
 */
import type { DatabaseSync } from 'node:sqlite';
import { blob, integer } from './columns.ts';
import type { Identity } from './identity.ts';
import { emptyLog } from './state.ts';
import type { AgentState } from './state.ts';

/** One chain secret and its number; the shape that protocol/channel knows. */
export type Chain = { readonly secret: Uint8Array; readonly number: number };

export type AgentKeys = {
  readonly identity: Identity;
  /** Newest first. */
  chains(): readonly Chain[];
  /** Durable when it returns; throws if it cannot be, and then nothing has changed. */
  store(chains: readonly Chain[]): void;
};

/** The keys that the channel is given. */
export function chainKeys({ db, group }: AgentState, identity: Identity): AgentKeys {
  const all = db.prepare('SELECT secret, number FROM chains ORDER BY position');
  return {
    identity,
    chains: () => all.all().map((row) => ({ secret: blob(row, 'secret'), number: integer(row, 'number') })),
    store: (chains) => {
      const stored = group.writeNow(() => replaceChains(db, chains));
      if (!stored.ok) throw new Error(`${stored.code}: ${stored.detail}`);
      // The new chains are safe already; where the disk has no room for this, the next session's roll does it.
      emptyLog(db);
    },
  };
}

/** Puts `chains` in the place of those there are. Inside a transaction. */
export function replaceChains(db: DatabaseSync, chains: readonly Chain[]): void {
  db.exec('DELETE FROM chains');
  const insert = db.prepare('INSERT INTO chains VALUES (?, ?, ?)');
  for (const [position, { secret, number }] of chains.entries()) insert.run(position, secret, number);
}
