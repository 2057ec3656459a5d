/**
 * May this copy of the machine begin anew? Only if the owners under the pinned root say so for it, now, and once. Who brings
 * their word proves nothing by it: else a captured intermediary could start chains afresh and hide a fork.
 */
import { hex, textOf } from '../../protocol/bytes.ts';
import { chainKeys } from '../../protocol/channel/channel.ts';
import type { Chain } from '../../protocol/channel/channel.ts';
import { failure } from '../../protocol/outcome.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import { fromJson } from '../../protocol/statements/envelope-json.ts';
import { acceptResync, letsIn } from '../../protocol/statements/resync-rules.ts';
import type { Resync } from '../../protocol/statements/resync.ts';
import type { Root } from '../../protocol/statements/root.ts';
import type { Marks } from './marks.ts';

type Situation = { readonly root: Root | undefined; readonly marks: Marks; readonly agentId: string; /** This copy's id. */ readonly copy: string };

/** What tells this copy from every other, as the owners see it. */
export function copyIdOf(offer: Chain): string {
  return hex(chainKeys(offer).keyId);
}

/** The resync in `consent` (DSSE in JSON), if this copy may come back by it. */
export async function judgeResync(consent: Uint8Array, { root, marks, agentId, copy }: Situation): Promise<Outcome<Resync>> {
  if (root === undefined) return failure('resync-refused', 'no root is known yet');
  const envelope = fromJson(textOf(consent) ?? '');
  if (!envelope.ok) return envelope;
  const resync = await acceptResync(root, envelope.value, marks.now());
  if (!resync.ok) return resync;
  if (!letsIn(resync.value, agentId, copy)) return failure('resync-refused', `it does not let in copy ${copy} of this machine`);
  return resync.value.issuedAt > marks.resyncedAt() ? resync : failure('replayed', 'this machine has come back by this resync, or a later one, before');
}
