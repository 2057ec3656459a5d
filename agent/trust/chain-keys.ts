/**
 * The rolling secrets of the channel at rest. The newest and the one it came from are replaced together or not at all:
 * with half of it the machine would be locked out.
 */
import type { DatabaseSync } from 'node:sqlite';
import type { Random } from '../../protocol/clock.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import { blob, integer } from './columns.ts';
import type { Row } from './columns.ts';
import type { Identity } from './identity.ts';
import type { Marks } from './marks.ts';
import type { Pinned } from './pinned.ts';
import { copyIdOf, judgeResync } from './resync.ts';
import { emptyLog } from './state.ts';
import type { AgentState } from './state.ts';

/** One chain secret and its number; the shape that protocol/channel knows. */
export type Chain = { readonly secret: Uint8Array; readonly number: number };

const secretBytes = 32;

type Needs = { readonly state: AgentState; readonly identity: Identity; readonly pinned: Pinned; readonly marks: Marks; readonly random: Random };

export type AgentKeys = {
  readonly identity: Identity;
  /** Newest first. */
  chains(): readonly Chain[];
  /** Durable when it returns; throws if it cannot be, and then nothing has changed. */
  store(chains: readonly Chain[]): void;
  /** What this copy offers to begin anew with: made at the first call, the same until it is adopted. Throws as `store` does. */
  offer(): Chain;
  /** Begins anew with the offer, if `consent` is a resync by the owners that lets this very copy in. */
  adopt(consent: Uint8Array): Promise<Outcome<void>>;
};

/** The keys that the channel is given. */
export function chainKeys({ state, identity, pinned, marks, random }: Needs): AgentKeys {
  const { db, group } = state;
  const all = db.prepare('SELECT secret, number FROM chains ORDER BY position');
  const offered = db.prepare('SELECT secret, number FROM offer');
  const writeOrThrow = (deed: () => void): void => {
    const written = group.writeNow(deed);
    if (!written.ok) throw new Error(`${written.code}: ${written.detail}`);
    // What is new is safe already; where the disk has no room for this, the next session's roll does it.
    emptyLog(db);
  };
  const keys: AgentKeys = {
    identity,
    chains: () => all.all().map(chainOf),
    store: (chains) => writeOrThrow(() => replaceChains(db, chains)),
    offer: () => {
      const kept = offered.get();
      if (kept !== undefined) return chainOf(kept);
      const offer = { secret: random(secretBytes), number: Math.max(0, ...keys.chains().map(({ number }) => number)) + 1 };
      writeOrThrow(() => void db.prepare('INSERT INTO offer VALUES (1, ?, ?)').run(offer.secret, offer.number));
      return offer;
    },
    adopt: async (consent) => {
      const offer = keys.offer();
      const resync = await judgeResync(consent, { root: pinned.root, marks, agentId: identity.agentId, copy: copyIdOf(offer) });
      if (!resync.ok) return resync;
      return group.writeNow(() => {
        replaceChains(db, [offer]);
        db.exec('DELETE FROM offer');
        marks.saw(resync.value.issuedAt);
        marks.resynced(resync.value.issuedAt);
      });
    },
  };
  return keys;
}

function chainOf(row: Row): Chain {
  return { secret: blob(row, 'secret'), number: integer(row, 'number') };
}

/** Puts `chains` in the place of those there are. Inside a transaction. */
export function replaceChains(db: DatabaseSync, chains: readonly Chain[]): void {
  db.exec('DELETE FROM chains');
  const insert = db.prepare('INSERT INTO chains VALUES (?, ?, ?)');
  for (const [position, { secret, number }] of chains.entries()) insert.run(position, secret, number);
}
