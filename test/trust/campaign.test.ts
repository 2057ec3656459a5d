/**
 * No envelope that was altered in any way is ever accepted. BEHEST_MUTATIONS asks for more, BEHEST_SEED for the same again.
 */
import test from 'ava';
import { checks } from '../../agent/trust/checks.ts';
import { sameBytes } from '../../protocol/bytes.ts';
import type { Envelope } from '../../protocol/envelope.ts';
import { makeDirective } from '../support/make-directive.ts';
import type { Offered } from '../support/make-directive.ts';
import { seeded } from '../support/seeded.ts';
import { namedSigner } from '../support/signers.ts';
import { openWorld, registry } from '../support/world.ts';
import type { World } from '../support/world.ts';
import { idFor } from './case-files.ts';

const seed = Number(process.env['BEHEST_SEED'] ?? Date.now() % 2 ** 31);
const mutations = Number(process.env['BEHEST_MUTATIONS'] ?? 20_000);
const batch = 50;

type Roll = (sides: number) => number;

function alteredBytes(bytes: Uint8Array, roll: Roll): Uint8Array {
  const at = roll(bytes.length);
  const kinds = [
    () => bytes.with(at, (bytes[at] ?? 0) ^ (1 << roll(8))),
    () => bytes.with(at, roll(256)),
    () => bytes.subarray(0, at),
    () => bytes.subarray(at),
    () => Uint8Array.from([...bytes.subarray(0, at), roll(256), ...bytes.subarray(at)]),
    () => Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(at + 1 + roll(8))]),
    () => Uint8Array.from([...bytes, ...bytes.subarray(at)]),
    () => new Uint8Array(bytes.length),
  ];
  return kinds[roll(kinds.length)]!();
}

const names = ['tech', 'chief', 'page', 'reader', 'stranger', 'owner', 'tech dead'].map((name) => namedSigner(name).keyId);

function altered({ envelope, proof }: Offered, roll: Roll): Offered {
  const [first] = envelope.signatures as [Envelope['signatures'][number]];
  const kinds = [
    () => ({ proof, envelope: { ...envelope, payload: alteredBytes(envelope.payload, roll) } }),
    () => ({ proof, envelope: { ...envelope, payload: alteredBytes(envelope.payload, roll) } }),
    () => ({ proof, envelope: { ...envelope, signatures: [{ ...first, signature: alteredBytes(first.signature, roll) }] } }),
    () => ({ proof, envelope: { ...envelope, signatures: [{ ...first, keyId: names[roll(names.length)]! }] } }),
    () => ({ proof, envelope: { ...envelope, payloadType: envelope.payloadType.slice(0, roll(envelope.payloadType.length)) } }),
    () => ({ envelope, proof: { ...proof, index: roll(8) } }),
    () => ({ envelope, proof: { ...proof, siblings: proof.siblings.map((each) => alteredBytes(each, roll)) } }),
    () => ({ envelope, proof: { ...proof, siblings: proof.siblings.slice(roll(proof.siblings.length) + 1) } }),
  ];
  return kinds[roll(kinds.length)]!();
}

function same(one: Offered, other: Offered): boolean {
  const [mine, yours] = [one.envelope, other.envelope];
  return (
    mine.payloadType === yours.payloadType &&
    sameBytes(mine.payload, yours.payload) &&
    mine.signatures.every((each, index) => each.keyId === yours.signatures[index]?.keyId && sameBytes(each.signature, yours.signatures[index].signature)) &&
    one.proof.index === other.proof.index &&
    one.proof.siblings.length === other.proof.siblings.length &&
    one.proof.siblings.every((each, index) => sameBytes(each, other.proof.siblings[index]!))
  );
}

/** Each from a directive of its own: what was refused once is final and would not be judged again. */
async function alteredOffer(world: World, number: number, roll: Roll): Promise<Offered | undefined> {
  const honest = await makeDirective(world, idFor(`${seed} ${number}`), { queued: number % 2 === 0 });
  const offer = altered(honest, roll);
  return same(offer, honest) ? undefined : offer;
}

test(`none of ${mutations} altered directives is accepted`, async (t) => {
  t.timeout(30 * 60_000);
  const world = await openWorld();
  t.teardown(() => world.end());
  t.log(`BEHEST_SEED=${seed}`);
  const roll = seeded(seed).below;
  const known = new Set(checks.flatMap(({ codes }) => codes));
  const seen = new Map<string, number>();
  for (let done = 0; done < mutations; done += batch) {
    const offers = (await Promise.all(Array.from({ length: batch }, (_, index) => alteredOffer(world, done + index, roll)))).filter((offer) => offer !== undefined);
    for (const admission of await Promise.all(offers.map(({ envelope, proof }) => world.trust.admit(envelope, proof, registry)))) {
      const outcome = admission.outcome === 'refused' ? admission.code : admission.outcome;
      seen.set(outcome, (seen.get(outcome) ?? 0) + 1);
      if (admission.outcome === 'refused' && !known.has(admission.code)) return t.fail(`refused with ${admission.code}`);
      if (admission.outcome === 'accepted' || admission.outcome === 'running') return t.fail(`accepted with BEHEST_SEED=${seed}`);
    }
  }
  t.log(JSON.stringify(Object.fromEntries(seen)));
  t.deepEqual(world.trust.pending(), []);
});
