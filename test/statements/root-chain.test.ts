import test from 'ava';
import { base64Url } from '../../protocol/bytes.ts';
import { signStatement } from '../../protocol/statements/dsse.ts';
import { acceptRoot } from '../../protocol/statements/root-chain.ts';
import { rootType } from '../../protocol/statements/root.ts';
import type { Root } from '../../protocol/statements/root.ts';
import { namedSigner } from '../support/signers.ts';
import type { NamedSigner } from '../support/signers.ts';

const [ann, bob, cat, dan, eve] = ['ann', 'bob', 'cat', 'dan', 'eve'].map(namedSigner) as [NamedSigner, NamedSigner, NamedSigner, NamedSigner, NamedSigner];

function root(version: number, owners: readonly NamedSigner[], threshold: number): Root {
  return { version, issuedAt: 1000, owners: owners.map(({ publicKey }) => publicKey), threshold, intermediary: { key: base64Url(new Uint8Array(32)), addresses: ['relay.example:443'] } };
}

async function offer(current: Root | undefined, next: object, signers: readonly NamedSigner[]) {
  const outcome = await acceptRoot(current, await signStatement(rootType, next, signers));
  return outcome.ok ? 'accepted' : outcome.code;
}

const one = root(1, [ann, bob, cat], 2);
const two = root(2, [bob, cat, dan], 2);

test('the first root keeps its own rules', async (t) => {
  t.is(await offer(undefined, one, [ann, bob]), 'accepted');
  t.is(await offer(undefined, one, [ann]), 'root-refused');
  t.is(await offer(undefined, root(2, [ann], 1), [ann]), 'root-refused');
});

test('the next root is signed by enough of the old owners and of the new', async (t) => {
  t.is(await offer(one, two, [bob, cat]), 'accepted');
  t.is(await offer(one, two, [ann, bob, dan]), 'accepted');
});

test('enough of the old owners alone do not change the root', async (t) => t.is(await offer(one, two, [ann, bob]), 'root-refused'));

test('enough of the new owners alone do not change the root', async (t) => t.is(await offer(one, two, [cat, dan]), 'root-refused'));

test('one owner who signs twice counts once', async (t) => {
  const envelope = await signStatement(rootType, two, [bob, bob, bob]);
  t.is(envelope.signatures.length, 3);
  t.like(await acceptRoot(one, envelope), { ok: false, code: 'root-refused' });
});

test('one key listed twice as an owner is refused', async (t) => t.is(await offer(one, root(2, [bob, bob, cat], 2), [bob, cat, ann]), 'root-refused'));

test('an owner under another id than its key’s is refused', async (t) => {
  const forged = { ...two, owners: [...two.owners.slice(0, 2), { ...dan.publicKey, id: eve.keyId }] };
  t.is(await offer(one, forged, [bob, cat]), 'root-refused');
});

test('no version is skipped, repeated or gone back to', async (t) => {
  t.is(await offer(one, root(3, [ann, bob, cat], 2), [ann, bob]), 'root-refused');
  t.is(await offer(one, one, [ann, bob]), 'root-refused');
  t.is(await offer(two, root(1, [bob, cat, dan], 2), [bob, cat]), 'root-refused');
});

test('a threshold that its owners cannot reach is refused', async (t) => t.is(await offer(one, root(2, [bob, cat], 3), [ann, bob, cat]), 'root-refused'));

test('strangers and other types are refused', async (t) => {
  t.is(await offer(one, two, [eve, dan]), 'root-refused');
  const asPolicy = await signStatement('application/vnd.behest.policy.v1+json', two, [bob, cat]);
  t.like(await acceptRoot(one, asPolicy), { ok: false, code: 'statement-type-unknown' });
  t.is(await offer(one, { ...two, extra: true }, [bob, cat]), 'statement-malformed');
});

test('a machine that slept through a hundred versions walks forward', async (t) => {
  const everyone = [ann, bob, cat, dan, eve];
  const owners = (version: number): NamedSigner[] => [0, 1, 2].map((step) => everyone[(version + step) % 5]!);
  let current: Root | undefined;
  for (let version = 1; version <= 100; version += 1) {
    const envelope = await signStatement(rootType, root(version, owners(version), 2), [...new Set([...owners(version - 1), ...owners(version)])]);
    const accepted = await acceptRoot(current, envelope);
    if (!accepted.ok) return t.fail(`${version}: ${accepted.detail}`);
    current = accepted.value;
  }
  t.is(current?.version, 100);
});
