/**
 * A short text, written like everything else: beside its place first.
 */
import { randomBytes } from 'node:crypto';
import { FileDigest } from '../../../protocol/files/digest.ts';
import type { Outcome } from '../../../protocol/outcome.ts';
import { Reception } from './reception.ts';
import type { WriteOrder, Written } from './reception.ts';

export async function writeText(order: Omit<WriteOrder, 'size' | 'transferId'>, text: string): Promise<Outcome<Written>> {
  const bytes = Buffer.from(text);
  const reception = new Reception({ ...order, size: bytes.byteLength, transferId: randomBytes(16).toString('hex') });
  const digest = new FileDigest();
  await digest.add(bytes);
  try {
    const begun = await reception.begin();
    if (!begun.ok) return begun;
    const taken = await reception.data(bytes);
    return taken.ok ? await reception.finish(await digest.value()) : taken;
  } finally {
    await reception.close();
  }
}
