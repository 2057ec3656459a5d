/** An owner's word that machines may come back whose rolling key no longer fits. */
import { hex } from '../../../protocol/bytes.ts';
import type { Envelope } from '../../../protocol/envelope.ts';
import { signStatement } from '../../../protocol/statements/dsse.ts';
import { resyncType } from '../../../protocol/statements/resync.ts';
import type { Resync } from '../../../protocol/statements/resync.ts';
import type { Tools } from '../connection.ts';
import type { Owner } from './owner-key.ts';

/** `machines` absent: all of the installation. */
export type ResyncWish = { readonly machines?: Resync['machines']; readonly maxUses: number; readonly lifeMs: number; readonly reason: string };

export async function signResync({ signer }: Owner, wish: ResyncWish, { clock, random }: Tools): Promise<{ resync: Resync; envelope: Envelope }> {
  const { machines, maxUses, lifeMs, reason } = wish;
  const issuedAt = Math.floor(clock.now() / 1000);
  const resync: Resync = { id: hex(random(16)), issuedAt, notAfter: issuedAt + Math.floor(lifeMs / 1000), maxUses, ...(machines === undefined ? {} : { machines }), reason };
  return { resync, envelope: await signStatement(resyncType, resync, [signer]) };
}
