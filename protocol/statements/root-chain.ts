/**
 * How one root follows another (The Update Framework 1.0.33, section 5.3): exactly one version on, signed by enough
 * owners of the old root and by enough of the new one. Fewer than `threshold` owners can therefore change nothing.
 */
import { unbase64Url } from '../bytes.ts';
import type { Envelope } from '../envelope.ts';
import { failure } from '../outcome.ts';
import type { Outcome } from '../outcome.ts';
import { keyIdOf, verifySignature } from './dsse.ts';
import { readRoot } from './read.ts';
import { rootType } from './root.ts';
import type { PublicKey, Root } from './root.ts';

/**
 * The root in `envelope`, if it may follow `current`. Without `current` it must be version 1 and keep its own rules;
 * the caller then holds its `payloadDigest` against the pinned one, since anybody can make such a root.
 * Fails with `root-refused`, `statement-malformed` or `statement-type-unknown`.
 */
export async function acceptRoot(current: Root | undefined, envelope: Envelope): Promise<Outcome<Root>> {
  if (envelope.payloadType !== rootType) return failure('statement-type-unknown', envelope.payloadType);
  if (current !== undefined && !(await signedByOwners(current, envelope))) {
    return failure('root-refused', `not signed by ${current.threshold} owners of version ${current.version}`);
  }
  const root = readRoot(envelope.payload);
  if (!root.ok) return root;
  const expected = (current?.version ?? 0) + 1;
  if (root.value.version !== expected) return failure('root-refused', `version ${root.value.version} where ${expected} must follow`);
  const wrong = await whatIsWrong(root.value);
  if (wrong !== undefined) return failure('root-refused', wrong);
  return (await signedByOwners(root.value, envelope)) ? root : failure('root-refused', `not signed by ${root.value.threshold} of its own owners`);
}

/** Whether at least `threshold` different owners of `root` have signed. */
export async function signedByOwners(root: Root, envelope: Envelope): Promise<boolean> {
  const signed = await Promise.all(root.owners.map((owner) => verifySignature(envelope, owner)));
  return signed.filter(Boolean).length >= root.threshold;
}

/** What makes keys unfit to be counted: one that stands twice, or under an id that is not its own. */
export async function unfitKeys(keys: readonly PublicKey[]): Promise<string | undefined> {
  const ids = new Set<string>();
  for (const { id, key } of keys) {
    if (ids.has(id)) return `the key ${id} stands twice`;
    ids.add(id);
    const raw = unbase64Url(key);
    if (raw?.byteLength !== 32 || (await keyIdOf(raw)) !== id) return `the key ${id} does not have that id`;
  }
  return undefined;
}

async function whatIsWrong(root: Root): Promise<string | undefined> {
  if (root.threshold > root.owners.length) return `needs ${root.threshold} of ${root.owners.length} owners`;
  return unfitKeys(root.owners);
}
