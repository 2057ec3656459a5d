/** The intermediary's own X25519 key, which agents pin at enrolment. Made once; losing it means enrolling every machine again. */
import { join } from 'node:path';
import { readIfThere, writeDurably } from '../../certs/durable-file.ts';
import { base64Url, unbase64Url } from '../../protocol/bytes.ts';
import { loadStaticKey } from '../../protocol/channel/channel.ts';
import type { StaticKey } from '../../protocol/channel/channel.ts';
import type { Random } from '../../protocol/clock.ts';
import { failure, success } from '../../protocol/outcome.ts';
import type { Outcome } from '../../protocol/outcome.ts';

const keyBytes = 32;

/** The key in `folder`, made if there is none. Fails with `data-unwritable` or `store-damaged`. */
export async function ensureStaticKey(folder: string, random: Random): Promise<Outcome<StaticKey>> {
  const raw = await ensureSecret(join(folder, 'static-key'), random);
  return raw.ok ? success(loadStaticKey(raw.value)) : raw;
}

/** 32 secret bytes in a file, made if there are none. Fails as above. */
export async function ensureSecret(path: string, random: Random): Promise<Outcome<Uint8Array>> {
  try {
    const written = await readIfThere(path);
    if (written === undefined) {
      const made = random(keyBytes);
      await writeDurably(path, `${base64Url(made)}\n`, 0o600);
      return success(made);
    }
    const raw = unbase64Url(written.trim());
    return raw?.byteLength === keyBytes ? success(raw) : failure('store-damaged', `${path} does not hold a key`);
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) return failure('data-unwritable', error.message);
    throw error;
  }
}
